import { crosses, othersFrom } from "../compile/alone.ts";
import { FAILURES } from "../compile/codegen.ts";
import { encode, type Compiled } from "../compile/compiled.ts";
import { NOTHING, union } from "../compile/footprints.ts";
import { changed, forEachStep } from "../compile/steps-from.ts";
import { valueAt } from "../compile/pack.ts";
import { initialStates } from "../machine/program.ts";
import type { Move, Schedule } from "../machine/schedule.ts";
import { DONE } from "../machine/state.ts";
import { InternalError } from "../model/error.ts";
import { hitsOf, known, leastOf, parentsOf, type Packed, type Searched } from "./schedule.ts";

/** Where steps that are taken alone lead to. */
interface Settled {
  readonly words: Int32Array;
  readonly moves: readonly Move[];
}

/** The same steps as those of `settle` (src/compile/settle.ts), in the same order. */
function settled(compiled: Compiled, from: Int32Array): Settled {
  const { packing } = compiled;
  let words = from;
  const moves: Move[] = [];
  for (let before = -1; before < moves.length;) {
    before = moves.length;
    for (const thread of packing.points.keys())
      for (let to = goneAlone(compiled, words, thread); to; to = goneAlone(compiled, words, thread)) {
        moves.push({ thread, picks: [] });
        words = to;
      }
  }
  return { words, moves };
}

function goneAlone(
  { packing, steps, alone, footprints }: Compiled,
  words: Int32Array,
  thread: number,
): Int32Array | undefined {
  const point = valueAt(words, 0, packing.points[thread]!) + DONE;
  if (point === DONE) return undefined;
  const { mayGo } = alone!.points[thread]![point]!;
  let node = steps[thread]![point]!;
  let way = union(NOTHING, footprints.of(node));
  while (node.kind === "branch") {
    node = node.arms[valueAt(words, 0, node.field)]!;
    way = union(way, footprints.of(node));
  }
  if (node.kind !== "moved" || !mayGo(node) || crosses(way, othersFrom(alone!, packing, words, thread)))
    return undefined;
  return changed(words, node.changes);
}

/**
 * A run to what a search that takes steps alone has found in a level, with these steps. It is no shortest one: what others
 * need not do is done all the same.
 */
export function scheduleThrough(searched: Searched, name: string, depth: number): Schedule {
  const { compiled } = searched;
  const layers: Packed[] = [leastOf(searched, depth, hitsOf(searched, name, depth), 1)];
  for (let level = depth - 1; level >= 0; level--)
    layers.unshift(leastOf(searched, level, parentsOf(searched, level, layers[0]!), 1));
  const isIn = (layer: Packed, words: Int32Array): boolean => layer.has(known(searched, words));
  let at: (Settled & { readonly initial: number }) | undefined;
  for (const [initial, state] of initialStates(compiled.program).entries()) {
    const here = settled(compiled, encode(compiled, state));
    if (!at && isIn(layers[0]!, here.words)) at = { ...here, initial };
  }
  for (const layer of layers.slice(1)) {
    let next: typeof at;
    forEachStep(compiled, at!.words, (move, end) => {
      if (next || !("to" in end)) return;
      const { words, moves } = settled(compiled, end.to);
      if (isIn(layer, words)) next = { initial: at!.initial, words, moves: [...at!.moves, move, ...moves] };
    });
    at = next;
    if (!at) break;
  }
  if (!at) throw new InternalError(`the way back to '${name}' is not there where steps are taken alone`);
  const moves = [...at.moves];
  if (FAILURES.some((failure) => failure === name)) {
    let last: Move | undefined;
    forEachStep(compiled, at.words, (move, end) => {
      if ("fails" in end && end.fails === name) last ??= move;
    });
    if (last) moves.push(last);
  }
  return { initial: at.initial, moves };
}
