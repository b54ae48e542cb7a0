import { passesFlush } from "../../analysis/words.ts";
import { isQualifier } from "../../model/order.ts";
import { isLoadOfRmw } from "./events.ts";
import type { LkmmStep, ToldRun } from "./execution.ts";
import { contentOf, valueIn } from "./word-encoding.ts";
import { presentValue, type Layout } from "./layout.ts";
import type { LitmusAccess, LitmusProgram } from "../../machine/trace.ts";

/** The program of a run. */
export function litmusOf(layout: Layout, { steps, execution, final, stepOf }: ToldRun): LitmusProgram {
  const { program, lists, locks } = layout;
  const threads: LitmusAccess[][] = program.threads.map(() => []);
  /** By load: its position among the accesses of its CPU. */
  const position = new Map<number, number>();
  const first = steps[0]?.before ?? final;
  const content = (state: Int32Array, list: number): number =>
    contentOf(lists[list]!, (cell) => presentValue(layout, state, cell));
  const stored = new Map<number, number>(
    lists.map((_, list) => [execution.co[list]![0]!, content(first, list)] as const),
  );

  const loadsTo = (event: number | undefined, pairs: readonly (readonly [number, number])[]): readonly number[] => [
    ...new Set(
      pairs.flatMap(([load, to]) =>
        to === event && position.has(load) && execution.events[load]!.thread === execution.events[to]!.thread
          ? [position.get(load)!]
          : [],
      ),
    ),
  ];
  const add = ({ effect: { thread, taken }, load, store, from }: LkmmStep): void => {
    if (!taken) return;
    const point = program.threads[thread]!.points[taken.point]!;
    const placed = layout.threads[thread]!.points[taken.point]!;
    const { mmu } = placed;
    const common = { label: point.label, address: [], data: [], control: [] };
    const { deed, word } = taken.way;
    const order = isLoadOfRmw(placed, taken.way) ? "once" : placed.order;
    if (deed === "nothing") {
      if (!isQualifier(order) && !passesFlush(placed, taken.leaf))
        threads[thread]!.push({ kind: "fence", order, ...common });
      return;
    }
    if (load === undefined && store === undefined) return;
    if (mmu === "walk") threads.push([]);
    const accesses = mmu === "walk" ? threads.at(-1)! : threads[thread]!;
    if (deed === "lock" || deed === "unlock") {
      accesses.push({ kind: deed, order, ...common, word: word!.name });
      return;
    }
    const read = from === undefined ? undefined : stored.get(from)!;
    const { leaf } = taken;
    if (store !== undefined && leaf.kind === "moved")
      stored.set(
        store,
        contentOf(word!, (cell) => (leaf.writes.has(cell) ? leaf.writes.get(cell)! : valueIn(word!, read!, cell))),
      );
    accesses.push({
      kind: deed,
      order,
      ...common,
      word: word!.name,
      ...(read !== undefined && { read }),
      ...(store !== undefined && { stored: stored.get(store)! }),
      address: loadsTo(load ?? store, execution.addr),
      data: loadsTo(store, execution.data),
      control: loadsTo(store, execution.ctrl),
    });
    if (load !== undefined) position.set(load, accesses.length - 1);
  };
  for (const step of steps) add(step);
  return {
    words: lists.map(({ name }, list) => {
      const isStored = execution.co[list]!.some((event) => stepOf[event]! >= 0);
      return { name, first: content(first, list), ...(isStored && { last: content(final, list) }) };
    }),
    locks: locks.map(({ name }) => name),
    threads,
    cpus: program.threads.length,
  };
}
