// slab.ts
import { alloc, allocated, bool, free, lock, oneOf, once, ref, release, slab, spinlock, struct, unlock, world } from "faultline";

const Node = struct({ value: bool });
const w = world({ nodes: slab(Node, 2), slot: ref(Node), lock: spinlock });

/** Puts a new node in the place of the old one. */
const replace = w.path("replace", { old: ref(Node), new: ref(Node) }, {
  "new = kmem_cache_alloc()": alloc((k) => k.nodes, (_, me, node) => { me.new = node; }),
  "new->value = 1": once((_, me) => { me.new!.value = true; }),
  "spin_lock(&lock)": lock((k) => k.lock),
  "old = slot": once((k, me) => { me.old = k.slot; }),
  "slot = new": release((k, me) => { k.slot = me.new; }),
  "spin_unlock(&lock)": unlock((k) => k.lock),
  "kmem_cache_free(old)": free((_, me) => me.old),
});
const read = (locked: boolean) =>
  w.path("read", { node: ref(Node) }, {
    "spin_lock(&lock)": locked && lock((k) => k.lock),
    "node = slot": once((k, me) => { me.node = k.slot; }),
    "node->value": once((_, me) => void me.node!.value),
    "spin_unlock(&lock)": locked && unlock((k) => k.lock),
  });

export default w.scenario("slab", "A node is read while another one takes its place", {
  params: { reader: oneOf("locked", "lockless") },
  threads: ({ reader }) => ({ replace, read: read(reader === "locked") }),
  init: (k) => { k.slot = allocated(k.nodes[0]); },
  expect: [{}, { set: { reader: "lockless" }, violated: ["use-after-free"] }],
});
