import { access, withAccess, type Cell } from "./access.ts";
import { COMPLETION, isHeldKind, SEQCOUNT, TASK, WAIT_QUEUE } from "./domain.ts";
import { ModelError } from "./error.ts";
import type { Order } from "./order.ts";
import { type done, Operation, withOrder } from "./path.ts";
import { aside, endRun, watched } from "./running.ts";

/** Names a lock: `(k) => k.ptl`, or `(_, me) => me.page!.locked`. */
export type WhichLock<K, M> = (k: K, me: M) => boolean | number;
export type Jump = string | typeof done;

/** What operations are on, and how a model would have named one. */
export interface Kind {
  readonly is: (cell: Cell) => boolean;
  readonly field: string;
  readonly otherwise: (name: string) => string;
  readonly cause?: string;
}
export const A_LOCK: Kind = {
  is: ({ lock }) => isHeldKind(lock),
  field: "ptl",
  otherwise: (name) => `${name}() was given what is no lock`,
  cause: "its function must return a spinlock, mutex, rwlock, rwsem or bitLock of the world",
};
export const A_COMPLETION: Kind = {
  is: ({ lock }) => lock === COMPLETION,
  field: "done",
  otherwise: (name) => `${name}() was given what is no completion`,
};
export const A_SEQCOUNT: Kind = {
  is: ({ lock }) => lock === SEQCOUNT,
  field: "seq",
  otherwise: (name) => `${name}() was given what is no seqcount`,
  cause:
    "its function must return a field that is declared a seqcount; a sequence that is an int has steps of your own",
};

export const A_QUEUE: Kind = {
  is: ({ lock }) => lock === WAIT_QUEUE,
  field: "wq",
  otherwise: (name) => `${name}() was given what is no waitQueue`,
};
export const A_TASK: Kind = {
  is: ({ lock }) => lock === TASK,
  field: "waiter",
  otherwise: (name) => `${name}() was given what is no task`,
};
/** What a thread sleeps on. */
export const A_SLEEP: Kind = {
  is: (cell) => A_QUEUE.is(cell) || A_TASK.is(cell),
  field: "wq",
  otherwise: (name) => `${name}() was given neither a waitQueue nor a task`,
};

/** The lock that a function of the model names; to name it is no access to it. */
function find<K, M>(which: WhichLock<K, M>, k: K, me: M, [name, kind]: readonly [string, Kind]): Cell {
  const { is, field, otherwise, cause } = kind;
  const outer = access();
  let found: Cell | undefined;
  const naming = {
    ...outer,
    read: (cell: Cell) => {
      found = is(cell) ? cell : undefined;
      return found ? found.values[0]! : outer.read(cell);
    },
  };
  withAccess(naming, () => which(k, me));
  return (
    found ??
    endRun(
      new ModelError(otherwise(name), {
        ...(cause !== undefined && { cause }),
        remedy: `write ${name}((k) => k.${field})`,
      }),
    )
  );
}

/** An operation on the lock that `which` names. */
export function operation<K, M, R>(
  [name, order, kind = A_LOCK]: readonly [string, Order, Kind?],
  which: WhichLock<K, M>,
  act: (lock: Cell, k: K, me: M) => R,
): Operation<K, M, R> {
  if (typeof which !== "function")
    throw new ModelError(`${name}() was given no function`, {
      remedy: `write ${name}((k) => k.${kind.field})`,
    });
  const names = watched(which as (k: never, me: never) => boolean | number) as unknown as WhichLock<K, M>;
  const made = new Operation<K, M, R>({
    kind: "step",
    run: (k, me) => aside(() => act(find(names, k, me, [name, kind]), k, me)),
    order,
    operation: name,
    parts: [which],
  });
  withOrder.add(made);
  return made;
}
