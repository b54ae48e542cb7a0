import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  atomic,
  bool,
  done,
  full,
  ghost,
  int,
  once,
  pointer,
  ref,
  release,
  scenario,
  struct,
  symmetric,
  wait,
  world,
  type Draft,
  type StateOf,
} from "faultline";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { assertAgreement, searchAll } from "../search/agreement.ts";
import { ModelError } from "../../src/model/error.ts";
import { check, machineOf, modelError, specOf, toy } from "./toy.ts";

// What stands below `@ts-expect-error` is a mistake that the compiler must find.

const Node = struct({ value: int(0, 3), next: ref(() => Node), taken: bool });
const stack = world({ nodes: array(3, Node), top: ref(Node), found: ghost(int(0, 2)) });
type NodeDraft = Draft<typeof Node>;

/** Treiber's stack: a cmpxchg() of the top; with `again`, what was popped is pushed again. */
const push = (i: 0 | 1 | 2) =>
  stack.path(
    "push",
    { old: ref(Node) },
    {
      "old = READ_ONCE(top)": once((k, me) => void (me.old = k.top)),
      "node->next = old": once((k, { old }) => void (k.nodes[i].next = old)),
      "cmpxchg(&top, old, node)": full((k, { old }) => {
        if (k.top !== old) return "old = READ_ONCE(top)";
        k.top = k.nodes[i];
      }),
    },
  );
const pop = stack.path(
  "pop",
  { old: ref(Node), next: ref(Node) },
  {
    "old = READ_ONCE(top)": once((k, me) => {
      me.old = k.top;
      if (!me.old) return done;
    }),
    "next = READ_ONCE(old->next)": once((_, me) => void (me.next = me.old!.next)),
    "cmpxchg(&top, old, next)": full((k, { old, next }) => {
      if (k.top !== old) return "old = READ_ONCE(top)";
      k.top = next;
    }),
    take: once((_, { old }) => void (old!.taken = true)),
  },
);
const lengthOf = (first: NodeDraft | null): number => {
  let length = 0;
  for (let node = first; node && length < 4; node = node.next) length++;
  return length;
};
const nothingLost = stack.atEnd("nothing-lost", "every node is in the stack, or was taken, once", (k) => {
  const taken = k.nodes.filter((node) => node.taken).length;
  return lengthOf(k.top) + taken === 3 || `${lengthOf(k.top)} in the stack, ${taken} taken`;
});

test("a lock-free stack of nodes that point at each other loses nothing, under either engine", async () => {
  const threads = { push: [push(0), push(1), push(2)], pop };
  const program = toy({ world: stack, threads, specs: [nothingLost] });
  const result = await assertAgreement(program);
  assert.ok(!(result instanceof ModelError));
  assert.equal(specOf(check(program), "nothing-lost").verdict, "holds");
});

test("and loses nothing under any memory model", async () => {
  const program = toy({ world: stack, threads: { push: [push(0), push(1)], pop } });
  for (const memory of MEMORY_MODELS) {
    const { values } = await outcomesOf(program, stack, memory, (k) =>
      [lengthOf(k.top), k.nodes.filter(({ taken }) => taken).length].join(),
    );
    assert.deepEqual(values.toSorted(), ["1,1", "2,0"], memory);
  }
});

test("a node that is pushed again while another CPU pops it makes the stack lose one (ABA)", () => {
  const popTwice = stack.path(
    "pop_twice",
    { a: ref(Node), b: ref(Node) },
    {
      "a = pop(), b = pop()": atomic("too quick to be seen", (k, me) => {
        me.a = k.top;
        if (!me.a || !me.a.next) return done;
        me.b = me.a.next;
        k.top = me.b.next;
        me.b.taken = true;
      }),
      "a->next = top": once((k, { a }) => void (a!.next = k.top)),
      "push(a)": once((k, { a }) => void (k.top = a)),
    },
  );
  const init = (k: StateOf<typeof stack>): void => {
    [k.top, k.nodes[0].next, k.nodes[1].next] = [k.nodes[0], k.nodes[1], k.nodes[2]];
  };
  const program = toy({ world: stack, threads: { popTwice, pop }, specs: [nothingLost], init });
  assert.equal(specOf(check(program), "nothing-lost").verdict, "violated");
});

test("what is published in a list is seen whole through the pointer, under every memory model, and not without the release", async () => {
  const add = (isReleased: boolean) =>
    stack.path(
      "add",
      {},
      {
        "value = 3": once((k) => void (k.nodes[1].value = 3)),
        "next = node": (isReleased ? release : once)((k: StateOf<typeof stack>) => void (k.nodes[0].next = k.nodes[1])),
      },
    );
  const walk = stack.path(
    "walk",
    { at: ref(Node) },
    {
      "at = top": once((k, me) => void (me.at = k.top)),
      "at = at->next": once((_, me) => {
        me.at = me.at!.next;
        if (!me.at) return done;
      }),
      "at->value": once((k, { at }) => void (k.found = at!.value === 3 ? 1 : 2)),
    },
  );
  for (const memory of MEMORY_MODELS)
    for (const isReleased of [true, false]) {
      const program = toy({
        world: stack,
        threads: { add: add(isReleased), walk },
        init: (k) => void (k.top = k.nodes[0]),
      });
      const { values } = await outcomesOf(program, stack, memory, (k) => String(k.found));
      const isBroken = memory === "lkmm" && !isReleased;
      assert.deepEqual(values.toSorted(), isBroken ? ["0", "1", "2"] : ["0", "1"], `${memory} ${isReleased}`);
    }
});

const Leaf = struct({ key: int(0, 7), left: ref(() => Leaf), right: ref(() => Leaf), parent: ref(() => Leaf) });
const tree = world({ leaves: array(4, Leaf), root: ref(Leaf), lock: bool });
const insert = (i: 0 | 1 | 2 | 3, locks: boolean) =>
  tree.path(
    "insert",
    { at: ref(Leaf), parent: ref(Leaf) },
    {
      lock: locks && full((k) => (k.lock ? wait : void (k.lock = true))),
      "at = root": once((k, me) => void (me.at = k.root)),
      "at?": (_, { at }) => (at ? undefined : "link"),
      "parent = at": (_, me) => void (me.parent = me.at),
      "at = at->left or at->right": once((k, me) => {
        me.at = k.leaves[i].key < me.at!.key ? me.at!.left : me.at!.right;
        return "at?";
      }),
      link: once((k, { parent }) => {
        const leaf = k.leaves[i];
        if (!parent) k.root = leaf;
        else if (leaf.key < parent.key) parent.left = leaf;
        else parent.right = leaf;
      }),
      "leaf->parent = parent": once((k, { parent }) => void (k.leaves[i].parent = parent)),
      unlock: locks && release((k) => void (k.lock = false)),
    },
  );
const sizeOf = (leaf: Draft<typeof Leaf> | null): number => (leaf ? 1 + sizeOf(leaf.left) + sizeOf(leaf.right) : 0);
const allThere = tree.atEnd(
  "all-there",
  "every leaf is in the tree",
  ({ root }) => sizeOf(root) === 3 || `${sizeOf(root)}`,
);

for (const locks of [true, false])
  test(`a tree with pointers to parents ${locks ? "keeps" : "without its lock loses"} what is inserted at once`, async () => {
    const program = toy({
      world: tree,
      threads: { insert: [insert(0, locks), insert(1, locks), insert(2, locks)] },
      specs: [allThere],
      init: (k) => {
        for (const [i, key] of [2, 1, 3].entries()) k.leaves[i]!.key = key;
      },
    });
    const result = await assertAgreement(program);
    assert.ok(!(result instanceof ModelError));
    assert.equal(specOf(check(program), "all-there").verdict, locks ? "holds" : "violated");
  });

const Ring = struct({ next: pointer(() => Ring), owner: pointer(() => Owner) });
const Owner = struct({ id: int(-2, 2, 1), ring: ref(Ring) });
const rings = world({ rings: array(2, Ring), owners: array(2, Owner), head: pointer(Ring), count: int(-1, 3, 0) });

test("a pointer is never null, starts at the first struct of its kind, and needs no test", async () => {
  const go = rings.path(
    "go",
    { at: pointer(Ring), n: int(-1, 1) },
    {
      "at = head->next": once((k, me) => void (me.at = k.head.next)),
      "head = at": once((k, { at }) => void (k.head = at.next)),
      count: full((k, { at }) => void (k.count += at.owner.id)),
    },
  );
  const program = toy({ world: rings, threads: { go: [go, go] }, init: (k) => void (k.rings[0].next = k.rings[1]) });
  assert.deepEqual(
    program.cells.filter(({ isLocal }) => !isLocal).map(({ name, values }) => `${name} = ${String(values[0])}`),
    [
      "rings[0].next = rings[0]",
      "rings[0].owner = owners[0]",
      "rings[1].next = rings[0]",
      "rings[1].owner = owners[0]",
      "owners[0].id = 1",
      "owners[0].ring = null",
      "owners[1].id = 1",
      "owners[1].ring = null",
      "head = rings[0]",
      "count = 0",
    ],
  );
  const result = await assertAgreement(program);
  assert.ok(!(result instanceof ModelError));
  const wrong = rings.path(
    "wrong",
    {},
    {
      // @ts-expect-error a pointer is never null
      "head = NULL": (k) => void (k.head = null),
    },
  );
  const error = modelError(() => check(toy({ world: rings, threads: { wrong } })));
  assert.match(error.message, /'head' was set to null/);
  assert.match(error.explanation.cause!, /never null/);
});

test("an integer that does not start as its lowest value has its range told in order", () => {
  const low = rings.path("low", {}, { "count--": full((k) => void (k.count -= 2)) });
  const { trace } = specOf(check(toy({ world: rings, threads: { low } })), "in-range");
  assert.equal(trace?.ending.reason, "count would become -2; its range is -1 to 3");
  const said = (low: number, high: number, start: number): string => modelError(() => int(low, high, start)).message;
  assert.match(said(0, 3, 4), /int\(0, 3, 4\) does not start in its range/);
  assert.match(said(0, 3, 0.5), /does not start in its range/);
  const wrong = rings.path("wrong", {}, { "count = x": (k) => void (k.count = "x" as never) });
  assert.match(modelError(() => check(toy({ world: rings, threads: { wrong } }))).explanation.remedy!, /from -1 to 3/);
});

test("a parameter starts as it says, and is swept in the order of its values", () => {
  const go = rings.path("go", {}, { step: full((k) => void k.count++) });
  const of = scenario("of", {
    about: "A parameter",
    world: rings,
    params: { n: int(1, 3, 2) },
    threads: ({ n }) => ({ go: Array.from({ length: n }, () => go) }),
    specs: [],
  });
  assert.equal(machineOf(of).threads.length, 2);
  assert.equal(machineOf(of, { n: 3 }).threads.length, 3);
});

test("what is not there yet, or is no struct, is told how to point at", () => {
  const later = undefined as never;
  assert.match(modelError(() => ref(later)).explanation.remedy!, /ref\(\(\) => Node\)/);
  assert.match(modelError(() => pointer(later)).message, /pointer\(\) was given a struct that is not defined yet/);
  const Odd = struct({ next: ref(() => 5 as never) });
  assert.match(modelError(() => world({ odd: Odd })).message, /'odd.next' refers to what is no struct/);
  const Lone = struct({ next: pointer(() => Node) });
  const error = modelError(() => world({ lone: Lone }));
  assert.match(error.message, /'lone.next' refers to a struct that is not in the world/);
  assert.match(error.explanation.cause!, /never null/);
});

// An MCS lock: each CPU waits in a node of its own, and the lock points at the last of them.
const Mcs = struct({ next: ref(() => Mcs), locked: bool, inside: bool });
const mcs = world({ node: array(3, Mcs), tail: ref(Mcs), busy: int(0, 3) });
const locker = (i: 0 | 1 | 2) =>
  mcs.path(
    "mcs_spin_lock",
    { prev: ref(Mcs) },
    {
      "prev = xchg(&tail, node)": full((k, me) => {
        me.prev = k.tail;
        k.tail = k.node[i];
        if (!me.prev) return "critical section";
      }),
      "prev->next = node": once((k, { prev }) => void (prev!.next = k.node[i])),
      "node->locked?": once((k) => (k.node[i].locked ? undefined : wait)),
      "critical section": full((k) => void k.busy++),
      leave: full((k) => void k.busy--),
      "cmpxchg(&tail, node, NULL)": full((k) => {
        if (k.tail !== k.node[i]) return;
        k.tail = null;
        return done;
      }),
      "node->next?": once((k) => (k.node[i].next ? undefined : wait)),
      "node->next->locked = true": once((k) => void (k.node[i].next!.locked = true)),
    },
  );
const alone = mcs.always("alone", "one CPU is in the critical section", ({ busy }) => busy <= 1 || `${busy} are`);

test("a queue lock of nodes that point at each other keeps CPUs apart, and ends", async () => {
  const program = toy({ world: mcs, threads: { cpu: [locker(0), locker(1), locker(2)] }, specs: [alone] });
  const result = await assertAgreement(program);
  assert.ok(!(result instanceof ModelError));
  for (const name of ["alone", "not-stuck", "never-finishes"])
    assert.equal(specOf(check(program), name).verdict, "holds", name);
});

test("symmetric threads were told apart where something points at what belongs to them", async () => {
  const symmetrical = toy({ world: mcs, threads: { cpu: symmetric(3, (i) => locker(i as 0)) }, specs: [alone] });
  const listed = toy({ world: mcs, threads: { cpu: [locker(0), locker(1), locker(2)] }, specs: [alone] });
  const [reduced, plain] = [await searchAll(symmetrical, { symmetry: true }), await searchAll(listed)];
  assert.deepEqual([reduced.symmetric, [...reduced.found]], [["cpu"], []]);
  assert.ok(reduced.states < plain.states / 4, `${reduced.states} of ${plain.states}`);
  assert.equal(reduced.depth, plain.depth);
});
