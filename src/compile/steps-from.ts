import type { Move } from "../machine/schedule.ts";
import { DONE } from "../machine/state.ts";
import { effectsOf } from "../machine/step.ts";
import { InternalError } from "../model/error.ts";
import type { BuiltIn } from "../model/spec.ts";
import { decode, type Compiled } from "./compiled.ts";
import type { Node } from "./graph.ts";
import { valueAt } from "./pack.ts";

/** What one way in which a thread can step leads to: a packed state, or a check that fails, or the step throws. */
export type End = { readonly to: Int32Array } | { readonly fails: BuiltIn } | { readonly throws: true };

const NONE: readonly number[] = [];

/** Tells of every way in which some thread can step from a packed state, in the order of threads and of their choices. */
export function forEachStep(
  { packing, steps }: Pick<Compiled, "packing" | "steps">,
  words: Int32Array,
  visit: (move: Move, end: End) => void,
): void {
  const walk = (node: Node, thread: number, picks: readonly number[]): void => {
    switch (node.kind) {
      case "branch":
        walk(node.arms[valueAt(words, 0, packing.cells.get(node.cell)!)]!, thread, picks);
        return;
      case "choice":
        for (const [i, option] of node.options.entries()) walk(option, thread, [...picks, i]);
        return;
      case "violation":
        visit({ thread, picks }, { fails: node.check });
        return;
      case "broken":
        visit({ thread, picks }, { throws: true });
        return;
      case "moved": {
        const to = words.slice();
        for (const { word, and, or, add } of node.changes) to[word] = ((to[word]! & and) | or) + add;
        visit({ thread, picks }, { to });
        return;
      }
      default:
    }
  };
  for (const [thread, field] of packing.points.entries()) {
    const point = valueAt(words, 0, field) + DONE;
    if (point !== DONE) walk(steps[thread]![point]!, thread, NONE);
  }
}

/** Takes the steps of states in one of which one throws: what it throws says what is wrong with the model. */
export function throwIn(compiled: Compiled, states: Iterable<Int32Array>): never {
  for (const words of states) {
    const state = decode(compiled, words);
    for (const thread of compiled.program.threads.keys()) effectsOf(compiled.program, state, thread);
  }
  throw new InternalError("a step threw while it was compiled, and does not when it is run");
}
