import type { LkmmState } from "./state.ts";
import { MESSAGE } from "./layout.ts";

/** The content that a store gives its word. */
export const contentAt = (lkmm: LkmmState, state: Int32Array, list: number, position: number): number =>
  state[lkmm.storeAt(state, list, position) + MESSAGE.content]!;

/** Whose a store is; nothing for one that was there at first, and where that tells no thread anything any more. */
export function authorAt(lkmm: LkmmState, state: Int32Array, list: number, position: number): number | undefined {
  const mark = state[lkmm.storeAt(state, list, position) + MESSAGE.mark]!;
  return mark > 1 ? (mark >> 1) - 1 : undefined;
}

/** The next store is an RMW of this one, so that nothing comes between them. */
export const isAttached = (lkmm: LkmmState, state: Int32Array, list: number, position: number): boolean =>
  (state[lkmm.storeAt(state, list, position) + MESSAGE.mark]! & 1) !== 0;
