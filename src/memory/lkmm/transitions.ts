import { runStep } from "../../machine/execute-step.ts";
import type { Leaf } from "../../analysis/decision-tree.ts";
import { valueIn } from "./word-encoding.ts";
import type { LockRules } from "./locks.ts";
import type { MmuRules } from "./mmu.ts";
import type { LkmmState } from "./state.ts";
import { MESSAGE, MESSAGE_SIZE, presentValue, VIEW } from "./layout.ts";
import { isAttached } from "./messages.ts";
import type { Point } from "./steps.ts";
import type { PlacedTree, PlacedWay } from "./ways.ts";

/** What the step has read so far: a store of a list, or a lock, which is in no list. */
interface Seen {
  readonly list: number;
  readonly position: number;
  readonly content: number;
}

/** What one thread can do next, and the state it leads to. */
export interface LkmmEffect {
  readonly thread: number;
  /** Which option each `choose` takes. */
  readonly picks: readonly number[];
  /** The store that it reads, or that it puts its own behind, as a position in the word's list; for a lock, 1 if it finds it held. */
  readonly at: number | undefined;
  /** Nothing for the barrier behind a fully ordered operation, which is a transition of its own. */
  readonly taken: { readonly point: number; readonly leaf: Leaf; readonly way: PlacedWay } | undefined;
  /** Where a store was put into its word's list. */
  readonly inserted: number | undefined;
  readonly state: Int32Array;
}

/** The machine, as far as one step needs it. */
interface Rules extends LkmmState {
  readonly locks: LockRules;
  readonly mmu: MmuRules;
  /** Goes on behind a step: its plain writes, where its locals' values come from, what it has decided, where it leads. */
  finish(
    state: Int32Array,
    context: Pick<Context, "t" | "point">,
    leaf: Leaf & { readonly kind: "moved" },
    way: PlacedWay,
    told: number,
  ): void;
}

export interface Context {
  /** Before the step, and with the barrier in front of it. */
  readonly state: Int32Array;
  readonly base: Int32Array;
  readonly t: number;
  readonly index: number;
  readonly point: Point;
  /** Only the ways that do, or do not, write by an RMW; nothing for all. */
  readonly writes: boolean | undefined;
  readonly out: (effect: LkmmEffect) => void;
}

/** All ways through one step from one state. */
export class Walk {
  private readonly machine: Rules;
  private readonly context: Context;

  constructor(machine: Rules, context: Context) {
    this.machine = machine;
    this.context = context;
  }

  down(node: PlacedTree, seen: Seen | undefined, picks: readonly number[]): void {
    const { base } = this.context;
    switch (node.kind) {
      case "choice":
        for (let i = 0; i < node.options.length; i++) this.down(node.options[i]!, seen, [...picks, i]);
        return;
      case "end":
        this.end(node.leaf, node.way, seen, picks);
        return;
      case "plain": {
        const now = base[node.at]!;
        if (node.lock < 0 || seen) this.down(node.arm(now), seen, picks);
        else
          for (const found of this.foundAt(node.lock, now))
            this.down(node.arm(found), { list: -1, position: found, content: found }, picks);
        return;
      }
      case "list": {
        const { list } = node;
        if (seen) {
          this.down(node.arm(seen.content), seen, picks);
          return;
        }
        const at = this.machine.messageAt(base, list) + MESSAGE.content;
        const length = this.machine.lengthOf(base, list);
        const oldest = this.readFloor(list, !this.context.point.means.returns);
        for (let position = oldest; position < length; position++) {
          const content = base[at + MESSAGE_SIZE * position]!;
          this.down(node.arm(content), { list, position, content }, picks);
        }
      }
    }
  }

  /** How a thread may find a lock that it only looks at: as it was when some other thread held it, too. */
  private foundAt(lock: number, now: number): readonly number[] {
    const { layout } = this.machine;
    const { base, t, point } = this.context;
    // Whether somebody holds it is asked of what it is.
    if (point.releasesLock) return [now];
    const isMine = now === 1 && base[layout.holders + 2 * lock] === t + 1;
    const everOthers = (base[layout.holders + 2 * lock + 1]! & ~(1 << t)) !== 0;
    const isFree = now === 0 || (!isMine && !point.takesLock);
    return [...(isFree ? [0] : []), ...(isMine || everOthers ? [1] : [])];
  }

  private end(leaf: Leaf, way: PlacedWay, seen: Seen | undefined, picks: readonly number[]): void {
    const { point, writes } = this.context;
    if (leaf.kind === "broken") this.explain(seen, picks);
    if (leaf.kind === "blocked") return;
    const isViolation = leaf.kind === "violation";
    if (writes !== undefined && writes !== (isViolation || way.deed === "write" || way.deed === "rmw")) return;
    if (way.list < 0) this.besideLists(leaf, way, seen, picks);
    else if (point.mmu === "walk") this.translate(leaf, way, seen, picks);
    else if (way.deed === "write") this.write(leaf, way, picks);
    else this.read(leaf, way, seen, picks, way.deed === "rmw" || (isViolation && point.hasRmw));
  }

  private besideLists(leaf: Leaf, way: PlacedWay, seen: Seen | undefined, picks: readonly number[]): void {
    const { machine, context } = this;
    const { layout } = machine;
    const { deed, lock } = way;
    const next = machine.begin(deed === "nothing" ? context.state : context.base);
    const told = deed === "lock" ? next[layout.lockViews + 2 * lock]! : 0;
    if (deed === "lock") machine.locks.lock(next, context.t, lock);
    if (deed === "unlock") machine.locks.unlock(next, context.t, lock);
    this.emit(leaf, way, next, told, picks, seen?.position);
  }

  private write(leaf: Leaf, way: PlacedWay, picks: readonly number[]): void {
    const { machine, context } = this;
    const { base, t, point } = context;
    const { list } = way;
    const length = machine.lengthOf(base, list);
    const extra = point.means.releases ? machine.observed(base, t) : 0;
    for (let position = this.writeFloor(way) + 1; position <= length; position++) {
      if (isAttached(machine, base, list, position - 1)) continue;
      const next = machine.begin(base);
      machine.mmu.use(next, way.entriesAt, machine.insert(next, t, list, position, way.store!(0), extra));
      this.emit(leaf, way, next, 0, picks, position, position);
    }
  }

  private read(leaf: Leaf, way: PlacedWay, seen: Seen | undefined, picks: readonly number[], isRmw: boolean): void {
    const { machine, context } = this;
    const { views } = machine;
    const { base, t, point } = context;
    const { list } = way;
    const address = machine.joined(base, way.addressAt, 0);
    const isReturned = point.means.returns;
    const lowest = Math.max(this.readFloor(list, isRmw && !isReturned), views.at(address, list));
    const floor = isRmw ? Math.max(lowest, this.writeFloor(way)) : lowest;
    const from = seen ? Math.max(floor, seen.position) : floor;
    const to = seen ? seen.position : machine.lengthOf(base, list) - 1;
    for (let position = from; position <= to; position++) {
      if (isRmw && isAttached(machine, base, list, position)) continue;
      const next = machine.begin(base);
      const told = machine.load(next, t, list, position, isReturned);
      const view = isReturned ? views.join(told, address) : 0;
      machine.mmu.use(next, way.entriesAt, told);
      if (point.means.acquires && (isRmw || !point.hasRmw)) {
        machine.raise(next, t, VIEW.R, view);
        machine.raise(next, t, VIEW.W, view);
      }
      if (way.deed === "rmw") {
        const at = machine.storeAt(next, list, position);
        next[at + MESSAGE.mark]! |= 1;
        const before = next[at + MESSAGE.view]!;
        const extra = point.means.releases ? views.join(before, machine.observed(base, t)) : before;
        const stored = way.store!(next[at + MESSAGE.content]!);
        machine.mmu.use(next, way.entriesAt, machine.insert(next, t, list, position + 1, stored, extra));
      }
      this.emit(leaf, way, next, view, picks, position, way.deed === "rmw" ? position + 1 : undefined);
    }
  }

  /** A page-table walk: the CPU learns nothing of what the MMU has found, but through the entry. */
  private translate(leaf: Leaf, way: PlacedWay, seen: Seen | undefined, picks: readonly number[]): void {
    const { machine, context } = this;
    const { views } = machine;
    const { base } = context;
    const { list } = way;
    const isRmw = way.deed === "rmw";
    const from = seen ? seen.position : this.readFloor(list, false);
    const to = seen ? seen.position : machine.lengthOf(base, list) - 1;
    for (let position = from; position <= to; position++) {
      if (isRmw && isAttached(machine, base, list, position)) continue;
      const next = machine.begin(base);
      const at = machine.storeAt(next, list, position);
      const told = views.join(views.point(list, position), next[at + MESSAGE.view]!);
      if (isRmw) {
        next[at + MESSAGE.mark]! |= 1;
        machine.insertBehind(next, list, position, way.store!(next[at + MESSAGE.content]!));
      }
      this.emit(leaf, way, next, told, picks, position, isRmw ? position + 1 : undefined);
    }
  }

  /** The oldest store that this step may read. smp_rmb() does not order the load of an RMW that returns nothing. */
  private readFloor(list: number, isUnordered: boolean): number {
    const { machine, context } = this;
    const { views } = machine;
    if (context.point.mmu === "walk") return machine.mmu.floor(context.base, context.point.fills, list);
    const at = (kind: number): number => views.at(machine.view(context.base, context.t, kind), list);
    return isUnordered ? at(VIEW.coh) : Math.max(at(VIEW.coh), at(VIEW.R));
  }

  /** The store that one of this step must come behind. */
  private writeFloor(way: PlacedWay): number {
    const { machine, context } = this;
    const { views } = machine;
    const { base, t, point } = context;
    const at = (view: number): number => views.at(view, way.list);
    const floor = Math.max(
      at(machine.view(base, t, VIEW.coh)),
      at(machine.view(base, t, VIEW.W)),
      at(machine.controlled(base, t)),
      at(machine.joined(base, way.addressAt, 0)),
      at(machine.joined(base, way.dataAt, 0)),
    );
    if (!point.means.releases) return floor;
    return Math.max(floor, at(machine.view(base, t, VIEW.A)), at(machine.view(base, t, VIEW.own)));
  }

  private emit(
    leaf: Leaf,
    way: PlacedWay,
    next: Int32Array,
    told: number,
    picks: readonly number[],
    at: number | undefined,
    inserted?: number,
  ): void {
    const { machine, context } = this;
    // Critical sections that begin from now on see all that this CPU has seen and stored.
    if (context.point.beginsGrace) {
      const { grace } = machine.layout;
      next[grace] = machine.views.join(next[grace]!, machine.observed(next, context.t));
    }
    if (leaf.kind === "moved") machine.finish(next, context, leaf, way, told);
    const taken = { point: context.index, leaf, way };
    context.out({ thread: context.t, picks, at, taken, inserted, state: machine.end(next) });
  }

  /** A step has thrown: takes it once more where it did, so that it says why. */
  private explain(seen: Seen | undefined, picks: readonly number[]): void {
    const { base, t, index } = this.context;
    const { layout } = this.machine;
    runStep(
      layout.program.threads[t]!,
      index,
      (cell) =>
        seen !== undefined && layout.listOf.get(cell) === seen.list
          ? valueIn(layout.lists[seen.list]!, seen.content, cell)
          : presentValue(layout, base, cell),
      { pick: (_, turn) => picks[turn] ?? 0 },
    );
  }
}
