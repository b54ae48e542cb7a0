import { withAccess, type Access, type Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import type { Spec } from "../model/spec.ts";
import { explained, type Machine } from "./machine.ts";

/** What a spec says of one state, and what it read to say so. */
export interface Judgement {
  readonly holds: boolean;
  /** Why it does not hold, in the words of the spec. */
  readonly reason: string;
  readonly reads: ReadonlyMap<Cell, Value>;
}

/** Runs `body` over a world whose values `base` gives. Throws a ModelError if it writes, branches or throws. */
export function lookAt<T>(machine: Machine, what: string, base: (cell: Cell) => Value, body: (world: never) => T): T {
  const refuse = (deed: string) => (): never => {
    throw new ModelError(`a spec must not ${deed}`, {
      remedy: "let it read the state and return true or the reason as text",
    });
  };
  const access: Access = {
    read: base,
    write: refuse("write a field"),
    forget: refuse("write a field"),
    choose: refuse("branch"),
    bug: refuse("use bugOn"),
  };
  const world = machine.scenario.world.layout.draft as never;
  return explained(what, () => withAccess(access, () => body(world)));
}

/** Evaluates a spec over the values that `base` gives. Throws a ModelError if the spec writes, branches or throws. */
export function judge(machine: Machine, spec: Spec, base: (cell: Cell) => Value): Judgement {
  const reads = new Map<Cell, Value>();
  const read = (cell: Cell): Value => {
    const value = base(cell);
    reads.set(cell, value);
    return value;
  };
  const answer = lookAt(machine, `spec '${spec.name}'`, read, (world) => spec.holds(world));
  if (typeof answer !== "boolean" && typeof answer !== "string")
    throw new ModelError(`spec '${spec.name}' returned neither true, false nor a reason`, {
      remedy: "return true when it holds, or the reason as text",
    });
  return { holds: answer === true, reason: typeof answer === "string" ? answer : `not: ${spec.sentence}`, reads };
}
