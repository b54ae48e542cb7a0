import type { Move } from "../machine/schedule.ts";
import { DONE } from "../machine/state.ts";
import { effectsOf } from "../machine/step.ts";
import { InternalError } from "../model/error.ts";
import type { BuiltIn } from "../model/spec.ts";
import { decode, type Compiled } from "./compiled.ts";
import type { Node, WordChange } from "./graph.ts";
import { valueAt } from "./pack.ts";

/** What one way in which a thread can step leads to: a packed state, or a check that fails, or the step throws. */
export type End = Moved | { readonly fails: BuiltIn } | { readonly throws: true };

/** A step that was not taken yet: of many, most are only counted. */
export class Moved {
  private readonly from: Int32Array;
  private readonly changes: readonly WordChange[];

  constructor(from: Int32Array, changes: readonly WordChange[]) {
    this.from = from;
    this.changes = changes;
  }

  /** Where it leads: made each time that it is asked for. */
  get to(): Int32Array {
    return changed(this.from, this.changes);
  }
}

const NONE: readonly number[] = [];

type Visit = (move: Move, end: End) => void;
type Steps = Pick<Compiled, "packing" | "steps">;

/** Tells of every way in which some thread can step from a packed state, in the order of threads and of their choices. */
export function forEachStep({ packing, steps }: Steps, words: Int32Array, visit: Visit): void {
  // Not by entries(), which is asked what it goes on with while a model of the user is loaded.
  for (let thread = 0; thread < packing.points.length; thread++) {
    const point = valueAt(words, 0, packing.points[thread]!) + DONE;
    if (point !== DONE) follow(steps[thread]![point]!, words, thread, NONE, visit);
  }
}

function follow(node: Node, words: Int32Array, thread: number, picks: readonly number[], visit: Visit): void {
  switch (node.kind) {
    case "branch":
      follow(node.arms[valueAt(words, 0, node.field)]!, words, thread, picks, visit);
      return;
    case "choice":
      for (const [i, option] of node.options.entries()) follow(option, words, thread, [...picks, i], visit);
      return;
    case "violation":
      visit({ thread, picks }, { fails: node.check });
      return;
    case "broken":
      visit({ thread, picks }, { throws: true });
      return;
    case "moved":
      visit({ thread, picks }, new Moved(words, node.changes));
      return;
    default:
  }
}

/** Takes the first of the ways of a thread, in the state itself. False if there is none, or if it leads nowhere. */
export function takeFirst(compiled: Compiled, words: Int32Array, thread: number): boolean {
  const { packing, steps } = compiled;
  const point = valueAt(words, 0, packing.points[thread]!) + DONE;
  const end = point === DONE ? undefined : firstIn(steps[thread]![point]!, words);
  if (end?.kind === "broken") throwIn(compiled, [words]);
  if (end?.kind !== "moved") return false;
  change(words, end.changes);
  return true;
}

/** The first way through a node that is one. */
function firstIn(from: Node, words: Int32Array): Node | undefined {
  let node = from;
  while (node.kind === "branch") node = node.arms[valueAt(words, 0, node.field)]!;
  if (node.kind !== "choice") return node.kind === "blocked" ? undefined : node;
  for (const option of node.options) {
    const end = firstIn(option, words);
    if (end) return end;
  }
  return undefined;
}

export function changed(words: Int32Array, changes: readonly WordChange[]): Int32Array {
  const to = copyOf(words);
  change(to, changes);
  return to;
}

function change(words: Int32Array, changes: readonly WordChange[]): void {
  // Not by `of`, which is asked what it goes on with while a model of the user is loaded.
  for (let i = 0; i < changes.length; i++) {
    const { word, and, or, add } = changes[i]!;
    words[word] = ((words[word]! & and) | or) + add;
  }
}

/** As slice(), which takes three times as long for a few words. */
export function copyOf(words: Int32Array): Int32Array {
  const copy = new Int32Array(words.length);
  for (let i = 0; i < words.length; i++) copy[i] = words[i]!;
  return copy;
}

/** Takes the steps of states in one of which one throws: what it throws says what is wrong with the model. */
export function throwIn(compiled: Compiled, states: Iterable<Int32Array>): never {
  for (const words of states) {
    const state = decode(compiled, words);
    for (const thread of compiled.program.threads.keys()) effectsOf(compiled.program, state, thread);
  }
  throw new InternalError("a step threw while it was compiled, and does not when it is run");
}
