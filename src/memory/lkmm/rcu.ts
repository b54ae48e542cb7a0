import type { Cell } from "../../model/access.ts";
import type { LkmmState } from "./state.ts";
import type { RcuEvent } from "../../model/order.ts";
import { VIEW } from "./layout.ts";

/** What RCU steps do to views, before and after they have changed who is in which critical section. */
export interface RcuRules {
  before(state: Int32Array, thread: number, event: RcuEvent): void;
  after(state: Int32Array, thread: number, event: RcuEvent): void;
}

/** A critical section that begins after a grace period sees what that saw; one that ends tells those who wait for it. */
export function rcuRules(machine: LkmmState): RcuRules {
  const { layout, views } = machine;
  const { threads } = layout.program;
  const cellNamed = (name: string): number | undefined => {
    const cell = layout.program.cells.find((one: Cell) => one.name === name);
    return cell && layout.plainAt.get(cell);
  };
  const cells = threads.map((_, t) => ({
    depth: cellNamed(`rcu[${t}].depth`)!,
    isWaiting: cellNamed(`rcu[${t}].waiting`)!,
    waitsFor: threads.map((_, q) => cellNamed(`rcu[${t}].readers[${q}]`)),
  }));
  return {
    before(state, t, event) {
      if (event === "rcu-unlock" && state[cells[t]!.depth] === 1) {
        const seen = machine.observed(state, t);
        for (const [g, { waitsFor }] of cells.entries())
          if (waitsFor[t] !== undefined && state[waitsFor[t]] === 1)
            state[layout.graces + g] = views.join(state[layout.graces + g]!, seen);
      }
      if (event !== "sync") return;
      if (state[cells[t]!.isWaiting] === 1) {
        machine.raise(state, t, VIEW.A, state[layout.graces + t]!);
        state[layout.graces + t] = 0;
        machine.strongFence(state, t);
      } else {
        machine.strongFence(state, t);
        state[layout.grace] = views.join(state[layout.grace]!, machine.view(state, t, VIEW.A));
      }
    },
    after(state, t, event) {
      if (event !== "rcu-lock" || state[cells[t]!.depth] !== 1) return;
      machine.raise(state, t, VIEW.R, state[layout.grace]!);
      machine.raise(state, t, VIEW.W, state[layout.grace]!);
    },
  };
}
