import { access, LIFE } from "./access.ts";
import { ModelError } from "./error.ts";
import { giveBack, slabOf, slotOf, take, WORD, type Slot } from "./objects.ts";
import { nameOfDraft } from "./owned.ts";
import { type done, Operation, withOrder } from "./path.ts";
import { aside, endRun, watched } from "./running.ts";

type Jump = string | typeof done;
type Which<K, M, O> = (k: K, me: M) => O;

function operation<K, M, O, R>(
  [name, order]: readonly ["alloc" | "free", "acquire" | "release"],
  which: Which<K, M, O>,
  act: (found: O) => R,
): Operation<K, M, R> {
  if (typeof which !== "function")
    throw new ModelError(`${name}() was given no function`, { remedy: `write ${name}((k) => ...)` });
  const names = watched(which as (k: never, me: never) => unknown) as unknown as Which<K, M, O>;
  const run = (k: K, me: M): R => aside(() => act(names(k, me)));
  const made = new Operation<K, M, R>({ kind: "step", run, order, parts: [which] });
  withOrder.add(made);
  return made;
}

/**
 * kmem_cache_alloc(), kmalloc(): takes an object of the slab that `which` names, which is its result. What is in it is what was
 * left there. It sees what the last owner of the object has done. Acquire.
 */
export function alloc<K, M, O extends object>(which: Which<K, M, readonly O[]>): Operation<K, M, O>;
export function alloc<K, M, O extends object, const L extends Jump | void>(
  which: Which<K, M, readonly O[]>,
  next: (k: K, me: M, object: O) => L,
): Operation<K, M, NoInfer<L>>;
export function alloc(
  which: Which<never, never, readonly object[]>,
  next?: (k: never, me: never, object: never) => Jump | void,
): Operation<never, never, unknown> {
  const made = operation(["alloc", "acquire"], which, (draft) => {
    const all = slabOf(draft) ?? endRun(notOf("alloc", "slab", "alloc((k) => k.nodes) for nodes: slab(Node, 2)"));
    return take(all, nameOfDraft(draft));
  });
  return next === undefined ? made : made.then(next as never);
}

/** kmem_cache_free(), kfree(): gives back the object that `which` names, or nothing if that is null. Release. */
export function free<K, M>(which: Which<K, M, object | null>): Operation<K, M, void>;
export function free<K, M, const L extends Jump>(
  which: Which<K, M, object | null>,
  next: L,
): Operation<K, M, NoInfer<L>>;
export function free(which: Which<never, never, object | null>, next?: Jump): Operation<never, never, unknown> {
  const made = operation(["free", "release"], which, (object) => {
    if (object !== null) giveBack(slotIn(object, "free"));
  });
  return next === undefined ? made : made.then(next);
}

/** In `init`: the object is allocated from the beginning. */
export const allocated = (object: object): void =>
  aside(() => {
    const { life, word } = slotIn(object, "allocated");
    access().write(life, LIFE.live);
    access().write(word, WORD.allocated);
  });

/** In a spec: the object is allocated. */
export const isAllocated = (object: object): boolean =>
  aside(() => access().read(slotIn(object, "isAllocated").life) === LIFE.live);

const slotIn = (object: object, name: string): Slot =>
  slotOf(object) ?? endRun(notOf(name, "object of a slab", `${name}(...) of an object of slab(Node, 2)`));

const notOf = (name: string, what: string, remedy: string): ModelError =>
  new ModelError(`${name}() was given no ${what}`, { remedy: `write ${remedy}` });
