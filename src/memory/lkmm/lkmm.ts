import type { Program } from "../../machine/program.ts";
import { isFinished } from "../../machine/finish.ts";
import { DONE } from "../../machine/state.ts";
import type { Leaf } from "../../analysis/decision-tree.ts";
import { loadsApart } from "../loads-apart.ts";
import { layoutLkmm, MESSAGE, MESSAGE_SIZE, sizeOf, VIEW, VIEWS_PER_CPU, type Layout } from "./layout.ts";
import type { PlacedWay } from "./steps.ts";
import { lockRules, type LockRules } from "./locks.ts";
import { mmuRules, type MmuRules } from "./mmu.ts";
import { rcuRules, type RcuRules } from "./rcu.ts";
import { tidier } from "./normalize.ts";
import { Walk, type Context } from "./transitions.ts";
import { Views } from "./views.ts";

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

/** What a strong fence raises. */
const FENCED = [VIEW.R, VIEW.W, VIEW.A, VIEW.Ar, VIEW.rel];

/**
 * The Linux-kernel memory model as a machine: of each word, all stores to it in coherence order; of each CPU, views that
 * say how far it has seen each list. A load returns any store that its view allows, a store goes anywhere behind what it
 * must follow. Steps are taken one at a time and in program order, so that no load returns what depends on it; all else
 * that LKMM allows is explored. docs/memory.md says what is left out.
 */
export class Lkmm {
  readonly layout: Layout;
  readonly views: Views;
  readonly locks: LockRules;
  readonly mmu: MmuRules;
  private readonly rcu: RcuRules;
  private readonly tidy: (state: Int32Array, thread: number) => void;
  /** Where states are made; by size, the part of it that is a state of this size. */
  private room = new Int32Array(0);
  private parts: Int32Array[] = [];

  constructor(program: Program) {
    this.layout = layoutLkmm(loadsApart(program));
    this.views = new Views(this.layout.lists.length);
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
    const { threads, points, lists } = this.layout;
    const waiting = threads.flatMap(({ points: all }, t) =>
      all[state[points + t]! - 1]?.mayWait === true && this.canStep(state, t) ? [t] : [],
    );
    if (waiting.length === 0) return undefined;
    const later = state.slice();
    let newest = 0;
    for (const list of lists.keys())
      newest = this.views.join(newest, this.views.point(list, this.lengthOf(state, list) - 1));
    for (const t of threads.keys()) this.raise(later, t, VIEW.coh, newest);
    return waiting.some((t) => !this.canStep(later, t)) ? later : undefined;
  }

  private canStep(state: Int32Array, t: number): boolean {
    let can = false;
    this.step(state, t, () => (can = true));
    return can;
  }

  view(state: Int32Array, thread: number, kind: number): number {
    return state[this.layout.views + VIEWS_PER_CPU * thread + kind]!;
  }

  raise(state: Int32Array, thread: number, kind: number, view: number): void {
    const at = this.layout.views + VIEWS_PER_CPU * thread + kind;
    state[at] = this.views.join(state[at]!, view);
  }

  /** All that a CPU has seen and done. */
  observed(state: Int32Array, t: number): number {
    const { views } = this;
    return views.join(
      views.join(this.view(state, t, VIEW.A), this.view(state, t, VIEW.own)),
      this.view(state, t, VIEW.coh),
    );
  }

  /** smp_mb(): what this CPU has seen, all CPUs see that come to a strong fence later, and the other way round. */
  strongFence(state: Int32Array, t: number): void {
    const { strong } = this.layout;
    const all = this.views.join(this.observed(state, t), state[strong]!);
    state[strong] = all;
    for (const kind of FENCED) this.raise(state, t, kind, all);
  }

  /** A copy to be changed, with room for one more store; it is there until the next one is made. */
  begin(state: Int32Array): Int32Array {
    if (state.length + MESSAGE_SIZE > this.room.length) {
      this.room = new Int32Array(2 * (state.length + MESSAGE_SIZE));
      this.parts = [];
    }
    this.room.set(state);
    return this.room;
  }

  /** The state that has come out of a changed copy. */
  end(state: Int32Array): Int32Array {
    const size = sizeOf(this.layout, state);
    return (this.parts[size] ??= state.subarray(0, size));
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
    const isFull = point.order === "full" && point.words.size > 0;
    const fenced = isFull ? state.slice() : state;
    if (isFull) this.strongFence(fenced, t);
    const walk = (base: Int32Array, writes?: boolean): void =>
      new Walk(this, { state, base, t, index, point, writes, out }).down(point.tree, undefined, []);
    if (!isFull || !point.hasRmw) walk(fenced);
    else {
      // An RMW that does not write is a load without order, whatever it is when it writes.
      walk(fenced, true);
      walk(state, false);
    }
  }

  /** Reads the store at a position; returns what its value tells. */
  load(state: Int32Array, t: number, list: number, position: number, isReturned: boolean): number {
    const at = this.storeAt(state, list, position);
    const here = this.views.point(list, position);
    const isOwn = state[at + MESSAGE.mark]! >> 1 === t + 1;
    const told = isOwn ? here : this.views.join(here, state[at + MESSAGE.view]!);
    this.raise(state, t, VIEW.coh, here);
    this.raise(state, t, VIEW.A, told);
    if (isReturned) this.raise(state, t, VIEW.Ar, told);
    return told;
  }

  /** Puts a store of a thread into a list; returns its view. */
  insert(state: Int32Array, t: number, list: number, position: number, content: number, extra: number): number {
    const { views } = this;
    const at = this.makeRoom(state, list, position);
    const here = views.point(list, position);
    const view = views.join(views.join(this.view(state, t, VIEW.rel), here), views.inserted(extra, list, position));
    state[at + MESSAGE.content] = content;
    state[at + MESSAGE.view] = view;
    state[at + MESSAGE.mark] = (t + 1) << 1;
    this.raise(state, t, VIEW.coh, here);
    this.raise(state, t, VIEW.own, view);
    return view;
  }

  /** Puts a store of an MMU, which is no thread's, behind the one that it has found there. */
  insertBehind(state: Int32Array, list: number, position: number, content: number): void {
    const { views } = this;
    const found = state[this.storeAt(state, list, position) + MESSAGE.view]!;
    const at = this.makeRoom(state, list, position + 1);
    state[at + MESSAGE.content] = content;
    state[at + MESSAGE.view] = views.join(views.point(list, position + 1), views.inserted(found, list, position + 1));
    state[at + MESSAGE.mark] = 0;
  }

  /** Moves on by one what lies behind a position of a list; returns where the new store belongs. */
  private makeRoom(state: Int32Array, list: number, position: number): number {
    const { layout, views } = this;
    const end = sizeOf(layout, state) + MESSAGE_SIZE;
    const at = this.storeAt(state, list, position);
    state.copyWithin(at + MESSAGE_SIZE, at, end - MESSAGE_SIZE);
    state[layout.lengths + list]!++;
    for (let i = layout.views; i < layout.lengths; i++) state[i] = views.inserted(state[i]!, list, position);
    for (let i = layout.messages + MESSAGE.view; i < end; i += MESSAGE_SIZE)
      state[i] = views.inserted(state[i]!, list, position);
    return at;
  }

  lengthOf(state: Int32Array, list: number): number {
    return state[this.layout.lengths + list]!;
  }

  /** Where the store at a position of a word's list begins. */
  storeAt(state: Int32Array, list: number, position: number): number {
    return this.messageAt(state, list) + MESSAGE_SIZE * position;
  }

  /** Where the list of a word begins. */
  messageAt(state: Int32Array, list: number): number {
    const { messages, lengths } = this.layout;
    let at = messages;
    for (let i = 0; i < list; i++) at += MESSAGE_SIZE * state[lengths + i]!;
    return at;
  }

  /** What branches that still matter have decided by. */
  controlled(state: Int32Array, t: number): number {
    const { branches, threads } = this.layout;
    let view = 0;
    for (let i = 0; i < threads[t]!.joins.length; i++) view = this.views.join(view, state[branches[t]! + i]!);
    return view;
  }

  /** `view` and those at these places. */
  joined(state: Int32Array, places: readonly number[], view: number): number {
    let all = view;
    for (let i = 0; i < places.length; i++) all = this.views.join(all, state[places[i]!]!);
    return all;
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
    this.rcu.before(state, t, point.order);
    for (let i = 0; i < writesAt.length; i += 2) state[writesAt[i]!] = writesAt[i + 1]!;
    this.rcu.after(state, t, point.order);
    switch (point.order) {
      case "rmb":
        this.raise(state, t, VIEW.R, this.view(state, t, VIEW.Ar));
        break;
      case "wmb":
        this.raise(state, t, VIEW.rel, this.view(state, t, VIEW.own));
        break;
      case "mb":
        if (point.mmu === "flush") this.mmu.flush(state, t, way.entriesAt);
        else this.strongFence(state, t);
        break;
      case "before-atomic":
      case "after-atomic":
      case "after-spinlock":
      case "after-unlock-lock":
        this.strongFence(state, t);
        break;
      case "full":
        if (way.deed !== "nothing" && (way.deed !== "read" || !point.hasRmw)) state[layout.pending + t] = 1;
        break;
      default:
    }
    state[layout.points + t] = leaf.next - DONE;
    const { joins } = layout.threads[t]!;
    for (let i = 0; i < joins.length; i++) if (joins[i] === leaf.next) state[layout.branches[t]! + i] = 0;
    this.tidy(state, t);
  }
}
