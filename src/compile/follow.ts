import { FAILURES, type Leaf } from "./codegen.ts";
import type { Compiled } from "./compiled.ts";
import type { Node } from "./graph.ts";
import { valueAt } from "./pack.ts";

/** What of a machine's module is its own, over one memory: `expand` and its specs, as `Kernels` of src/search/store.ts says. */
export interface Followed {
  expand(arena: number, from: number, to: number, region: number): number;
  readonly [spec: `spec${number}`]: (arena: number, from: number, to: number) => number;
}

type Steps = Pick<Compiled, "packing" | "marks" | "region" | "steps" | "specs">;

/**
 * Does what the compiled steps of a machine do, node by node: slower by the state, but a machine of some hundred states is
 * searched before its code is made. It takes every step, and leaves no marks; where states have some, their steps are counted twice.
 */
export function following({ packing, marks, region, steps, specs }: Steps, memory: WebAssembly.Memory): Followed {
  const size = packing.words;
  const starts = steps.map((_, thread) => steps.slice(0, thread).reduce((sum, { length }) => sum + length, 0));
  let words = new Int32Array(memory.buffer);
  // Memory grows, and then has another buffer.
  const look = (): void => {
    if (words.buffer !== memory.buffer) words = new Int32Array(memory.buffer);
  };
  /** Where the state that is looked at lies, where its next successor belongs, and the region: in words. */
  let [state, out, base] = [0, 0, 0];
  let index = 0;
  let hasActed = false;

  const count = (step: number): void => {
    const at = base + region.taken / 4 + 2 * step;
    words[at]!++;
    if (words[at] === 0) words[at + 1]!++;
  };
  const end = (leaf: Leaf, step: number): void => {
    if (leaf.kind === "moved") {
      for (let i = 0; i < size; i++) words[out + i] = words[state + i]!;
      for (let i = 0; i < leaf.changes.length; i++) {
        const { word, and, or, add } = leaf.changes[i]!;
        words[out + word] = ((words[out + word]! & and) | or) + add;
      }
      out += size;
    } else if (leaf.kind === "violation" || leaf.kind === "broken") {
      const at = base + region.failures / 4 + FAILURES.indexOf(leaf.kind === "violation" ? leaf.check : "broken");
      if (words[at] === 0) words[at] = index + 1;
    } else return;
    hasActed = true;
    count(step);
  };
  const take = (from: Node, step: number): void => {
    let node = from;
    while (node.kind === "branch") node = node.arms[valueAt(words, state, node.field)]!;
    if (node.kind !== "choice") end(node, step);
    else for (let i = 0; i < node.options.length; i++) take(node.options[i]!, step);
  };

  const expand: Followed["expand"] = (arena, from, to, start) => {
    look();
    base = start / 4;
    out = base + region.successors / 4;
    let terminals = 0;
    for (index = from; index < to; index++) {
      state = arena / 4 + size * index;
      hasActed = false;
      for (let i = 0; i < marks.order.length; i++) {
        const thread = marks.order[i]!;
        const point = valueAt(words, state, packing.points[thread]!);
        if (point > 0) take(steps[thread]![point - 1]!, starts[thread]! + point - 1);
      }
      if (!hasActed) words[base + region.terminals / 4 + terminals++] = index;
      words[base + region.ends / 4 + index - from] = 4 * out;
    }
    words[base + region.terminalCount / 4] = terminals;
    return 4 * out;
  };

  const asked =
    (spec: Node) =>
    (arena: number, from: number, to: number): number => {
      look();
      for (let i = from; i < to; i++) {
        const at = arena / 4 + size * i;
        let node = spec;
        while (node.kind === "branch") node = node.arms[valueAt(words, at, node.field)]!;
        // One that throws is asked again by whoever looks at the state, and says then what is wrong with it.
        if (node.kind === "hit" || node.kind === "broken") return i;
      }
      return to;
    };

  return {
    expand,
    ...Object.fromEntries(specs.flatMap((spec, i) => (spec ? [[`spec${i}`, asked(spec)] as const] : []))),
  };
}
