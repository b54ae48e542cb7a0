/** A step of a thread, and which option each of its `choose` takes: enough to repeat it. */
export interface Move {
  readonly thread: number;
  readonly picks: readonly number[];
  /** Under lkmm: the step, counted from 0, whose store it reads or puts its own behind; absent if that was there at first. */
  readonly at?: number;
}

/** A run from an initial state, as the moves that repeat it. */
export interface Schedule {
  /** Which of the initial states it starts in. */
  readonly initial: number;
  readonly moves: readonly Move[];
  /** The moves from this one on, counted from 0, are made again and again; absent if the run ends. */
  readonly loop?: number;
}

/** How often a schedule goes on on another CPU. */
export const switchesIn = (moves: readonly Pick<Move, "thread">[]): number =>
  moves.filter(({ thread }, i) => i > 0 && thread !== moves[i - 1]!.thread).length;

/** Whether both name the same branch of one step. */
export const samePicks = (a: readonly number[], b: readonly number[]): boolean =>
  withoutZeros(a).join() === withoutZeros(b).join();

export const withoutZeros = (picks: readonly number[]): readonly number[] =>
  picks.slice(0, picks.findLastIndex((pick) => pick !== 0) + 1);
