import assert from "node:assert/strict";
import { test } from "node:test";
import {
  alloc,
  array,
  bool,
  bugOn,
  call,
  choose,
  done,
  freeRcu,
  int,
  lock,
  oneOf,
  pointer,
  rcuReadLock,
} from "faultline";
import { rcuReadUnlock, ref, slab, spinlock, struct, symmetric, unlock, wait, world } from "faultline";
import type { StateOf } from "faultline";
import type { Program } from "../../src/machine/program.ts";
import { ModelError } from "../../src/model/error.ts";
import { toy } from "../machine/toy.ts";
import { spinDiffers, twinOf, withoutSpin } from "./spin.ts";

/** What there is to trip over, each with a machine of its own. */
const ODD: Readonly<Record<string, () => Program>> = {
  "fields are called by words of Promela, of C and of macros": () => {
    const w = world({
      if: int(0, 2),
      active: bool,
      byte: bool,
      int: bool,
      linux: bool,
      N: bool,
      P0: bool,
      timeout: bool,
      end: bool,
    });
    const set = w.path(
      "run",
      {},
      {
        "goto end": (k) => void (k.if = 1),
        end: (k) => void (k.active = !k.byte),
        "end_page_writeback(page)": (k) => void (k.byte = k.linux = k.N = true),
        "accept()": (k) => void (k.end = k.P0 = k.timeout = k.int = true),
        progress: (k) => void (k.if = 2),
        assert: () => done,
      },
    );
    return toy({ world: w, threads: { init: set, run: set } });
  },
  "a step that is called end_... is no place to rest": () => {
    const w = world({ on: bool });
    const waits = w.path("end_waits", {}, { "end_page_writeback(page)": (k) => (k.on ? done : wait) });
    return toy({ world: w, threads: { end: waits } });
  },
  "two labels, two fields, two words and two threads have one identifier": () => {
    const w = world({
      a_b: int(0, 2),
      a: struct({ b: int(0, 2) }),
      A_B: int(0, 1),
      mode: oneOf("x+y", "x-y", "x y", "NULL", "5.9", "fi", "done"),
    });
    const path = w.path(
      "p",
      {},
      {
        "f(x)": (k) => void (k.a_b = 1),
        "f[x]": (k) => void (k.a.b = 2),
        "f x": (k) => void (k.mode = choose("x-y", "x y", "NULL", "5.9", "fi", "done")),
        '*/ f \\ x \u2192 \u00e9 "': (k) => void (k.A_B = k.mode === "fi" ? 1 : 0),
      },
    );
    return toy({ world: w, threads: { "t-1": path, t_1: path } });
  },
  "integers are negative, large, and leave their range": () => {
    const w = world({
      mapcount: int(-1, 2, -1),
      low: int(-40_000, -39_998),
      high: int(250, 260, 255),
      wide: int(70_000, 70_003),
    });
    const up = w.path(
      "up",
      { n: int(-3, 3) },
      {
        "n = mapcount": (k, me) => void (me.n = k.mapcount),
        "mapcount = n + 1": (k, me) => void (k.mapcount = me.n + 1),
        "low++": (k) => void k.low++,
        "high++": (k) => void k.high++,
        "wide++": (k) => void k.wide++,
        "n--": (_, me) => void (me.n -= 3),
        BUG: (k, me) => bugOn(me.n < -3 || k.mapcount === 2, "mapcount"),
      },
    );
    return toy({
      world: w,
      threads: { up: symmetric(2, () => up) },
      specs: [w.always("not-two", "mapcount is not 2", (k) => k.mapcount !== 2)],
    });
  },
  "a step exchanges fields": () => {
    const w = world({ a: int(0, 3, 1), b: int(0, 3, 2), c: int(0, 3, 3), on: bool, off: bool });
    const path = w.path(
      "p",
      {},
      {
        swap: (k) => void ([k.a, k.b] = [k.b, k.a]),
        turn: (k) => void ([k.a, k.b, k.c] = [k.b, k.c, k.a]),
        both: (k) => void ([k.on, k.off] = [!k.off, k.on]),
      },
    );
    return toy({
      world: w,
      threads: { one: path, two: path },
      specs: [w.atEnd("all-there", "a + b + c is 6", (k) => k.a + k.b + k.c === 6)],
    });
  },
  "threads rest in a step, and are idle": () => {
    const w = world({ work: int(0, 2), asked: bool });
    const worker = w.path(
      "worker",
      {},
      {
        "wait for work": (k) => (k.work === 0 ? wait : undefined),
        "work--": (k) => {
          k.work--;
          return "wait for work";
        },
      },
    );
    const idler = w.path("idler", {}, { sleep: (k) => (k.asked ? "wake" : wait), wake: (k) => void (k.asked = false) });
    const user = w.path(
      "user",
      {},
      {
        "work++": (k) => void k.work++,
        "again?": (k) => (choose(true, false) && k.work < 2 ? "work++" : undefined),
        ask: (k) => void (k.asked = choose(true, false)),
      },
    );
    return toy({
      world: w,
      threads: { worker, idler, user },
      idle: ["worker: wait for work", "idler"],
      specs: [
        w.atEnd("no-work", "all work is done", (k) => k.work === 0),
        w.atEnd("none-asked", "nobody is asked", (k) => !k.asked),
        w.sometimes("two", "two things are to be done", (k) => k.work === 2),
        w.sometimes("three", "three things are to be done", (k) => k.work > 2),
      ],
    });
  },
  "a run is stuck in a state that violates a spec": () => {
    const w = world({ a: spinlock, b: spinlock, n: int(0, 2) });
    type K = StateOf<typeof w>;
    const path = (first: "a" | "b", second: "a" | "b") =>
      w.path(
        `${first}${second}`,
        {},
        {
          "lock the first": lock((k: K) => k[first]),
          count: (k: K) => void k.n++,
          "lock the second": lock((k: K) => k[second]),
          "unlock the second": unlock((k: K) => k[second]),
          "unlock the first": unlock((k: K) => k[first]),
        },
      );
    return toy({
      world: w,
      threads: { one: path("a", "b"), two: path("b", "a") },
      specs: [w.always("few", "no two threads are between", (k) => k.n < 2 || !k.a || !k.b)],
    });
  },
  "there are several initial states, and some violate a spec": () => {
    const w = world({ n: int(0, 3), pages: array(2, bool) });
    return toy({
      world: w,
      init: (k) => {
        k.n = choose(0, 1, 1, 3);
        k.pages[1] = choose(true, false);
      },
      threads: { t: w.path("t", {}, { go: (k) => void (k.n = choose(0, 0, 2)) }) },
      specs: [
        w.always("not-three", "n is not 3", (k) => k.n !== 3),
        w.sometimes("one", "n is 1", (k) => k.n === 1),
        w.atEnd("set", "pages[1] is true", (k) => k.pages[1]),
      ],
    });
  },
  "one initial state violates a spec, and nothing ever moves": () => {
    const w = world({ n: int(0, 1) });
    return toy({
      world: w,
      threads: { t: w.path("t", {}, { "wait for ever": () => wait }) },
      specs: [w.always("one", "n is 1", (k) => k.n === 1)],
    });
  },
  "pointers lead to structs that are freed by RCU": () => {
    const Node = struct({ v: int(0, 1), next: ref(() => Node) });
    const w = world({ nodes: slab(Node, 2), head: ref(Node), first: pointer(Node) });
    const locals = { node: ref(Node) };
    const reader = w.path("reader", locals, {
      "rcu_read_lock()": rcuReadLock,
      "node = head": (k, me) => void (me.node = k.head),
      "node->v": (_, me) => bugOn(me.node?.v === 1, "poison"),
      "rcu_read_unlock()": rcuReadUnlock,
      "node->v, too late": (_, me) => bugOn(me.node?.v === 1, "poison"),
    });
    const writer = w.path("writer", locals, {
      "kmalloc()": alloc(
        (k) => k.nodes,
        (_, me, node) => void (me.node = node),
      ),
      "head = node": (k, me) => void (k.head = me.node),
      "head = NULL": (k) => void (k.head = null),
      "kfree_rcu(node)": freeRcu((_, me) => me.node),
    });
    return toy({ world: w, threads: { reader, writer } });
  },
  "calls nest, and pass on what is chosen before the first step": () => {
    const w = world({ n: int(0, 4) });
    const inner = w.path("inner", { by: int(0, 2) }, { add: (k, me) => void (k.n += me.by) });
    const outer = w.path(
      "outer",
      { by: int(0, 2), times: int(0, 2) },
      {
        "by = 1 or 2": (_, me) => void (me.by = choose(1, 2)),
        "inner()": call(inner, (me: { by: number }) => ({ by: me.by })),
        "inner(), 2nd pass": call(inner, (me: { by: number }) => ({ by: me.by })),
      },
    );
    const chosen = w.path("chosen", {}, { "inner()": call(inner, () => ({ by: choose(0, 1) })) });
    return toy({ world: w, threads: { one: outer, chosen } });
  },
};

for (const [what, machine] of Object.entries(ODD))
  test(`SPIN agrees where ${what}`, { skip: withoutSpin }, async () => {
    const twin = await twinOf(machine());
    assert.ok(twin.expected.states > 0);
    assert.deepEqual(await spinDiffers(twin), [], twin.made.text);
  });

const refusal = async (program: Program): Promise<string> =>
  twinOf(program).then(
    () => "nothing",
    (error: unknown) => (error instanceof ModelError ? error.message : "no mistake of the model"),
  );

test("what Promela has no word for is named", async () => {
  const w = world({ far: int(2 ** 40, 2 ** 40 + 2) });
  const up = w.path("up", {}, { "far++": (k) => void k.far++ });
  assert.equal(await refusal(toy({ world: w, threads: { up } })), "'far' has values that no type of Promela holds");
  const Page = struct({ n: bool });
  const many = world({ pages: array(300, Page), page: ref(Page), i: int(0, 299) });
  const next = many.path(
    "next",
    {},
    { "page = &pages[i++]": (k) => void (k.page = k.pages[k.i++]!), again: () => "page = &pages[i++]" },
  );
  assert.equal(
    await refusal(toy({ world: many, threads: { next } })),
    "SPIN has room for 255 names of values, and there are 300",
  );
});
