// my-race.ts
import { bool, done, full, int, noreturn, once, oneOf, ref, scenario, struct, symmetric, world } from "faultline";

/** An object that RCU readers find through `slot`. The slot itself holds one reference. */
const Obj = struct({ refcount: int(0, 3), freeing: bool });
const kernel = world({ obj: Obj, slot: ref(Obj) });

/** Finds the object, takes a reference, drops it again. */
const lookup = (get: "read_then_inc" | "inc_not_zero") =>
  kernel.path("obj_lookup", { obj: ref(Obj) }, {
    "obj = rcu_dereference(slot)": once((k, me) => {
      me.obj = k.slot;
      if (!me.obj) return done;
    }),
    "refcount_read(&obj->ref) == 0?": get === "read_then_inc" && once((_, { obj }) => {
      if (obj!.refcount === 0) return done;
    }),
    "refcount_inc(&obj->ref)": get === "read_then_inc" && noreturn((_, { obj }) => { obj!.refcount++; }),
    "refcount_inc_not_zero(&obj->ref)": get === "inc_not_zero" && full((_, { obj }) => {
      if (obj!.refcount === 0) return done;
      obj!.refcount++;
    }),
    "refcount_dec_and_test(&obj->ref)": full((_, { obj }) => { if (--obj!.refcount > 0) return done; }),
    "kfree_rcu(obj)": (_, { obj }) => { obj!.freeing = true; },
  });

/** Takes the object out of the slot and drops the slot's reference. */
const remove = kernel.path("obj_remove", {}, {
  "rcu_assign_pointer(slot, NULL)": once((k) => { k.slot = null; }),
  "refcount_dec_and_test(&obj->ref)": full((k) => { if (--k.obj.refcount > 0) return done; }),
  "kfree_rcu(obj)": (k) => { k.obj.freeing = true; },
});

const noUseAfterFree = kernel.always("no-use-after-free", "an object that is being freed has no references",
  ({ obj }) => !obj.freeing || obj.refcount === 0 || `it is being freed, and refcount is ${obj.refcount}`);

export default scenario("my-race", {
  about: "Lockless lookups take a reference while the object is removed",
  world: kernel,
  params: { get: oneOf("read_then_inc", "inc_not_zero"), readers: int(1, 2) },
  threads: ({ get, readers }) => ({ lookup: symmetric(readers, () => lookup(get)), remove }),
  init(k) { k.slot = k.obj; k.obj.refcount = 1; },
  specs: [noUseAfterFree],
  expect: [
    { set: { get: "read_then_inc" }, violated: ["no-use-after-free"] },
    { set: { get: "inc_not_zero", readers: 2 } },
  ],
});
