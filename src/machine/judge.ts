import { withAccess, type Access, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { explained, isPromise } from "../model/explained.ts";
import { endRun } from "../model/running.ts";
import type { Spec } from "../model/spec.ts";
import type { Program } from "./program.ts";
import { asking, isOther, observedIn, repeating, type Difference } from "./observed.ts";

/** What a spec says of one state, and what it read to say so. */
export interface Judgement {
  readonly holds: boolean;
  /** Why it does not hold, in the words of the spec. */
  readonly reason: string;
  readonly reads: ReadonlyMap<Cell, Value>;
}

/** What a spec needs to know of the machine it is asked about. */
type Judged = Pick<Program, "scenario">;

// As many as a state has, several times over.
const MOST_ACCESSES = 200_000;

/**
 * Runs `body`, defined about where `definedAt` says, over a world whose values `base` gives. Throws a ModelError if it
 * writes, branches or throws.
 */
export function lookAt<T>(
  program: Judged,
  what: string,
  base: (cell: Cell) => Value,
  body: (world: never) => T,
  definedAt = program.scenario.definedAt,
): T {
  const refuse = (deed: string) => (): never =>
    endRun(
      new ModelError(`a spec must not ${deed}`, {
        remedy: "let it read the state and return true or the reason as text",
      }),
    );
  let accesses = 0;
  const access: Access = {
    read: (cell) => {
      if (++accesses > MOST_ACCESSES)
        endRun(
          new ModelError(`${what} does not end`, {
            cause: `it has used fields ${MOST_ACCESSES} times; all of them stay as they are while it runs`,
            remedy: "let it read each field once and return",
          }),
        );
      return base(cell);
    },
    write: refuse("write a field"),
    forget: refuse("write a field"),
    choose: refuse("branch"),
    bug: refuse("use bugOn"),
  };
  const world = program.scenario.world.layout.draft as never;
  return explained(what, () => withAccess(access, () => body(world)), definedAt);
}

/** Evaluates a spec over the values that `base` gives. Throws a ModelError if the spec writes, branches or throws. */
export function judge(program: Judged, spec: Spec, base: (cell: Cell) => Value): Judgement {
  const what = `spec '${spec.name}'`;
  const seen = observedIn(program.scenario.world.layout, spec).begin();
  const isSame = (difference: Difference | undefined): void => {
    if (difference) endRun(isOther(what, difference));
  };
  const { read, found: reads } = asking(seen, base, isSame);
  const say = (world: never): unknown => {
    const said: unknown = spec.holds(world);
    if (typeof said !== "boolean" && typeof said !== "string")
      endRun(
        new ModelError(`spec '${spec.name}' returned neither true, false nor a reason`, {
          cause: `it returned ${isPromise(said) ? "a promise" : said === null ? "null" : `a value of type ${typeof said}`}`,
          remedy: "return true when it holds, or the reason as text",
        }),
      );
    isSame(seen.end(`says ${String(said)}`));
    return said;
  };
  const answer = lookAt(program, what, read, say, spec.definedAt);
  return { holds: answer === true, reason: typeof answer === "string" ? answer : `not: ${spec.sentence}`, reads };
}

/** Everything that a spec was seen to say, as functions that ask it again and compare. */
export const repeatsOfSpec = (program: Program, spec: Spec): readonly (() => void)[] =>
  observedIn(program.scenario.world.layout, spec)
    .ways()
    .map(
      ({ answers }) =>
        () =>
          void judge(program, spec, repeating(answers).base),
    );
