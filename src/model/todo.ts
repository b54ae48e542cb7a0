import { InternalError } from "./error.ts";
import { Operation, partsOf, type AnyStep, type done, type Path, type Step } from "./path.ts";
import { UNQUALIFIED } from "./order.ts";

const open = new WeakMap<object, string>();

/** A step that is not decided: it goes on with the next one, or where it is told to. */
export interface Todo extends Step<unknown, unknown, void> {
  then<const L extends string | typeof done>(next: L): Step<unknown, unknown, NoInfer<L>>;
  then<const B extends ByResult>(next: B): Step<unknown, unknown, NoInfer<Exclude<B[keyof B], undefined>> | undefined>;
}

interface ByResult {
  readonly true?: string | typeof done;
  readonly false?: string | typeof done;
}

/**
 * A step that nobody has decided yet, as `faultline draft` leaves it: `what` says what is to be decided. It can be told where it
 * goes on, as an operation that is true or false. No scenario that has one is checked.
 */
export function todo(what: string): Todo {
  const run = (): boolean => {
    throw new InternalError(`a step that is not decided was run: ${what}`);
  };
  open.set(run, what);
  return new Operation<unknown, unknown, boolean>({ kind: "step", run, order: UNQUALIFIED }) as unknown as Todo;
}

/** What is to be decided of a step; nothing if it is. */
export const undecided = (step: AnyStep): string | undefined =>
  partsOf(step)
    .map((part) => open.get(part))
    .find((what) => what !== undefined);

/** The steps of a path that are not decided, those of paths that it calls left out. */
export const undecidedIn = ({ entries }: Path): readonly { readonly label: string; readonly what: string }[] =>
  [...entries].flatMap(([label, entry]) => {
    const what = entry.kind === "step" ? undecided(entry) : undefined;
    return what === undefined ? [] : [{ label, what }];
  });
