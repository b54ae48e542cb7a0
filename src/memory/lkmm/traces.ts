import { passesFlush } from "../../analysis/words.ts";
import { DONE } from "../../machine/state.ts";
import type { Leaf } from "../../analysis/decision-tree.ts";
import type { Event } from "./axioms.ts";
import { isFence, isFull, isRcu, ORDERS } from "../../model/order.ts";
import type { BuiltIn } from "../../model/spec.ts";
import { accessOf, isFenced } from "./events.ts";
import type { Layout } from "./layout.ts";
import { Origins } from "./origins.ts";
import type { Point } from "./steps.ts";
import type { PlacedTree, PlacedWay } from "./ways.ts";

/** What one event does to its word: a position among the lists of a layout, and behind them its locks; and the content. */
export interface Content {
  readonly word: number;
  readonly content: number;
}

type Pairs = readonly (readonly [number, number])[];

/** One way through a whole thread, for what its loads return. Pairs are of positions in `events`. */
export interface Trace {
  readonly events: readonly Event[];
  /** By event, if it is a load or a store. */
  readonly contents: readonly (Content | undefined)[];
  readonly rmw: Pairs;
  readonly addr: Pairs;
  readonly data: Pairs;
  readonly ctrl: Pairs;
  readonly sections: Pairs;
  /** The cells that have one value for all, by their place: as positions in their domains. */
  readonly finals: ReadonlyMap<number, number>;
  /** The check that its last step fails, where that is how it ends. */
  readonly fails?: BuiltIn;
}

/** By word: what some store may have put there. */
export type Stored = readonly ReadonlySet<number>[];

/** A thread on its way. */
interface Stage {
  readonly point: number;
  readonly values: ReadonlyMap<number, number>;
  readonly origins: Origins;
  readonly trace: Omit<Trace, "finals">;
  /** RCU critical sections that it is in, and where the outermost one began. */
  readonly sections: readonly number[];
}

const NOTHING: Stage["trace"] = { events: [], contents: [], rmw: [], addr: [], data: [], ctrl: [], sections: [] };

/**
 * All ways through a thread to its end in which each load returns something that is stored; nothing, if there are more
 * than `most`, or it goes round in a loop. `isPartial`: and those on which it comes no further, as it waits or fails a check.
 */
export function tracesOf(
  layout: Layout,
  initial: Int32Array,
  thread: number,
  stored: Stored,
  most: number,
  isPartial = false,
): readonly Trace[] | undefined {
  const { points } = layout.threads[thread]!;
  const lockAt = new Map(layout.locks.map(({ cells }, l) => [layout.plainAt.get(cells[0]!)!, l] as const));
  const first = initial[layout.points + thread]! - 1;
  const start: Stage = { point: first, values: new Map(), origins: new Origins(), trace: NOTHING, sections: [] };
  const found = new Map<string, Trace>();
  const work = [start];
  let steps = 0;
  for (let stage = work.pop(); stage; stage = work.pop()) {
    if (stage.point === DONE) keep(stage.trace, stage.values);
    else {
      const next = stepsFrom(stage);
      work.push(...next);
      if (isPartial && (next.length === 0 || points[stage.point]!.ways.leaves.some(({ kind }) => kind !== "moved")))
        keep(stage.trace, stage.values);
    }
    if (++steps > most * points.length) return undefined;
  }
  return found.size > most ? undefined : [...found.values()];

  function keep(way: Stage["trace"], finals: Trace["finals"], fails?: BuiltIn): void {
    const trace = { ...way, finals, ...(fails !== undefined && { fails }) };
    const { contents, events, addr, data, ctrl } = trace;
    found.set(JSON.stringify([contents, events, addr, data, ctrl, [...finals], fails]), trace);
  }

  function stepsFrom(stage: Stage): readonly Stage[] {
    const point = points[stage.point]!;
    const special = rcuStep(stage, point);
    if (special) return special;
    const out: Stage[] = [];
    const down = (node: PlacedTree, seen: number | undefined): void => {
      switch (node.kind) {
        case "choice":
          for (const option of node.options) down(option, seen);
          break;
        case "plain": {
          const lock = lockAt.get(node.at);
          if (lock === undefined) down(node.arm(stage.values.get(node.at) ?? initial[node.at]!), seen);
          else if (seen !== undefined) down(node.arm(seen), seen);
          else for (const content of [0, 1]) down(node.arm(content), content);
          break;
        }
        case "list":
          if (seen !== undefined) down(node.arm(seen), seen);
          else for (const content of stored[node.list]!) down(node.arm(content), content);
          break;
        case "end":
          if (node.leaf.kind === "moved") out.push(...taken(stage, point, node.leaf, node.way, seen));
          else if (isPartial && node.leaf.kind === "violation")
            for (const trace of failing(stage, point, node.way, seen)) keep(trace, stage.values, node.leaf.check);
      }
    };
    down(point.tree, undefined);
    return out;
  }

  /** An RMW need not have looked at what it finds: then it may be anything. */
  function taken(
    stage: Stage,
    point: Point,
    leaf: Leaf & { readonly kind: "moved" },
    way: PlacedWay,
    seen: number | undefined,
  ): readonly Stage[] {
    const { deed, list, lock } = way;
    const word = list >= 0 ? list : lock >= 0 ? layout.lists.length + lock : -1;
    const needsContent = deed === "read" || deed === "rmw" || deed === "lock";
    const contents = needsContent && seen === undefined ? [...(word < 0 ? [0] : stored[word]!)] : [seen];
    return contents.map((content): Stage => {
      const events: Event[] = [...stage.trace.events];
      const at: (Content | undefined)[] = [...stage.trace.contents];
      const add = (event: Event, here?: number): number => {
        at[events.length] = here === undefined ? undefined : { word, content: here };
        return events.push(event) - 1;
      };
      const fence = (place: string): void => void add({ thread, kind: "fence", place });
      const origins = stage.origins.fork();
      const { rmw, addr, data, ctrl } = stage.trace;
      const pairs = { rmw: [...rmw], addr: [...addr], data: [...data], ctrl: [...ctrl] };
      const next = leaf.next === DONE ? undefined : leaf.next;
      if (word < 0) {
        if (isFence(point.order) && !passesFlush(point, leaf)) fence(point.order);
        origins.settle(layout.threads[thread]!, stage.point, way, undefined, next);
      } else {
        if (isFenced(point, way)) fence("mb");
        const access = accessOf(point, way, thread);
        const load = access.load && add(access.load, content);
        const store = access.store && add(access.store, list >= 0 ? way.store!(content ?? 0) : deed === "lock" ? 1 : 0);
        if (load !== undefined && store !== undefined) pairs.rmw.push([load, store]);
        const depends = origins.dependenciesOf(way, load, store);
        pairs.addr.push(...depends.addr);
        pairs.data.push(...depends.data);
        pairs.ctrl.push(...depends.ctrl);
        origins.settle(layout.threads[thread]!, stage.point, way, load, next);
        if (isFenced(point, way)) fence("mb");
      }
      const values = new Map(stage.values);
      for (let i = 0; i < way.writesAt.length; i += 2)
        if (!lockAt.has(way.writesAt[i]!)) values.set(way.writesAt[i]!, way.writesAt[i + 1]!);
      const trace = { ...stage.trace, ...pairs, events, contents: at };
      return { point: leaf.next, values, origins, trace, sections: stage.sections };
    });
  }

  /** A step that fails a check has found something, and leaves nothing. How it finds a lock tells nothing. */
  function failing(
    { trace, origins }: Stage,
    point: Point,
    way: PlacedWay,
    seen: number | undefined,
  ): readonly Stage["trace"][] {
    const { list } = way;
    const access = list < 0 ? {} : accessOf(point, way, thread);
    const { load } = access;
    if (!load) return [trace];
    const fence: readonly Event[] =
      isFenced(point, way) || isFull(point.order) ? [{ thread, kind: "fence", place: "mb" }] : [];
    const events = [...trace.events, ...fence, load];
    const { addr } = origins.dependenciesOf(way, events.length - 1, undefined);
    return (seen === undefined ? [...stored[list]!] : [seen]).map((content) => ({
      ...trace,
      events,
      contents: [...trace.contents, ...fence.map(() => undefined), { word: list, content }],
      addr: [...trace.addr, ...addr],
    }));
  }

  /** What RCU steps wait for is left to the axioms; but a grace period inside a critical section never ends. */
  function rcuStep(stage: Stage, { order, next, ways }: Point): readonly Stage[] | undefined {
    if (!isRcu(order)) return undefined;
    const kind = ORDERS[order].event;
    const { trace, sections } = stage;
    if (kind === "sync" && sections.length > 0) return [];
    const here = trace.events.length;
    const depth = sections.length - (kind === "rcu-unlock" ? 1 : 0);
    const point = [...next].find((to) => to !== stage.point) ?? DONE;
    const origins = stage.origins.fork();
    origins.settle(
      layout.threads[thread]!,
      stage.point,
      ways.of(ways.leaves[0]!),
      undefined,
      point === DONE ? undefined : point,
    );
    // Only the outermost sections count.
    const event: readonly Event[] = depth > 0 ? [] : [{ thread, kind, place: "rcu" }];
    const ends = kind === "rcu-unlock" && depth === 0;
    return [
      {
        ...stage,
        point,
        origins,
        sections: kind === "rcu-lock" ? [...sections, here] : kind === "rcu-unlock" ? sections.slice(0, -1) : sections,
        trace: {
          ...trace,
          events: [...trace.events, ...event],
          sections: ends ? [...trace.sections, [sections[0]!, here]] : trace.sections,
        },
      },
    ];
  }
}

/** What the stores of these traces put into each word, besides what is there at first. */
export function storedBy(initial: Stored, traces: readonly (readonly Trace[])[]): Stored {
  const all = initial.map((contents) => new Set(contents));
  for (const { events, contents } of traces.flat())
    for (const [i, event] of events.entries())
      if (event.kind === "write") all[contents[i]!.word]!.add(contents[i]!.content);
  return all;
}
