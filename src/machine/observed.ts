import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ImpureError } from "../model/error.ts";
import { showValue } from "../model/layout.ts";

/** What a run asked for: the value of a cell, or one of so many options. */
type Question = Cell | number;

/** What came after the same answers: another question, or the end. */
interface Place {
  next?: { readonly asks: Question; readonly answers: Map<Value, Place> } | { readonly end: string };
}

/** The values that a run was told and the options that it took, in order. */
export type Answers = readonly (readonly [question: Question, answer: Value])[];

/** A run as it was seen: what it was told, and what it did. */
export interface Way {
  readonly answers: Answers;
  readonly end: string;
}

/** Two runs that were told the same have done something else: in the words of an error. */
export interface Difference {
  readonly first: string;
  readonly later: string;
}

// Beyond that, runs are compared with those that were noted before and no longer noted themselves.
const MOST_PLACES = 200_000;

/**
 * What a step or a spec was seen to do: every question it asked, and every end it came to, by what it was told before.
 * What is pure asks the same and ends the same whenever it is told the same.
 */
export class Observed {
  private readonly root: Place = {};
  private places = 0;

  /** A run begins: tells what it asks, in order, and how it ends. */
  begin(): Observation {
    return new Following(this.root, () => ++this.places <= MOST_PLACES);
  }

  /** What every run that came to an end was told, and what it did then. */
  ways(): readonly Way[] {
    const ways: Way[] = [];
    const told: (readonly [Question, Value])[] = [];
    const visit = ({ next }: Place): void => {
      if (!next) return;
      if ("end" in next) {
        ways.push({ answers: [...told], end: next.end });
        return;
      }
      for (const [answer, after] of next.answers) {
        told.push([next.asks, answer]);
        visit(after);
        told.pop();
      }
    };
    visit(this.root);
    return ways;
  }
}

/** A run on its way through what was seen. */
class Following implements Observation {
  /** Nothing once it is no longer noted. */
  private place: Place | undefined;
  private readonly hasRoom: () => boolean;

  constructor(root: Place, hasRoom: () => boolean) {
    this.place = root;
    this.hasRoom = hasRoom;
  }

  ask(question: Question): Difference | undefined {
    const next = this.place?.next;
    if (!next) return this.note({ asks: question, answers: new Map() });
    if ("asks" in next && next.asks === question) return undefined;
    return { first: told(next), later: told({ asks: question, answers: new Map() }) };
  }

  answer(value: Value): void {
    const next = this.place?.next;
    if (!next || !("answers" in next)) return;
    let after = next.answers.get(value);
    if (!after) next.answers.set(value, (after = {}));
    this.place = after;
  }

  end(end: string): Difference | undefined {
    const next = this.place?.next;
    if (!next) return this.note({ end });
    if ("end" in next && next.end === end) return undefined;
    return { first: told(next), later: told({ end }) };
  }

  private note(next: NonNullable<Place["next"]>): undefined {
    if (!this.place) return;
    if (this.hasRoom()) this.place.next = next;
    else this.place = undefined;
  }
}

const all = new WeakMap<object, Observed>();

/** What a step, by its control point, or a spec was seen to do. */
export function observedOf(source: object, among = all): Observed {
  const known = among.get(source) ?? new Observed();
  among.set(source, known);
  return known;
}

const byWorld = new WeakMap<object, WeakMap<object, Observed>>();

/** What a spec was seen to do in a world: in one that extends its own it asks for other cells. */
export function observedIn(world: object, spec: object): Observed {
  const among = byWorld.get(world) ?? new WeakMap<object, Observed>();
  byWorld.set(world, among);
  return observedOf(spec, among);
}

/** What a run that goes on now finds in the cells that `base` knows: each is asked for once, and compared with earlier runs. */
export function asking(
  run: Observation,
  base: (cell: Cell) => Value,
  compare: (difference: Difference | undefined) => void,
): { readonly read: (cell: Cell) => Value; readonly found: ReadonlyMap<Cell, Value> } {
  const found = new Map<Cell, Value>();
  const read = (cell: Cell): Value => {
    const old = found.get(cell);
    if (old !== undefined) return old;
    compare(run.ask(cell));
    const value = base(cell);
    run.answer(value);
    found.set(cell, value);
    return value;
  };
  return { read, found };
}

/** One run, as it is compared with others while it goes on. */
export interface Observation {
  ask(question: Question): Difference | undefined;
  answer(value: Value): void;
  end(end: string): Difference | undefined;
}

const told = (next: NonNullable<Place["next"]>): string => {
  if ("end" in next) return next.end;
  return typeof next.asks === "number" ? `chooses among ${next.asks} options` : `reads ${next.asks.name}`;
};

/** A base and a script that repeat a run. */
export function repeating(answers: Answers): {
  readonly base: (cell: Cell) => Value;
  readonly picks: readonly number[];
} {
  const values = new Map<Cell, Value>();
  const picks: number[] = [];
  for (const [question, answer] of answers)
    if (typeof question === "number") picks.push(Number(answer));
    else values.set(question, answer);
  return { base: (cell) => values.get(cell)!, picks };
}

/** `writes n = 1, then ...`: what a run has done, by which two are told apart. */
export function deedsOf(writes: Iterable<readonly [Cell, Value]>, except: ReadonlySet<Cell>, end: string): string {
  let text = "";
  for (const [cell, value] of writes) if (!except.has(cell)) text += `writes ${cell.name} = ${showValue(value)}, `;
  return text + end;
}

/** What is said of a step or a spec that does not always do the same over the same values. */
export const isOther = (
  what: string,
  { first, later }: Difference,
  where: { readonly where?: string } = {},
): ImpureError =>
  new ImpureError(`${what} is not pure`, {
    ...where,
    cause: `over the same values it first ${first}, then ${later}: it uses something that is not a field`,
    remedy: "keep everything that it depends on in fields and locals; branch with choose()",
  });
