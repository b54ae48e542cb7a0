import type { LkmmState } from "./state.ts";
import { VIEW } from "./layout.ts";

/** What the MMUs do to views. */
export interface MmuRules {
  /** The oldest store of a list that a walk may find which fills these entries. */
  floor(state: Int32Array, entries: Iterable<number>, list: number): number;
  /** An access was made by these entries, which told or stored this. */
  use(state: Int32Array, entries: readonly number[], told: number): void;
  flush(state: Int32Array, thread: number, entries: readonly number[]): void;
}

/**
 * An MMU is an observer of its own: neither program order nor fences of its CPU order its walks, nor does one walk order
 * the next. A flush does: whoever flushes waits until all accesses by the entries that it drops are done, and walks that
 * come later find what strong fences before it have made visible.
 */
export function mmuRules(machine: LkmmState): MmuRules {
  const { layout, views } = machine;
  return {
    floor(state, entries, list) {
      let floor = 0;
      for (const entry of entries) floor = Math.max(floor, views.at(state[layout.floors + entry]!, list));
      return floor;
    },
    use(state, entries, told) {
      for (const entry of entries) state[layout.uses + entry] = views.join(state[layout.uses + entry]!, told);
    },
    flush(state, t, entries) {
      for (const entry of entries) {
        machine.raise(state, t, VIEW.A, state[layout.uses + entry]!);
        state[layout.uses + entry] = 0;
      }
      machine.strongFence(state, t);
      for (const entry of entries) {
        const seen = views.only(state[layout.strong]!, layout.sources[entry]!);
        state[layout.floors + entry] = views.join(state[layout.floors + entry]!, seen);
      }
    },
  };
}
