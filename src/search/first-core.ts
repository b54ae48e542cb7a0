import type { Compiled } from "../compile/compiled.ts";
import { following } from "../compile/follow.ts";
import { ModelError } from "../model/error.ts";
import { createCore, type Core, type CoreProgram } from "./core.ts";
import type { Store } from "./store.ts";

/** So many states take about as long to be followed node by node as the code that goes through them takes to be made. */
const MOST_FOLLOWED = 2000;

/** The core that a search begins with: it follows the steps node by node, and has no code made. */
export function firstCore(
  compiled: Compiled,
  program: CoreProgram,
  store: Store,
  mostFollowed: number = MOST_FOLLOWED,
): Core {
  // Which steps may be taken alone, only the code knows.
  if (compiled.alone !== undefined || mostFollowed === 0)
    return coded(program, () => createCore(program, store.memories, 0, undefined, "soon"));
  return createCore(program, store.memories, 0, undefined, {
    storing: compiled.storing,
    over: (memory) => following(compiled, memory),
  });
}

/** Goes on with the code of the program where there are many states, and with optimised code where there are very many. */
export function hasten(core: Core, program: CoreProgram, states: number, mostFollowed: number = MOST_FOLLOWED): void {
  if (states <= mostFollowed) return;
  // As many states as it has bytes take about as long as V8 does to optimise it.
  coded(program, () => core.hasten(states > program.code.length ? "fast" : "soon"));
}

/** Does something with the code of a program. Throws a ModelError if it is too large for WebAssembly. */
function coded<T>(program: CoreProgram, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof WebAssembly.CompileError)) throw error;
    throw new ModelError("the steps of this scenario are too large to be compiled together", {
      cause: `they make ${Math.round(program.code.length / 2 ** 20)} MiB of code, and a WebAssembly function has at most 7 MiB`,
      remedy: "split the steps that read most, give fields smaller domains, or run with --engine reference",
    });
  }
}

export const coreProgramOf = (compiled: Compiled): CoreProgram => ({
  get code() {
    return compiled.code;
  },
  words: compiled.packing.words,
  mostSuccessors: compiled.mostSuccessors,
  region: compiled.region,
  ends: compiled.ends,
  isReduced: compiled.symmetric.length > 0,
  relabel: compiled.relabel,
  steps: compiled.program.threads.map(({ points }) => points.length),
});
