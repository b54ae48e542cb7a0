import type { Move } from "../machine/schedule.ts";
import { DONE } from "../machine/state.ts";
import { effectsOf } from "../machine/step.ts";
import { InternalError } from "../model/error.ts";
import type { BuiltIn } from "../model/spec.ts";
import { decode, type Compiled } from "./compiled.ts";
import type { Node, WordChange } from "./graph.ts";
import { valueAt, type Packing } from "./pack.ts";

/** What one way in which a thread can step leads to: a packed state, or a check that fails, or the step throws. */
export type End = { readonly to: Int32Array } | { readonly fails: BuiltIn } | { readonly throws: true };

const NONE: readonly number[] = [];

type Visit = (move: Move, end: End) => void;
type Steps = Pick<Compiled, "packing" | "steps">;

/** Tells of every way in which some thread can step from a packed state, in the order of threads and of their choices. */
export function forEachStep({ packing, steps }: Steps, words: Int32Array, visit: Visit): void {
  // Not by entries(), which is asked what it goes on with while a model of the user is loaded.
  for (let thread = 0; thread < packing.points.length; thread++) {
    const point = valueAt(words, 0, packing.points[thread]!) + DONE;
    if (point !== DONE) follow(packing, steps[thread]![point]!, words, thread, NONE, visit);
  }
}

function follow(
  packing: Packing,
  node: Node,
  words: Int32Array,
  thread: number,
  picks: readonly number[],
  visit: Visit,
): void {
  switch (node.kind) {
    case "branch":
      follow(packing, node.arms[valueAt(words, 0, packing.cells.get(node.cell)!)]!, words, thread, picks, visit);
      return;
    case "choice":
      for (const [i, option] of node.options.entries()) follow(packing, option, words, thread, [...picks, i], visit);
      return;
    case "violation":
      visit({ thread, picks }, { fails: node.check });
      return;
    case "broken":
      visit({ thread, picks }, { throws: true });
      return;
    case "moved":
      visit({ thread, picks }, { to: changed(words, node.changes) });
      return;
    default:
  }
}

/** Where the first of the ways of a thread leads; nothing if there is none, or if it leads nowhere. */
export function firstFrom(compiled: Compiled, words: Int32Array, thread: number): Int32Array | undefined {
  const { packing, steps } = compiled;
  const point = valueAt(words, 0, packing.points[thread]!) + DONE;
  const end = point === DONE ? undefined : firstIn(packing, steps[thread]![point]!, words);
  if (end?.kind === "broken") throwIn(compiled, [words]);
  return end?.kind === "moved" ? changed(words, end.changes) : undefined;
}

/** The first way through a node that is one. */
function firstIn(packing: Packing, from: Node, words: Int32Array): Node | undefined {
  let node = from;
  while (node.kind === "branch") node = node.arms[valueAt(words, 0, packing.cells.get(node.cell)!)]!;
  if (node.kind !== "choice") return node.kind === "blocked" ? undefined : node;
  for (const option of node.options) {
    const end = firstIn(packing, option, words);
    if (end) return end;
  }
  return undefined;
}

export function changed(words: Int32Array, changes: readonly WordChange[]): Int32Array {
  const to = words.slice();
  for (const { word, and, or, add } of changes) to[word] = ((to[word]! & and) | or) + add;
  return to;
}

/** Takes the steps of states in one of which one throws: what it throws says what is wrong with the model. */
export function throwIn(compiled: Compiled, states: Iterable<Int32Array>): never {
  for (const words of states) {
    const state = decode(compiled, words);
    for (const thread of compiled.program.threads.keys()) effectsOf(compiled.program, state, thread);
  }
  throw new InternalError("a step threw while it was compiled, and does not when it is run");
}
