import type { LkmmState } from "./state.ts";
import { VIEW, VIEWS_PER_CPU } from "./layout.ts";

/** What spin locks do to views. */
export interface LockRules {
  lock(state: Int32Array, thread: number, lock: number): void;
  unlock(state: Int32Array, thread: number, lock: number): void;
}

/** Whoever takes a lock sees what those saw that had it before. */
export function lockRules(machine: LkmmState): LockRules {
  const { layout, views } = machine;
  return {
    lock(state, t, lock) {
      const at = layout.lockViews + 2 * lock;
      const [seen, done] = [state[at]!, state[at + 1]!];
      const known = views.join(seen, machine.view(state, t, VIEW.ulA));
      machine.raise(state, t, VIEW.R, known);
      machine.raise(state, t, VIEW.W, known);
      machine.raise(state, t, VIEW.A, seen);
      machine.raise(state, t, VIEW.Ar, seen);
      machine.raise(state, t, VIEW.rel, views.join(done, machine.view(state, t, VIEW.ulO)));
      machine.raise(state, t, VIEW.own, done);
      if (!layout.keepsHolders) return;
      state[layout.holders + 2 * lock] = t + 1;
      state[layout.holders + 2 * lock + 1]! |= 1 << t;
    },
    unlock(state, t, lock) {
      const at = layout.lockViews + 2 * lock;
      const own = machine.view(state, t, VIEW.own);
      state[at] = machine.observed(state, t);
      state[at + 1] = own;
      machine.raise(state, t, VIEW.ulA, machine.view(state, t, VIEW.A));
      state[layout.views + VIEWS_PER_CPU * t + VIEW.ulO] = own;
      if (layout.keepsHolders) state[layout.holders + 2 * lock] = 0;
    },
  };
}
