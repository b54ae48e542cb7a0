import { ALL_FENCES, isStrongFence, type Fence, type RcuEvent } from "../../model/order.ts";
import { Relation } from "./relation.ts";

/** One thing that a run did to memory. */
export interface Event {
  /** -1 for the stores that every run begins with. A page-table walk is a thread of its own. */
  readonly thread: number;
  readonly kind: "read" | "write" | "fence" | RcuEvent;
  /** The word's name, or which fence it is. */
  readonly place: string;
  readonly isAcquire?: boolean;
  readonly isRelease?: boolean;
  /** Of a lock, and of its end. */
  readonly isLock?: boolean;
  readonly isUnlock?: boolean;
  /** An RMW that returns nothing. */
  readonly isNoReturn?: boolean;
}

/** A run as LKMM sees it: what it did, and how that hangs together. All pairs are of positions in `events`. */
export interface Execution {
  /** Those of each thread in program order. */
  readonly events: readonly Event[];
  /** From each store to the loads that return it. */
  readonly rf: readonly (readonly [number, number])[];
  /** By word: its stores in coherence order. */
  readonly co: readonly (readonly number[])[];
  readonly rmw: readonly (readonly [number, number])[];
  readonly addr: readonly (readonly [number, number])[];
  readonly data: readonly (readonly [number, number])[];
  readonly ctrl: readonly (readonly [number, number])[];
  /** From each rcu_read_lock() to its rcu_read_unlock(), outermost ones alone. */
  readonly sections: readonly (readonly [number, number])[];
  /** From an access by a TLB entry to the flush that waits for it, and from a flush to the walks that come later. */
  readonly flushes: readonly (readonly [number, number])[];
}

/** The axioms of tools/memory-model/linux-kernel.cat, Linux 6.x, for accesses that are all marked. */
export type Axiom = "coherence" | "atomicity" | "happens-before" | "propagation" | "rcu";

/** The first axiom that a run breaks; nothing if LKMM allows it. */
export const brokenAxiom = (execution: Execution): Axiom | undefined => axiomsFor(execution)();

/** Asks again and again which axiom a run breaks, each time with smp_mb() between further pairs of its events. */
export function axiomsFor(
  execution: Execution,
): (fenced?: readonly (readonly [number, number])[]) => Axiom | undefined {
  const { events } = execution;
  const n = events.length;
  const pairs = (list: readonly (readonly [number, number])[]): Relation => Relation.pairs(n, list);
  const only = (is: (event: Event) => boolean | undefined): Relation =>
    Relation.same(n, (a) => is(events[a]!) === true);
  const same = Relation.same(n, () => true);
  const isAccess = ({ kind }: Event): boolean => kind === "read" || kind === "write";

  const po = Relation.of(n, (a, b) => a < b && events[a]!.thread === events[b]!.thread && events[a]!.thread >= 0);
  const int = Relation.of(n, (a, b) => events[a]!.thread === events[b]!.thread && events[a]!.thread >= 0);
  const ext = Relation.of(n, (a, b) => !int.has(a, b));
  const poLoc = po.and(
    Relation.of(n, (a, b) => isAccess(events[a]!) && isAccess(events[b]!) && events[a]!.place === events[b]!.place),
  );
  const rf = pairs(execution.rf);
  const co = pairs(
    execution.co.flatMap((list) => list.flatMap((a, i) => list.slice(i + 1).map((b) => [a, b] as const))),
  );
  const rmw = pairs(execution.rmw);
  const fr = rf.inverse().compose(co).except(same);
  if (!poLoc.or(rf, co, fr).isAcyclic()) return () => "coherence";
  if (!rmw.and(fr.and(ext).compose(co.and(ext))).isEmpty()) return () => "atomicity";

  const access = only(isAccess);
  const [read, write] = [only(({ kind }) => kind === "read"), only(({ kind }) => kind === "write")];
  const fenced = (place: Fence): Relation =>
    po.compose(only((event) => event.kind === "fence" && event.place === place)).compose(po);
  const inRmw = Relation.same(n, (a) => execution.rmw.some(([r, w]) => r === a || w === a));
  const [lockRead, lockWrite] = [
    only((e) => e.isLock && e.kind === "read"),
    only((e) => e.isLock && e.kind === "write"),
  ];
  const unlock = only(({ isUnlock }) => isUnlock);
  const acqPo = only((e) => (e.isAcquire || e.isLock) && e.kind === "read")
    .compose(po)
    .compose(access);
  const poRel = access.compose(po).compose(only((e) => (e.isRelease || e.isUnlock) && e.kind === "write"));
  const poUnlockLockPo = po.compose(unlock).compose(po.or(rf)).compose(lockRead).compose(po);
  const returning = only((e) => e.kind === "read" && !e.isNoReturn);
  const aroundFlush = po.or(pairs(execution.flushes));
  const mbEvent = only(({ kind, place }) => kind === "fence" && place === "mb");
  const keepsInOrder: { readonly [F in Fence]: Relation } = {
    rmb: returning.compose(fenced("rmb")).compose(returning),
    wmb: write.compose(fenced("wmb")).compose(write),
    mb: access.compose(aroundFlush).compose(mbEvent).compose(aroundFlush).compose(access),
    "before-atomic": access.compose(fenced("before-atomic")).compose(inRmw).compose(po.optional()).compose(access),
    "after-atomic": access.compose(po.optional()).compose(inRmw).compose(fenced("after-atomic")).compose(access),
    "after-spinlock": access
      .compose(po.optional())
      .compose(lockWrite)
      .compose(fenced("after-spinlock"))
      .compose(access),
    "after-unlock-lock": access
      .compose(po)
      .compose(unlock)
      .compose(co.or(po))
      .compose(lockWrite)
      .compose(fenced("after-unlock-lock"))
      .compose(access),
  };
  const { rmb, wmb } = keepsInOrder;
  const mb = keepsInOrder.mb.or(...ALL_FENCES.filter(isStrongFence).map((fence) => keepsInOrder[fence]));
  const sync = only(({ kind }) => kind === "sync");
  const gp = po.compose(sync).compose(po.optional());

  const dep = pairs([...execution.addr, ...execution.data]);
  const rwdep = dep.or(pairs(execution.ctrl)).compose(write);
  const overwrite = co.or(fr);
  const rfe = rf.and(ext);
  const toW = rwdep.or(overwrite.and(int));
  const toR = pairs(execution.addr)
    .compose(read)
    .or(dep.compose(rf.and(int)));
  const weakFence = poRel.or(acqPo, wmb, rmb);
  const [overwritten, delivered, updates] = [
    overwrite.and(ext).optional(),
    rfe.optional(),
    rf.compose(rmw).star(),
  ] as const;
  const hasRcu = execution.sections.length > 0 || events.some(({ kind }) => kind === "sync");
  return (further = []) => {
    const strongFence = mb.or(gp, pairs(further));
    const ppo = toR.or(toW, strongFence.or(weakFence).and(int), poUnlockLockPo.and(int));
    const cumulFence = delivered.compose(strongFence.or(poRel)).or(wmb, poUnlockLockPo).compose(updates);
    const prop = overwritten.compose(cumulFence.star()).compose(delivered);
    const propInt = prop.and(int).except(same);
    // Beside LKMM: a flush is waited for by, and waits for, MMUs and CPUs that are not its own.
    const hb = ppo.or(rfe, propInt, mb.and(ext));
    if (!hb.isAcyclic()) return "happens-before";
    const pb = prop.compose(strongFence).compose(hb.star());
    if (!pb.isAcyclic()) return "propagation";
    if (!hasRcu) return undefined;
    const rcuFence = rcuFenceOf(execution, po, sync, { hb, pb, prop });
    const rb = prop.compose(rcuFence).compose(hb.star()).compose(pb.star());
    return rb.isIrreflexive() ? undefined : "rcu";
  };
}

/** The order that as many grace periods as critical sections between two events put them into. */
function rcuFenceOf(
  { sections, events }: Execution,
  po: Relation,
  sync: Relation,
  { hb, pb, prop }: { readonly hb: Relation; readonly pb: Relation; readonly prop: Relation },
): Relation {
  const link = po.optional().compose(hb.star()).compose(pb.star()).compose(prop).compose(po);
  const section = Relation.of(events.length, (a, b) => sections.some(([begin, end]) => end === a && begin === b));
  let order = sync;
  for (;;) {
    const longer = order.or(
      sync.compose(link).compose(section),
      section.compose(link).compose(sync),
      sync.compose(link).compose(order).compose(link).compose(section),
      section.compose(link).compose(order).compose(link).compose(sync),
      order.compose(link).compose(order),
    );
    if (longer.equals(order)) return po.compose(order).compose(po.optional());
    order = longer;
  }
}
