import { passesFlush } from "../../analysis/words.ts";
import { ORDERS } from "../../model/order.ts";
import { isFenced } from "./events.ts";
import { LkmmState } from "./state.ts";
import type { Program } from "../../machine/program.ts";
import { isFinished } from "../../machine/finish.ts";
import { DONE } from "../../machine/state.ts";
import type { Leaf } from "../../analysis/decision-tree.ts";
import { loadsApart } from "../loads-apart.ts";
import { layoutLkmm, VIEW } from "./layout.ts";
import type { PlacedWay } from "./ways.ts";
import { lockRules, type LockRules } from "./locks.ts";
import { mmuRules, type MmuRules } from "./mmu.ts";
import { rcuRules, type RcuRules } from "./rcu.ts";
import { tidier } from "./normalize.ts";
import { Walk, type Context, type LkmmEffect } from "./transitions.ts";

/**
 * The Linux-kernel memory model as a machine: of each word, all stores to it in coherence order; of each CPU, views that
 * say how far it has seen each list. A load returns any store that its view allows, a store goes anywhere behind what it
 * must follow. Steps are taken one at a time and in program order, so that no load returns what depends on it; all else
 * that LKMM allows is explored. docs/memory.md says what is left out.
 */
export class Lkmm extends LkmmState {
  /** What the machine is made of; that of its layout is the same with loads and stores apart. */
  readonly source: Program;
  readonly locks: LockRules;
  readonly mmu: MmuRules;
  private readonly rcu: RcuRules;
  private readonly tidy: (state: Int32Array, thread: number) => void;

  constructor(program: Program) {
    super(layoutLkmm(loadsApart(program)));
    this.source = program;
    this.locks = lockRules(this);
    this.mmu = mmuRules(this);
    this.rcu = rcuRules(this);
    this.tidy = tidier(this.layout, this.views);
  }

  /** Everything that can happen next. */
  effects(state: Int32Array): readonly LkmmEffect[] {
    const effects: LkmmEffect[] = [];
    const keep = (effect: LkmmEffect): void => void effects.push({ ...effect, state: effect.state.slice() });
    for (const t of this.layout.threads.keys()) this.step(state, t, keep);
    return effects;
  }

  /**
   * What a search has to look at: of what can happen next, at least one thing of each kind that makes a difference. The
   * state that an effect leads to is there until `out` returns.
   */
  forEachEffect(state: Int32Array, out: (effect: LkmmEffect) => void): void {
    const { threads, points, pending } = this.layout;
    for (let t = 0; t < threads.length; t++) {
      const point = threads[t]!.points[state[points + t]! - 1];
      // It may as well happen now: no other thread can tell. A failed check ends the run, and that all can tell.
      if (!point?.isPrivate || state[pending + t] !== 0) continue;
      let isEnd = false;
      this.step(state, t, (effect) => {
        isEnd ||= effect.taken?.leaf.kind === "violation";
        out(effect);
      });
      if (!isEnd) return;
      for (let other = 0; other < threads.length; other++) if (other !== t) this.step(state, other, out);
      return;
    }
    for (let t = 0; t < threads.length; t++) this.step(state, t, out);
  }

  /** Every thread is done; or some rest where they may, and none can step. */
  isDone(state: Int32Array): boolean {
    const { points, program } = this.layout;
    let rests = false;
    for (let t = 0; t < program.threads.length; t++) {
      const point = state[points + t]! + DONE;
      if (!isFinished(program.threads[t]!, point)) return false;
      rests ||= point !== DONE;
    }
    return !rests || this.effects(state).length === 0;
  }

  /** As `Machine.eventually`. */
  eventually(state: Int32Array): Int32Array | undefined {
    const { threads, points } = this.layout;
    let later: Int32Array | undefined;
    for (let t = 0; t < threads.length; t++) {
      const point = threads[t]!.points[state[points + t]! - 1];
      if (point?.mayWait !== true || !this.canStep(state, t)) continue;
      later ??= this.allSeen(state);
      if (!this.canStep(later, t)) return later;
    }
    return undefined;
  }

  /** The same state, in which every CPU has seen every store. */
  private allSeen(state: Int32Array): Int32Array {
    const { threads, lists } = this.layout;
    const later = state.slice();
    let newest = 0;
    for (let list = 0; list < lists.length; list++)
      newest = this.views.join(newest, this.views.point(list, this.lengthOf(state, list) - 1));
    for (let t = 0; t < threads.length; t++) this.raise(later, t, VIEW.coh, newest);
    return later;
  }

  private canStep(state: Int32Array, t: number): boolean {
    let can = false;
    this.step(state, t, () => (can = true));
    return can;
  }

  private step(state: Int32Array, t: number, out: (effect: LkmmEffect) => void): void {
    const { layout } = this;
    if (state[layout.pending + t] !== 0) {
      const next = this.begin(state);
      next[layout.pending + t] = 0;
      this.strongFence(next, t);
      this.tidy(next, t);
      out({ thread: t, picks: [], at: undefined, taken: undefined, inserted: undefined, state: this.end(next) });
      return;
    }
    const index = state[layout.points + t]! - 1;
    const point = layout.threads[t]!.points[index];
    if (!point) return;
    const isFull = point.means === ORDERS.full && point.words.size > 0;
    const fenced = isFull ? state.slice() : state;
    if (isFull) this.strongFence(fenced, t);
    const walk = (base: Int32Array, writes: boolean | undefined): void =>
      new Walk(this, { state, base, t, index, point, writes, out }).down(point.tree, undefined, []);
    if (!isFull || !point.hasRmw) walk(fenced, undefined);
    else {
      // An RMW that does not write is a load without order, whatever it is when it writes.
      walk(fenced, true);
      walk(state, false);
    }
  }

  /** Goes on behind a step: its plain writes, where its locals' values come from, what it has decided, where it leads. */
  finish(
    state: Int32Array,
    { t, point }: Pick<Context, "t" | "point">,
    leaf: Leaf & { kind: "moved" },
    way: PlacedWay,
    told: number,
  ): void {
    const { layout, views } = this;
    if (point.join !== undefined) {
      const at = layout.branches[t]! + point.join;
      state[at] = views.join(state[at]!, this.joined(state, way.controlAt, way.controlsByRead ? told : 0));
    }
    const { localsAt, writesAt } = way;
    if (localsAt.length === 1) {
      const [{ at, from, byRead }] = localsAt as [PlacedWay["localsAt"][number]];
      state[at] = this.joined(state, from, byRead ? told : 0);
    } else if (localsAt.length > 0) {
      // One may be read for another.
      const before = localsAt.map(({ from, byRead }) => this.joined(state, from, byRead ? told : 0));
      for (let i = 0; i < localsAt.length; i++) state[localsAt[i]!.at] = before[i]!;
    }
    const { means } = point;
    if (means.kind === "rcu") this.rcu.before(state, t, means.event);
    for (let i = 0; i < writesAt.length; i += 2) state[writesAt[i]!] = writesAt[i + 1]!;
    if (means.kind === "rcu") this.rcu.after(state, t, means.event);
    else if (means.orders === "loads") this.raise(state, t, VIEW.R, this.view(state, t, VIEW.Ar));
    else if (means.orders === "stores") this.raise(state, t, VIEW.rel, this.view(state, t, VIEW.own));
    else if (means.orders === "all") {
      if (means.kind !== "qualifier") {
        for (const cpu of way.interrupts) this.strongFence(state, cpu);
        if (point.mmu !== "flush") this.strongFence(state, t);
        else if (!passesFlush(point, leaf)) this.mmu.flush(state, t, way.entriesAt);
        for (const cpu of way.interrupts) this.strongFence(state, cpu);
      } else if (isFenced(point, way)) state[layout.pending + t] = 1;
    }
    state[layout.points + t] = leaf.next - DONE;
    const { joins } = layout.threads[t]!;
    for (let i = 0; i < joins.length; i++) if (joins[i] === leaf.next) state[layout.branches[t]! + i] = 0;
    this.tidy(state, t);
  }
}
