// What the tests of patches patch: a lock-free list, of which two consumers may lose nodes.
import { acquire, array, bool, call, done, full, once, oneOf, ref, scenario, struct, world } from "faultline";

/** struct llist_node, and whether a consumer has got it. */
const Node = struct({ next: ref(() => Node), taken: bool });
const w = world({ node: array(3, Node), first: ref(Node) });

const add = w.path(
  "llist_add",
  { new: ref(Node), old: ref(Node) },
  {
    "old = READ_ONCE(head->first)": once((k, me) => {
      me.old = k.first;
    }),
    "new->next = old": once((_, me) => {
      me.new!.next = me.old;
    }),
    "cmpxchg(&head->first, old, new)": full((k, me) => {
      if (k.first !== me.old) return "old = READ_ONCE(head->first)";
      k.first = me.new;
    }),
  },
);
const delFirst = w.path(
  "llist_del_first",
  { entry: ref(Node), next: ref(Node) },
  {
    "entry = smp_load_acquire(&head->first)": acquire((k, me) => {
      me.entry = k.first;
      if (!me.entry) return done;
    }),
    "next = READ_ONCE(entry->next)": once((_, me) => {
      me.next = me.entry!.next;
    }),
    "cmpxchg(&head->first, entry, next)": full((k, { entry, next }) => {
      if (k.first !== entry) return "entry = smp_load_acquire(&head->first)";
      k.first = next;
    }),
  },
);
const producer = w.path(
  "producer",
  { new: ref(Node) },
  {
    "new = node[0]": (k, me) => {
      me.new = k.node[0];
    },
    "llist_add(new)": call(add, (me) => ({ new: me.new })),
  },
);
const consumer = w.path(
  "consumer",
  { entry: ref(Node) },
  {
    "llist_del_first()": call(delFirst, undefined, (me, { entry }) => {
      me.entry = entry;
    }),
    "use it": once((_, { entry }) => {
      if (entry) entry.taken = true;
    }),
  },
);
/** Takes two, and puts the first one back. */
const second = consumer.with({
  drop: ["use it"],
  after: {
    "llist_del_first()": {
      "llist_del_first(), again": call(consumer),
      "llist_add(entry)": call(add, ({ entry }) => ({ new: entry })),
    },
  },
  as: "putting one back",
});
const nothingLost = w.atEnd("nothing-lost", "every node is in the list, or was taken", ({ node, first }) => {
  const isIn = (one: typeof first): boolean => [first, first?.next, first?.next?.next].includes(one);
  return node.every((one) => one.taken !== isIn(one));
});

export default scenario("stack", {
  about: "A lock-free list has one consumer, and a producer or a second consumer",
  world: w,
  params: { other: oneOf("producer", "consumer") },
  threads: ({ other }) => ({ consumer, other: other === "producer" ? producer : second }),
  init: (k, { other }) => {
    k.first = k.node[2];
    k.node[2].next = k.node[1];
    if (other === "consumer") k.node[1].next = k.node[0];
  },
  specs: [nothingLost],
  expect: [{ set: { other: "producer" } }, { set: { other: "consumer" }, violated: ["nothing-lost"] }],
});
