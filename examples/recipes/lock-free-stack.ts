import { acquire, array, bool, done, full, ghost, once, ref, struct, tryCmpxchg, world, xchg } from "faultline";

const Node = struct({ next: ref(() => Node) });
const w = world({ nodes: array(2, Node), first: ref(Node), kept: ghost(ref(Node)) });
const locals = { entry: ref(Node), next: ref(Node) };

export default w.scenario("lock-free-stack", "Two CPUs take from a stack, and one puts back what it took first", {
  params: { pop: bool },
  threads: ({ pop }) => ({
    requeue: w.path("requeue", locals, {
      "entry = xchg(&head->first, NULL)": full((k, me) => (me.entry = xchg(k, "first", null)), { null: done }),
      "kept = entry->next": once((k, { entry }) => void (k.kept = entry!.next)),
      "entry->next = NULL": once((_, { entry }) => void (entry!.next = null)),
      "try_cmpxchg(&head->first, NULL, entry)": full((k, { entry }) => void tryCmpxchg(k, "first", null, entry)),
    }),
    take: w.path("take", locals, {
      "entry = xchg(&head->first, NULL)": !pop && full((k) => void xchg(k, "first", null)),
      "entry = smp_load_acquire(&head->first)": pop && acquire((k, me) => (me.entry = k.first), { null: done }),
      "next = READ_ONCE(entry->next)": pop && once((_, me) => void (me.next = me.entry!.next)),
      "try_cmpxchg(&head->first, entry, next)": pop && full((k, me) => void tryCmpxchg(k, "first", me.entry, me.next)),
    }),
  }),
  init: (k) => void ((k.first = k.nodes[0]).next = k.nodes[1]),
  specs: [w.atEnd("kept", "what one CPU has kept is not in the stack", (k) => !k.kept || k.kept !== k.first)],
});
