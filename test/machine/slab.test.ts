import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alloc,
  allocated,
  bool,
  bugOn,
  extend,
  free,
  full,
  freeRcu,
  ghost,
  isAllocated,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  slab,
  struct,
  symmetric,
  wait,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { searched } from "../search/searched.ts";
import { saidOf } from "./said.ts";
import { check, modelError, specOf, toy } from "./toy.ts";

const Node = struct({ v: bool, next: ref(() => Node) });
const w = world({ nodes: slab(Node, 2), safe: slab(Node, 2, { typesafe: true }), head: ref(Node), go: bool });
type K = StateOf<typeof w>;
type NodeDraft = K["nodes"][number];
interface Me {
  node: NodeDraft | null;
}
type Steps = Readonly<Record<string, unknown>>;

const take = alloc((k: K) => k.nodes).then((_, me: Me, node) => void (me.node = node));
const takeSafe = alloc((k: K) => k.safe).then((_, me: Me, node) => void (me.node = node));
const give = free((_: K, me: Me) => me.node);
const look = once((_: K, me: Me) => void me.node!.v);
const find = once((k: K, me: Me) => {
  me.node = k.head;
  return me.node ? undefined : "end";
});
/** Looks at what `head` points to, if there is something. */
const READER = { begin: rcuReadLock, find, look, end: rcuReadUnlock };

const programOf = (threads: readonly Steps[], init: (k: K) => void = () => {}) =>
  toy({
    world: w,
    threads: { t: threads.map((steps, t) => w.path(`p${t}`, { node: ref(Node) }, steps as { go: () => void })) },
    init,
  });

/** What is violated, by both engines and under all memory models. */
async function said(threads: readonly Steps[], init?: (k: K) => void): Promise<string> {
  const program = programOf(threads, init);
  return saidOf(program);
}

test("what was freed, or never allocated, must not be used", async () => {
  assert.equal(await said([{ take, look, give }]), "");
  assert.equal(await said([{ take, give, look }]), "use-after-free: nodes[0].v is read after it was freed");
  const write = once((_: K, me: Me) => void (me.node!.v = true));
  assert.equal(await said([{ take, give, write }]), "use-after-free: nodes[0].v is written after it was freed");
  const wild = { "node = &nodes[1]": (k: K, me: Me) => void (me.node = k.nodes[1]), look };
  assert.equal(await said([wild]), "use-after-free: nodes[1].v is read before it is allocated");
  // To compare a pointer is no use of what it points at.
  assert.equal(
    await said([{ take, give, compare: once((k: K, me: Me) => (me.node === k.head ? "take" : undefined)) }]),
    "",
  );
});

test("what was freed must not be freed again, and NULL may be", async () => {
  assert.equal(await said([{ take, give, again: give }]), "double-free: nodes[0] is freed again");
  const wild = { "node = &nodes[1]": (k: K, me: Me) => void (me.node = k.nodes[1]), give };
  assert.equal(await said([wild]), "double-free: nodes[1] is freed before it is allocated");
  assert.equal(await said([{ give }]), "");
});

test("who frees what another one has got in the meantime is found", async () => {
  const owner = {
    take,
    "head = node": once((k: K, me: Me) => void (k.head = me.node)),
    give,
    "go = true": once((k: K) => void (k.go = true)),
  };
  const next = { "go?": once((k: K) => (k.go ? undefined : "go?")), take, look, give };
  const stale = { "node = head": once((k: K, me: Me) => void (me.node = k.head)), look };
  assert.match(await said([owner, next, stale]), /^no-oops.*use-after-free: nodes\[0\]\.v is read after it was freed/);
});

test("what is allocated at the end must be found from the world", async () => {
  const lost = "no-leak: nodes[0] is allocated, and nothing points at it";
  assert.equal(await said([{ take }]), lost);
  const keep = once((k: K, me: Me) => void (k.head = me.node));
  assert.equal(await said([{ take, keep }]), "");
  const push = {
    "take another": take,
    "node->next": once((k: K, me: Me) => void (me.node!.next = k.nodes[0])),
    "head = node": keep,
  };
  assert.equal(await said([{ take, keep, ...push }]), "");
  const forget = once((k: K) => void (k.head = null));
  assert.equal(await said([{ take, keep, ...push, forget }]), lost);
  assert.equal(await said([{ look: once(() => {}) }], (k) => allocated(k.nodes[1])), lost.replace("0", "1"));
  const free1 = { "node = &nodes[1]": (k: K, me: Me) => void (me.node = k.nodes[1]), give };
  assert.equal(await said([free1], (k) => allocated(k.nodes[1])), "");
});

test("an object that only a freed one points at, or only what is kept for specs, passed for found", async () => {
  const init = (k: K): void => {
    allocated(k.nodes[0]);
    allocated(k.nodes[1]);
    k.head = k.nodes[0];
    k.head.next = k.nodes[1];
  };
  const lost = "no-leak: nodes[1] is allocated, and nothing points at it";
  assert.equal(await said([{ "free(head)": free((k: K) => k.head) }], init), lost);
  assert.equal(await said([{ "kfree_rcu(head)": freeRcu((k: K) => k.head) }], init), lost);
  // A section that does not end keeps the object, and not what it points at.
  const reader = { begin: rcuReadLock, "go = true": once((k: K) => void (k.go = true)) };
  const remover = {
    "go?": once((k: K) => (k.go ? undefined : "go?")),
    "kfree_rcu(head)": freeRcu((k: K) => k.head),
  };
  assert.equal(await said([reader, remover], init), lost);
  const kept = world({ nodes: slab(Node, 1), last: ghost(ref(Node)) });
  const path = kept.path(
    "p",
    {},
    {
      take: alloc(
        (k) => k.nodes,
        (k, _, node) => void (k.last = node),
      ),
    },
  );
  assert.equal(
    await saidOf(toy({ world: kept, threads: { path } })),
    "no-leak: nodes[0] is allocated, and nothing points at it",
  );
});

test("what a thread holds that waits for work for ever passed for lost", async () => {
  const worker = {
    take,
    "go?": once((k: K) => (k.go ? undefined : wait)),
    look,
    "xchg(&go, false)": (k: K) => {
      if (k.go) k.go = false;
      return "go?";
    },
  };
  const paths = {
    worker: w.path("worker", { node: ref(Node) }, worker as never),
    forgetful: w.path("forgetful", { node: ref(Node) }, {
      take,
      "go = true": once((k: K) => void (k.go = true)),
    } as never),
  };
  const all = (threads: Partial<typeof paths>) => toy({ world: w, threads: threads as typeof paths, idle: ["worker"] });
  assert.equal(await saidOf(all({ worker: paths.worker })), "");
  assert.match(await saidOf(all(paths)), /^no-leak: nodes\[[01]\] is allocated, and nothing points at it$/);
});

test("an object in an object of a slab could be used after the outer one was freed: there is no such slab", () => {
  const Outer = struct({ name: bool, inner: slab(Node, 2) });
  for (const options of [{}, { typesafe: true }])
    assert.match(
      modelError(() => world({ outer: slab(Outer, 2, options) })).message,
      /'outer\[0\]\.inner' is a slab in an object of slab 'outer'/,
    );
});

test("a slab with nothing left is too small, as an integer that leaves its range", async () => {
  const again = { "take another": take, "take a third": take };
  assert.match(await said([{ take, ...again }]), /^in-range: nodes has no free object: all 2 are allocated/);
});

test("of objects that nobody has had one is taken, and of those that were freed any", () => {
  const seen = (steps: Steps): readonly number[] => [check(programOf([steps])).search.transitions];
  assert.deepEqual(seen({ take, give }), [2]);
  // The one that was freed, or the other one.
  assert.deepEqual(seen({ take, give, "take another": take, "give another": give }), [6]);
});

test("objects that init has told apart, and nobody has, were taken in their order", async () => {
  const found = once((_: K, { node }: Me) => bugOn(node!.v, "the second"));
  assert.equal(await said([{ take, found, give }], (k) => void (k.nodes[1].v = true)), "no-bug: the second");
  const same = once((k: K, { node }: Me) => bugOn(node === k.head, "a stale pointer at it"));
  assert.equal(await said([{ take, same, give }], (k) => void (k.head = k.nodes[1])), "no-bug: a stale pointer at it");
  assert.equal(await said([{ take, same, give }]), "");
});

test("what was freed of a typesafe slab may be looked at by an RCU reader, and by nobody else", async () => {
  assert.equal(await said([{ takeSafe, begin: rcuReadLock, give, look, end: rcuReadUnlock }]), "");
  const outside =
    "use-after-free: safe[0].v is read after it was freed, by who is in no RCU read-side critical section";
  assert.equal(await said([{ takeSafe, give, look }]), outside);
  assert.equal(await said([{ takeSafe, begin: rcuReadLock, give, end: rcuReadUnlock, look }]), outside);
});

test("what an RCU reader has stored to what was freed of a typesafe slab becomes visible before it ends", async () => {
  const store = once((_: K, me: Me) => void (me.node!.v = true));
  const drop = full((k: K, me: Me) => {
    me.node = k.head;
    k.head = null;
  });
  const reader = { begin: rcuReadLock, find, store, end: rcuReadUnlock };
  const owner = { drop, give };
  assert.equal(await said([reader, owner], (k) => void (k.head = allocated(k.safe[0]))), "");
});

test("what was freed of a typesafe slab is not freed again", async () => {
  assert.equal(await said([{ takeSafe, give, again: give }]), "double-free: safe[0] is freed again");
  assert.equal(await said([{ takeSafe }]), "no-leak: safe[0] is allocated, and nothing points at it");
});

test("specs may ask whether an object is allocated", () => {
  const paths = { p: w.path("p", { node: ref(Node) }, { take, give } as never) };
  const spec = w.sometimes("taken", "a node is taken", (k) => isAllocated(k.nodes[0]) && !isAllocated(k.nodes[1]));
  assert.equal(specOf(check(toy({ world: w, threads: paths, specs: [spec] })), "taken").verdict, "holds");
});

test("what is no slab, and no object of one, is refused", () => {
  const errorOf = (steps: Steps): string => modelError(() => check(programOf([steps]))).message;
  assert.match(errorOf({ a: alloc((k: K) => [k.nodes[0]]) }), /alloc\(\) was given no slab/);
  assert.match(errorOf({ a: (k: K) => allocated(k.nodes[0]) }), /allocated\(\) was used in a step/);
  const other = struct({ v: bool });
  const bad = world({ one: other });
  const path = bad.path("p", {}, { free: free((k: StateOf<typeof bad>) => k.one) } as never);
  assert.match(
    modelError(() => check(toy({ world: bad, threads: { path } }))).message,
    /free\(\) was given no object of a slab/,
  );
  assert.match(modelError(() => slab(bool as never, 2)).message, /slab\(\.\.\.\) was given no struct/);
  assert.match(modelError(() => slab(Node, 2, { safe: true } as never)).message, /a slab has no 'safe'/);
});

test("an object that RCU frees can be used by readers that were there, and by nobody else", async () => {
  const { begin, end } = READER;
  const remover = (how: unknown): Steps => ({
    "node = head": once((k: K, me: Me) => void (me.node = k.head)),
    "head = NULL": once((k: K) => void (k.head = null)),
    give: how,
    // Another one gets what is free by then.
    take,
    "node->v = 1": once((_: K, me: Me) => void (me.node!.v = true)),
    "give back": give,
  });
  const init = (k: K): void => {
    allocated(k.nodes[0]);
    k.head = k.nodes[0];
  };
  const giveRcu = freeRcu((_: K, me: Me) => me.node);
  const late = "use-after-free: nodes[0].v is read after it was freed";
  assert.equal(await said([READER, remover(giveRcu)], init), "");
  assert.equal(await said([READER, READER, remover(giveRcu)], init), "");
  assert.equal(await said([READER, remover(give)], init), late);
  // A pointer that is kept until the section is over.
  assert.equal(
    await said([{ begin, find, end, look }, remover(giveRcu)], init),
    `no-oops: NULL pointer dereference: t0.node is NULL; ${late}`,
  );
  // One that is found again, after it was given to RCU.
  assert.equal(
    await said([READER, { "node = head": once((k: K, me: Me) => void (me.node = k.head)), give: giveRcu }], init),
    late,
  );
  assert.match(
    await said(
      [{ "node = head": once((k: K, me: Me) => void (me.node = k.head)), begin, give: giveRcu, again: giveRcu, end }],
      init,
    ),
    /double-free: nodes\[0\] is freed again/,
  );
});

test("readers that RCU frees an object for may be symmetric", async () => {
  const reader = w.path("reader", { node: ref(Node) }, READER as never);
  const remover = w.path("remover", { node: ref(Node) }, {
    "node = head": once((k: K, me: Me) => void (me.node = k.head)),
    "head = NULL": once((k: K) => void (k.head = null)),
    "kfree_rcu(node)": freeRcu((_: K, me: Me) => me.node),
  } as never);
  const program = toy({
    world: w,
    threads: { reader: symmetric(2, () => reader), remover },
    init: (k) => {
      allocated(k.nodes[0]);
      k.head = k.nodes[0];
    },
  });
  for (const memory of ["sc", "tso", "lkmm"] as const) {
    const [whole, found] = [await searched(program, { memory, symmetry: false }), await searched(program, { memory })];
    assert.deepEqual([found.symmetric, [...found.found.keys()], [...whole.found.keys()]], [["reader"], [], []], memory);
    assert.ok(found.states < whole.states, memory);
  }
});

test("threads that leave it to RCU to free an object may be symmetric, three of them, too", async () => {
  const path = w.path("path", { node: ref(Node) }, {
    ...READER,
    "node = xchg(&head, NULL)": (k: K, me: Me) => {
      me.node = k.head;
      k.head = null;
    },
    "kfree_rcu(node)": freeRcu((_: K, me: Me) => me.node),
  } as never);
  const program = toy({
    world: w,
    threads: { t: symmetric(3, () => path) },
    init: (k) => {
      allocated(k.nodes[0]);
      k.head = k.nodes[0];
    },
  });
  for (const memory of ["sc", "tso"] as const) {
    const [whole, found] = [await searched(program, { memory, symmetry: false }), await searched(program, { memory })];
    assert.deepEqual([found.symmetric, [...found.found.keys()], [...whole.found.keys()]], [["t"], [], []], memory);
    assert.ok(found.states < whole.states, memory);
  }
});

test("a path of a world without slabs, led to an object of a slab in an extension of it, was not checked", async () => {
  const Named = struct("Named", { v: bool });
  const base = world({ slot: ref(Named), one: Named });
  const path = base.path("p", {}, { "slot->v": once((k) => void k.slot!.v) });
  const grown = extend(base, { nodes: slab(Named, 1) });
  const init = (k: StateOf<typeof grown>): void => void (k.slot = k.nodes[0]);
  assert.equal(
    await saidOf(toy({ world: grown, threads: { path }, init })),
    "use-after-free: nodes[0].v is read before it is allocated",
  );
});

test("a world without a slab has none of these checks", () => {
  const plain = world({ x: bool });
  const { specs } = check(
    toy({ world: plain, threads: { p: plain.path("p", {}, { "x = 1": (k) => void (k.x = true) }) } }),
  );
  assert.ok(specs.every(({ name }) => !/free|leak/.test(name)));
});
