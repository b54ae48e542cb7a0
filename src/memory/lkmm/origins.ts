import type { Cell } from "../../model/access.ts";
import type { LkmmThread } from "./steps.ts";
import type { PlacedWay } from "./ways.ts";

type Pairs = readonly (readonly [load: number, event: number])[];

/** What an access depends on: pairs of an earlier load and one of its events. */
export interface Dependencies {
  readonly addr: Pairs;
  readonly data: Pairs;
  readonly ctrl: Pairs;
}

/** Of one thread on its way: which loads its locals' values come from, and which have decided where it is. */
export class Origins {
  /** Also of the fields of TLB entries, which all threads share. */
  private readonly tells: Map<Cell, ReadonlySet<number>>;
  /** By the slot of the point up to which they matter. */
  private readonly decided: Map<number, ReadonlySet<number>>;

  constructor(tells = new Map<Cell, ReadonlySet<number>>(), decided = new Map<number, ReadonlySet<number>>()) {
    this.tells = tells;
    this.decided = decided;
  }

  /** For a thread that may go several ways from here. */
  fork(): Origins {
    return new Origins(new Map(this.tells), new Map(this.decided));
  }

  dependenciesOf({ address, data }: PlacedWay, load: number | undefined, store: number | undefined): Dependencies {
    const pairs = (locals: Iterable<Cell>, event: number | undefined): Pairs =>
      event === undefined ? [] : [...this.loadsOf(locals)].map((from) => [from, event] as const);
    const decided = store === undefined ? [] : [...this.decided.values()].flatMap((loads) => [...loads]);
    return {
      addr: [...pairs(address, load), ...pairs(address, store)],
      data: pairs(data, store),
      ctrl: decided.map((from) => [from, store!] as const),
    };
  }

  /** Goes on behind one way through a step, which has made this load, to the point `next`. */
  settle(
    { joins, points }: LkmmThread,
    point: number,
    { locals, control, controlsByRead }: PlacedWay,
    load: number | undefined,
    next: number | undefined,
  ): void {
    const here = (byRead: boolean): readonly number[] => (byRead && load !== undefined ? [load] : []);
    const told = [...locals].map(
      ([cell, { from, byRead }]) => [cell, new Set([...this.loadsOf(from), ...here(byRead)])] as const,
    );
    const { join } = points[point]!;
    if (join !== undefined)
      this.decided.set(
        join,
        new Set([...(this.decided.get(join) ?? []), ...this.loadsOf(control), ...here(controlsByRead)]),
      );
    for (const [cell, set] of told) this.tells.set(cell, set);
    if (next === undefined) return;
    for (const [slot, at] of joins.entries()) if (at === next) this.decided.delete(slot);
  }

  private loadsOf(locals: Iterable<Cell>): ReadonlySet<number> {
    return new Set([...locals].flatMap((cell) => [...(this.tells.get(cell) ?? [])]));
  }
}
