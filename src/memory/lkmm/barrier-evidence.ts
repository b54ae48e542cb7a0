import { isFull, isQualifier, ORDERS, type Order } from "../../model/order.ts";
import { brokenAxiom, type Event, type Execution } from "./axioms.ts";
import { isLoadOfRmw } from "./events.ts";
import type { ToldRun, LkmmStep } from "./execution.ts";
import { Relation } from "./relation.ts";
import { InternalError } from "../../model/error.ts";
import type { Schedule } from "../../machine/schedule.ts";
import { stepOf, type Evidence, type Sites, type Strengthening } from "../barrier-sites.ts";
import type { LkmmMachine } from "./machine.ts";
import { recordLkmm } from "./record.ts";
import type { ProgramThread } from "../../machine/program.ts";

/** One access of a run, or a fence that the path itself has, and what could be made stronger of its step. */
interface Act {
  readonly thread: number;
  readonly events: readonly number[];
  readonly order: Order;
  /** It is fully ordered if its order is `full`. */
  readonly isOrdered: boolean;
  /** Strengthenings of its step that take effect here. */
  readonly strengths: ReadonlySet<string>;
}

const keyOf = (one: Strengthening): string => `${one.by} ${stepOf(one)}`;

/** A counterexample as evidence, by the schedule that the machine takes. */
export function lkmmEvidence(
  { lkmm, program }: LkmmMachine,
  schedule: Schedule,
  spec: string,
  sites: Sites,
  all: readonly Strengthening[],
): Evidence {
  const recorder = recordLkmm(lkmm, schedule);
  if ("obstacle" in recorder) throw new InternalError(`a counterexample cannot be taken again: ${recorder.obstacle}`);
  const refutation = new Refutation(recorder.finish(), program.threads, sites, all);
  return {
    spec,
    relevant: refutation.relevant,
    isAllowed: (set) => refutation.isAllowed(set),
    isNews: (one, set) => refutation.isNews(one, set),
  };
}

/**
 * A counterexample under LKMM as evidence: as long as LKMM allows it, its steps made stronger or not, the spec is
 * violated. It may come from a machine that is strengthened itself: `threads` are that machine's, `sites` those of the
 * machine without.
 */
export class Refutation {
  /** What can have a part in forbidding the run. */
  readonly relevant: readonly Strengthening[];
  private readonly run: ToldRun;
  private readonly acts: readonly Act[];
  /** By strengthening: which pairs of events that matter it puts in order, as text. */
  private readonly effects: ReadonlyMap<string, ReadonlySet<string>>;
  private readonly known = new Map<string, boolean>();

  constructor(run: ToldRun, threads: readonly ProgramThread[], sites: Sites, all: readonly Strengthening[]) {
    this.run = run;
    this.acts = actsOf(run, threads, sites);
    this.effects = this.effectsOf(all);
    this.relevant = all.filter((one) => this.effects.get(keyOf(one))!.size > 0);
  }

  /** Whether LKMM allows the run with these steps made stronger. */
  isAllowed(set: readonly Strengthening[]): boolean {
    const effects = [...this.effectOf(set)].toSorted().join("; ");
    const old = this.known.get(effects);
    if (old !== undefined) return old;
    const isAllowed = brokenAxiom(this.executionUnder(set)) === undefined;
    this.known.set(effects, isAllowed);
    return isAllowed;
  }

  /** Whether one more puts anything in order that the others do not. */
  isNews(one: Strengthening, set: readonly Strengthening[]): boolean {
    const before = this.effectOf(set);
    return [...this.effects.get(keyOf(one))!].some((effect) => !before.has(effect));
  }

  private effectOf(set: readonly Strengthening[]): ReadonlySet<string> {
    return new Set(set.flatMap((one) => [...this.effects.get(keyOf(one))!]));
  }

  private executionUnder(set: readonly Strengthening[]): Execution {
    const { execution } = this.run;
    const events: Event[] = [];
    const moved = new Map<number, number>();
    const keep = (old: number, event: Event): void => void moved.set(old, events.push(event) - 1);
    const fence = (thread: number, place: string): void => void events.push({ thread, kind: "fence", place });
    for (const [i, event] of execution.events.entries()) if (event.thread < 0) keep(i, event);
    for (const act of this.acts) {
      const taken = set.filter((one) => act.strengths.has(keyOf(one)));
      const order = taken.map(({ by }) => by).find(isQualifier) ?? act.order;
      const isFenced = isFull(order) && act.isOrdered;
      if (isFenced) fence(act.thread, "mb");
      for (const old of act.events) keep(old, qualified(execution.events[old]!, order, act.isOrdered));
      if (isFenced) fence(act.thread, "mb");
      for (const { by } of taken) if (!isQualifier(by)) fence(act.thread, by);
    }
    const pairs = (list: Execution["rf"]): Execution["rf"] => list.map(([a, b]) => [moved.get(a)!, moved.get(b)!]);
    return {
      events,
      rf: pairs(execution.rf),
      co: execution.co.map((stores) => stores.map((store) => moved.get(store)!)),
      rmw: pairs(execution.rmw),
      addr: pairs(execution.addr),
      data: pairs(execution.data),
      ctrl: pairs(execution.ctrl),
      sections: pairs(execution.sections),
      flushes: pairs(execution.flushes),
    };
  }

  /**
   * All that an axiom can object to is a cycle, so that only events of one cycle matter: a strengthening is known by where
   * it stands among those of its thread, and two that stand at one place are one.
   */
  private effectsOf(all: readonly Strengthening[]): ReadonlyMap<string, ReadonlySet<string>> {
    const { events } = this.run.execution;
    const isInCycle = cyclicEvents(this.run.execution);
    const effects = new Map(all.map((one) => [keyOf(one), new Set<string>()]));
    const counts = new Map<number, Record<"access" | "load" | "store", number>>();
    for (const act of this.acts) {
      const before = counts.get(act.thread) ?? { access: 0, load: 0, store: 0 };
      const after = { ...before };
      for (const event of act.events.filter((one) => isInCycle(one) && events[one]!.thread === act.thread)) {
        after.access++;
        if (events[event]!.kind === "read") after.load++;
        if (events[event]!.kind === "write") after.store++;
      }
      counts.set(act.thread, after);
      for (const one of all) {
        if (!act.strengths.has(keyOf(one))) continue;
        for (const effect of effectsAt(one.by, act.thread, before, after)) effects.get(keyOf(one))!.add(effect);
      }
    }
    return effects;
  }
}

type Counts = Readonly<Record<"access" | "load" | "store", number>>;

function effectsAt(by: Strengthening["by"], thread: number, before: Counts, after: Counts): readonly string[] {
  const { acquires, releases, orders } = ORDERS[by];
  if (acquires) return after.load > before.load ? [`acquire ${thread}.${after.load}`] : [];
  if (releases) return after.store > before.store ? [`release ${thread}.${after.store}`] : [];
  if (orders === "loads") return after.load > 0 ? [`rmb ${thread}.${after.load}`] : [];
  if (orders === "stores") return after.store > 0 ? [`wmb ${thread}.${after.store}`] : [];
  const behind = after.access > 0 ? [`mb ${thread}.${after.access}`] : [];
  if (!isFull(by)) return behind;
  return [
    ...(before.access > 0 ? [`mb ${thread}.${before.access}`] : []),
    ...behind,
    // A load that nobody saw the value of is seen now.
    ...(after.load > before.load ? [`returns ${thread}.${after.load}`] : []),
  ];
}

function cyclicEvents({ events, rf, co, addr, sections, flushes }: Execution): (event: number) => boolean {
  // A critical section relates its end to its beginning, and there may be more of these cycles than of the others.
  if (sections.length > 0) return () => true;
  const n = events.length;
  const po = Relation.of(n, (a, b) => a < b && events[a]!.thread >= 0 && events[a]!.thread === events[b]!.thread);
  const reads = Relation.pairs(n, rf);
  const stores = Relation.pairs(
    n,
    co.flatMap((list) => list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const))),
  );
  const cycles = po.or(
    reads,
    stores,
    reads
      .inverse()
      .compose(stores)
      .except(Relation.same(n, () => true)),
    // What lies between a page-table walk and other threads' events is not in program order.
    Relation.pairs(n, [...addr, ...flushes]),
  );
  const reached = cycles.compose(cycles.star());
  return (event) => reached.has(event, event);
}

/** What the run did, without the strengthenings of the machine it comes from. */
function actsOf(
  { steps, stepOf: stepOfEvent, execution }: ToldRun,
  threads: readonly ProgramThread[],
  sites: Sites,
): readonly Act[] {
  const eventsOf = steps.map((): number[] => []);
  for (const [event, step] of stepOfEvent.entries()) if (step >= 0) eventsOf[step]!.push(event);
  return steps.flatMap((step, i): readonly Act[] => {
    const { thread, taken } = step.effect;
    if (!taken) return [];
    const { points } = threads[thread]!;
    if (points[taken.point]!.leadsTo !== undefined) return [];
    const site = sites[thread]![taken.point];
    const isFence = ({ kind }: Event): boolean => kind === "fence";
    const events = eventsOf[i]!.filter((event) => !site || !isFence(execution.events[event]!));
    return [{ thread, events, order: site?.order ?? "once", ...effectiveAt(step, site, points) }];
  });
}

function effectiveAt(
  { effect }: LkmmStep,
  site: Sites[number][number],
  points: ProgramThread["points"],
): Pick<Act, "isOrdered" | "strengths"> {
  const { leaf, way } = effect.taken!;
  if (!site) return { isOrdered: false, strengths: new Set() };
  // A step that fails a check gets as far as its load: a full barrier comes before that.
  if (leaf.kind !== "moved")
    return { isOrdered: true, strengths: new Set(site.strengths.has("full") ? [`full ${site.step}`] : []) };
  const isOrdered = way.deed !== "nothing" && !isLoadOfRmw(site, way);
  let exit = leaf.next;
  while (points[exit]?.leadsTo !== undefined) exit = points[exit]!.leadsTo!;
  return {
    isOrdered,
    strengths: new Set(
      [...site.strengths]
        .filter(([by, exits]) => exits.has(exit) && (!isQualifier(by) || isOrdered))
        .map(([by]) => `${by} ${site.step}`),
    ),
  };
}

function qualified(event: Event, order: Order, isOrdered: boolean): Event {
  if (event.kind !== "read" && event.kind !== "write") return event;
  if (event.isLock === true || event.isUnlock === true) return event;
  const isRead = event.kind === "read";
  return {
    ...event,
    isAcquire: isRead && ORDERS[order].acquires && isOrdered,
    isRelease: !isRead && ORDERS[order].releases,
    isNoReturn: isRead && !ORDERS[order].returns,
  };
}
