import { MESSAGE, MESSAGE_SIZE, sizeOf, VIEW, VIEWS_PER_CPU, type Layout } from "./layout.ts";
import { Views } from "./views.ts";

/** What a strong fence raises. */
const FENCED = [VIEW.R, VIEW.W, VIEW.A, VIEW.Ar, VIEW.rel];

/** What a state of LKMM's machine says, and the ways to change it that rules are made of. */
export class LkmmState {
  readonly layout: Layout;
  readonly views: Views;
  /** Where states are made; by size, the part of it that is a state of this size. */
  private room = new Int32Array(0);
  private parts: Int32Array[] = [];

  constructor(layout: Layout) {
    this.layout = layout;
    this.views = new Views(layout.lists.length);
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
    const { room } = this;
    for (let i = 0; i < state.length; i++) room[i] = state[i]!;
    return room;
  }

  /** The state that has come out of a changed copy. */
  end(state: Int32Array): Int32Array {
    const size = sizeOf(this.layout, state);
    return (this.parts[size] ??= state.subarray(0, size));
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
    moveWords(state, at + MESSAGE_SIZE, at, end - MESSAGE_SIZE);
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
}

/** As copyWithin(), which is asked what it changes while a model of the user is loaded. */
export function moveWords(state: Int32Array, to: number, start: number, end: number): void {
  if (to < start) for (let i = start; i < end; i++) state[to + i - start] = state[i]!;
  else for (let i = end - 1; i >= start; i--) state[to + i - start] = state[i]!;
}
