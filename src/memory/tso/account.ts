import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { load, storesIn, type Store } from "./store-buffer.ts";
import type { TsoProgram } from "./program.ts";
import { runStep } from "../../machine/execute-step.ts";
import type { Effect } from "../../machine/step.ts";
import { readerOf, type State } from "../../machine/state.ts";
import type { Account, Change, FieldValue } from "../../machine/trace.ts";
import { changeOf, fieldValue, placeOf } from "../../machine/tell.ts";

/** Here a state knows whose a store is. */
interface SeenTso extends FieldValue {
  readonly unseen?: { readonly thread: number; readonly value: Value };
}

interface AccountTso extends Account {
  readonly reads: readonly SeenTso[];
  readonly changes: readonly Change[];
}

/** What a step did in a state with store buffers. That a store becomes visible is told as a step of the CPU that made it. */
export function accountTso(program: TsoProgram, effect: Effect, before: State): AccountTso {
  const buffer = program.threads[effect.move.thread]!.buffer;
  return buffer ? becomesVisible(program, effect, before, buffer.cpu) : taken(program, effect, before);
}

function becomesVisible({ buffers }: TsoProgram, { point }: Effect, before: State, cpu: number): AccountTso {
  const read = readerOf(before);
  const store = storesIn(buffers[cpu]!, read).at(-1)!;
  const names = [...new Set([...store.keys()].map(({ word }) => word))];
  return {
    thread: cpu,
    calls: [],
    path: point.frame.path.name,
    label: names.length > 0 ? `store of ${names.join(", ")} becomes visible` : "rcu_read_unlock() takes effect",
    order: "once",
    reads: [],
    changes: [...store].flatMap(([cell, to]): readonly Change[] => {
      const from = read(cell);
      return from === to ? [] : [changeOf(cell, from, to)];
    }),
  };
}

function taken({ base, buffers }: TsoProgram, { move, point, writes }: Effect, before: State): AccountTso {
  const { thread, picks } = move;
  const buffer = buffers[thread];
  const read = readerOf(before);
  const seen = (cell: Cell): Value => (buffer ? load(buffer, cell, read) : read(cell));
  // The step as its path has it, over what this CPU sees.
  const own = runStep(base.threads[thread]!, before.points.get(thread)!, seen, {
    pick: (_, turn) => picks[turn] ?? 0,
  });
  const isBuffered = buffer !== undefined && writes.has(buffer.slots[0]!);
  return {
    thread,
    ...placeOf(point),
    reads: [...own.reads].map(([cell, value]): SeenTso => {
      const unseen = waitingFor(cell);
      return { ...fieldValue(cell, value), ...(unseen && { unseen }) };
    }),
    changes: [...own.writes].flatMap(([cell, to]): readonly Change[] => {
      const from = seen(cell);
      if (from === to || own.forgotten.has(cell)) return [];
      const waits = isBuffered && !writes.has(cell);
      return [{ ...changeOf(cell, from, to), ...(waits && { isBuffered: true as const }) }];
    }),
  };

  /** The newest store to a cell in the buffer of another CPU. */
  function waitingFor(cell: Cell): SeenTso["unseen"] {
    for (const [cpu, other] of buffers.entries()) {
      const store = cpu !== thread && other && storesIn(other, read).find((one: Store) => one.has(cell));
      if (store) return { thread: cpu, value: store.get(cell)! };
    }
    return undefined;
  }
}

/** The store that a step of a path puts into its CPU's buffer, if it does. */
export function storeOf({ buffers }: TsoProgram, { move, writes, outcome }: Effect): Store | undefined {
  const buffer = buffers[move.thread];
  if (!buffer || !writes.has(buffer.slots[0]!) || outcome.kind !== "moved") return undefined;
  return storesIn(buffer, readerOf(outcome.state))[0];
}
