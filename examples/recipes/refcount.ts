import { allocated, bool, decAndTest, done, freeRcu, incNotZero, int, noreturn, once } from "faultline";
import { rcuReadLock, rcuReadUnlock, ref, relaxed, release, slab, struct, world } from "faultline";

const Obj = struct({ refs: int(0, 2, 1), data: bool });
const w = world({ objs: slab(Obj, 1), slot: ref(Obj) });
const locals = { obj: ref(Obj) };
export default w.scenario("refcount", "A reader takes a reference while the last one is dropped", {
  params: { inc: bool },
  threads: ({ inc }) => ({
    lookup: w.path("lookup", locals, {
      "rcu_read_lock()": rcuReadLock,
      "obj = rcu_dereference(slot)": once((k, me) => (me.obj = k.slot), { null: "rcu_read_unlock()" }),
      "refcount_inc(obj)": inc && noreturn((_, { obj }) => void obj!.refs++),
      "refcount_inc_not_zero(obj)": !inc && relaxed((_, me) => void (incNotZero(me.obj!, "refs") || (me.obj = null))),
      "rcu_read_unlock()": rcuReadUnlock,
      "use obj->data": once((_, { obj }) => void obj?.data),
    }),
    put: w.path("put", {
      "refcount_dec_and_test(obj)": release((k) => decAndTest(k.objs[0], "refs"), { false: done }),
      "slot = NULL": once((k) => void (k.slot = null)),
      "kfree_rcu(obj)": freeRcu((k) => k.objs[0]),
    }),
  }),
  init: (k) => void (k.slot = allocated(k.objs[0])),
});
