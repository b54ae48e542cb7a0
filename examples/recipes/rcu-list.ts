import { allocated, free, freeRcu, once, oneOf, rcuReadLock, rcuReadUnlock, ref } from "faultline";
import { slab, struct, synchronizeRcu, world } from "faultline";

const Node = struct({ next: ref(() => Node) });
const w = world({ head: Node, nodes: slab(Node, 1) });
const locals = { pos: ref(Node) };

export default w.scenario("rcu-list", "A reader walks a list while a node is deleted from it", {
  params: { wait: oneOf("synchronize_rcu", "kfree_rcu", "none") },
  threads: ({ wait }) => ({
    reader: w.path("reader", locals, {
      "rcu_read_lock()": rcuReadLock,
      "pos = rcu_dereference(head->next)": once((k, me) => (me.pos = k.head.next), { null: "rcu_read_unlock()" }),
      "pos = rcu_dereference(pos->next)": once((_, me) => void (me.pos = me.pos!.next)),
      "rcu_read_unlock()": rcuReadUnlock,
    }),
    updater: w.path("updater", {
      "list_del_rcu(node)": once((k) => void (k.head.next = null)),
      "synchronize_rcu()": wait === "synchronize_rcu" && synchronizeRcu,
      "kfree(node)": wait !== "kfree_rcu" && free((k) => k.nodes[0]),
      "kfree_rcu(node)": wait === "kfree_rcu" && freeRcu((k) => k.nodes[0]),
    }),
  }),
  init: (k) => void (k.head.next = allocated(k.nodes[0])),
});
