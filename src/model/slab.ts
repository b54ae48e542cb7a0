import { access, LIFE } from "./access.ts";
import { ModelError } from "./error.ts";
import { giveBack, slabOf, slotOf, take, WORD, type Slot } from "./objects.ts";
import { nameOfDraft } from "./owned.ts";
import { type done, Operation, withOrder } from "./path.ts";
import { aside, endRun, watched } from "./running.ts";

type Jump = string | typeof done;
type Which<K, M, O> = (k: K, me: M) => O;

function operation<K, M, O, R>(
  [name, order]: readonly ["alloc" | "free" | "freeRcu", "acquire" | "release"],
  which: Which<K, M, O>,
  act: (found: O) => R,
): Operation<K, M, R> {
  if (typeof which !== "function")
    throw new ModelError(`${name}() was given no function`, { remedy: `write ${name}((k) => ...)` });
  const names = watched(which as (k: never, me: never) => unknown) as unknown as Which<K, M, O>;
  const run = (k: K, me: M): R => aside(() => act(names(k, me)));
  const made = new Operation<K, M, R>({
    kind: "step",
    run,
    order,
    operation: name,
    parts: [which],
  });
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

interface Freeing {
  <K, M>(which: Which<K, M, object | null>): Operation<K, M, void>;
  <K, M, const L extends Jump>(which: Which<K, M, object | null>, next: L): Operation<K, M, NoInfer<L>>;
}

function freeing(name: "free" | "freeRcu"): Freeing {
  return ((which: Which<never, never, object | null>, next?: Jump) => {
    const made = operation([name, "release"], which, (object) => {
      if (object !== null) giveBack(slotIn(object, name), name === "freeRcu");
    });
    return next === undefined ? made : made.then(next);
  }) as unknown as Freeing;
}

/** kmem_cache_free(), kfree(): gives back the object that `which` names, or nothing if that is null. Release. */
export const free: Freeing = freeing("free");
/**
 * kfree_rcu(), call_rcu() with a callback that frees: gives the object back as soon as every RCU read-side critical section
 * has ended that is going on now. It does not wait. Release.
 */
export const freeRcu: Freeing = freeing("freeRcu");

/** In `init`: the object is allocated from the beginning. It is returned, as in `k.slot = allocated(k.nodes[0])`. */
export const allocated = <O extends object>(object: O): O =>
  aside(() => {
    const { life, word } = slotIn(object, "allocated");
    if (access().fail)
      endRun(
        new ModelError("allocated() was used in a step", {
          cause: "it says what is allocated before the first step",
          remedy: "take an object by alloc((k) => k.nodes), or say allocated(...) in init",
        }),
      );
    access().write(life, LIFE.live);
    access().write(word, WORD.allocated);
    return object;
  });

/** In a spec: the object is allocated. */
export const isAllocated = (object: object): boolean =>
  aside(() => access().read(slotIn(object, "isAllocated").life) === LIFE.live);

const slotIn = (object: object, name: string): Slot =>
  slotOf(object) ?? endRun(notOf(name, "object of a slab", `${name}(...) of an object of slab(Node, 2)`));

const notOf = (name: string, what: string, remedy: string): ModelError =>
  new ModelError(`${name}() was given no ${what}`, { remedy: `write ${remedy}` });
