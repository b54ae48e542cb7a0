import type { Cell } from "../../model/access.ts";
import type { Value } from "../../model/domain.ts";
import { runStep } from "../run.ts";
import type { Leaf, Tree } from "../tree.ts";
import type { Lkmm, LkmmEffect } from "./lkmm.ts";
import { contentOf, MESSAGE, MESSAGE_SIZE, presentValue, valueIn } from "./lkmm-layout.ts";
import type { PlacedWay, Point } from "./lkmm-layout.ts";

/** What the step has read so far: a store of a list, or a lock. */
interface Seen {
  readonly list?: number;
  readonly position: number;
  readonly content: number;
}

export interface Context {
  /** Before the step, and with the barrier in front of it. */
  readonly state: Int32Array;
  readonly base: Int32Array;
  readonly t: number;
  readonly index: number;
  readonly point: Point;
  readonly accepts: (leaf: Leaf, way: PlacedWay) => boolean;
  readonly out: LkmmEffect[];
}

/** All ways through one step from one state. */
export class Walk {
  private readonly machine: Lkmm;
  private readonly context: Context;

  constructor(machine: Lkmm, context: Context) {
    this.machine = machine;
    this.context = context;
  }

  down(node: Tree, seen: Seen | undefined, picks: readonly number[]): void {
    const { layout, views } = this.machine;
    const { base, t } = this.context;
    if (node.kind === "choice") {
      for (const [i, option] of node.options.entries()) this.down(option, seen, [...picks, i]);
      return;
    }
    if (node.kind !== "branch") {
      this.leaf(node, seen, picks);
      return;
    }
    const { cell, arms } = node;
    const list = layout.listOf.get(cell);
    if (list === undefined) {
      const lock = layout.keepsHolders && !seen && this.looksAt(cell) ? layout.lockOf.get(cell) : undefined;
      const now = base[layout.plainAt.get(cell)!]!;
      if (lock === undefined) this.down(arms[now]!, seen, picks);
      else
        for (const found of this.foundAt(lock, now))
          this.down(arms[found]!, { position: found, content: found }, picks);
      return;
    }
    const arm = (content: number): Tree => arms[cell.values.indexOf(valueIn(layout.lists[list]!, content, cell))]!;
    if (seen) {
      this.down(arm(seen.content), seen, picks);
      return;
    }
    const floor = Math.max(
      views.at(this.machine.view(base, t, "coh"), list),
      views.at(this.machine.view(base, t, "R"), list),
    );
    const at = this.machine.messageAt(base, list);
    for (let position = floor; position < base[layout.lengths + list]!; position++) {
      const content = base[at + MESSAGE_SIZE * position + MESSAGE.content]!;
      this.down(arm(content), { list, position, content }, picks);
    }
  }

  /** The step itself does, and not the check of a guarded field. */
  private looksAt(cell: Cell): boolean {
    return [...this.context.point.words].some(({ cells }) => cells.includes(cell));
  }

  /** How a thread may find a lock that it only looks at: as it was when some other thread held it, too. */
  private foundAt(lock: number, now: number): readonly number[] {
    const { layout } = this.machine;
    const { base, t, point } = this.context;
    const isMine = now === 1 && base[layout.holders + 2 * lock] === t + 1;
    const everOthers = (base[layout.holders + 2 * lock + 1]! & ~(1 << t)) !== 0;
    const takes = [...point.ways.values()].some(({ deed }) => deed === "lock");
    const isFree = now === 0 || (!isMine && !takes);
    return [...(isFree ? [0] : []), ...(isMine || everOthers ? [1] : [])];
  }

  private leaf(leaf: Leaf, seen: Seen | undefined, picks: readonly number[]): void {
    const { machine, context } = this;
    const { base, t, point, index, state, out, accepts } = context;
    const { layout, views } = machine;
    if (leaf.kind === "broken") this.explain(seen, picks);
    const way = point.ways.get(leaf)!;
    if (leaf.kind === "blocked" || !accepts(leaf, way)) return;
    const emit = (next: Int32Array, told: number, inserted?: number, at = seen?.position): void => {
      out.push({
        thread: t,
        picks,
        ...(at !== undefined && { at }),
        taken: { point: index, leaf, way },
        ...(inserted !== undefined && { inserted }),
        state: leaf.kind === "moved" ? machine.finish(next, context, leaf, way, told) : next,
      });
    };
    const { deed, word } = way;
    const list = word && layout.listOf.get(word.cells[0]!);
    if (list === undefined) {
      const next = (deed === "nothing" ? state : base).slice();
      const lock = word && layout.lockOf.get(word.cells[0]!);
      const told = deed === "lock" ? next[layout.lockViews + 2 * lock!]! : 0;
      if (deed === "lock") machine.lock(next, t, lock!);
      if (deed === "unlock") machine.unlock(next, t, lock!);
      emit(next, told);
      return;
    }
    const address = machine.joined(base, way.addressAt, 0);
    const writeFloor = (): number => {
      const floors = [machine.view(base, t, "coh"), machine.view(base, t, "W"), machine.controlled(base, t), address];
      if (point.order === "release") floors.push(machine.view(base, t, "A"), machine.view(base, t, "own"));
      return Math.max(
        ...floors.map((view) => views.at(view, list)),
        views.at(machine.joined(base, way.dataAt, 0), list),
      );
    };
    const isAttached = (position: number): boolean =>
      (base[machine.messageAt(base, list) + MESSAGE_SIZE * position + MESSAGE.mark]! & 1) !== 0;
    const contentWritten = (old: number): number =>
      contentOf(word!, (cell): Value =>
        leaf.kind === "moved" && leaf.writes.has(cell) ? leaf.writes.get(cell)! : valueIn(word!, old, cell),
      );
    const isRelease = point.order === "release";
    const length = base[layout.lengths + list]!;

    if (deed === "write") {
      const extra = isRelease ? machine.observed(base, t) : 0;
      for (let position = writeFloor() + 1; position <= length; position++) {
        if (isAttached(position - 1)) continue;
        emit(machine.insert(base, t, list, position, contentWritten(0), extra), 0, position, position);
      }
      return;
    }
    const isRmw = deed === "rmw" || (leaf.kind === "violation" && point.hasRmw);
    const readFloor = Math.max(
      views.at(machine.view(base, t, "coh"), list),
      views.at(machine.view(base, t, "R"), list),
      views.at(address, list),
    );
    const floor = isRmw ? Math.max(readFloor, writeFloor()) : readFloor;
    const [from, to] = seen ? [Math.max(floor, seen.position), seen.position] : [floor, length - 1];
    for (let position = from; position <= to; position++) {
      if (isRmw && isAttached(position)) continue;
      let next: Int32Array = base.slice();
      const told = machine.load(next, t, list, position, point.order !== "noreturn");
      const view = point.order === "noreturn" ? 0 : views.join(told, address);
      if (point.order === "acquire" && (isRmw || !point.hasRmw))
        for (const kind of ["R", "W"] as const) machine.raise(next, t, kind, view);
      if (deed === "rmw") {
        const at = machine.messageAt(next, list) + MESSAGE_SIZE * position;
        next[at + MESSAGE.mark]! |= 1;
        const from = next[at + MESSAGE.view]!;
        const extra = isRelease ? views.join(from, machine.observed(base, t)) : from;
        next = machine.insert(next, t, list, position + 1, contentWritten(next[at + MESSAGE.content]!), extra);
      }
      emit(next, view, deed === "rmw" ? position + 1 : undefined, position);
    }
  }

  /** A step has thrown: takes it once more where it did, so that it says why. */
  private explain(seen: Seen | undefined, picks: readonly number[]): void {
    const { base, t, index } = this.context;
    const { layout } = this.machine;
    const list = seen?.list;
    runStep(
      layout.machine.threads[t]!,
      index,
      (cell) =>
        list !== undefined && layout.listOf.get(cell) === list
          ? valueIn(layout.lists[list]!, seen!.content, cell)
          : presentValue(layout, base, cell),
      { pick: (_, turn) => picks[turn] ?? 0 },
    );
  }
}
