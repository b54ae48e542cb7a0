import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, done, ghost, int, once, oneOf, ref, release, struct, world } from "faultline";
import type { Drafts, Path, StateOf } from "faultline";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { toy } from "../machine/toy.ts";

const Inner = struct({ data: bool });
const Outer = struct({
  data: bool,
  inner: Inner,
  row: array(2, bool),
  rows: array(2, Inner),
  below: ref(Inner),
  fixed: ref(Inner),
});
const w = world({
  outer: Outer,
  leaf: Inner,
  list: array(1, Inner),
  slot: ref(Outer),
  index: int(-1, 0),
  flag: bool,
  seen: ghost(oneOf("nothing", "old", "new")),
});
const locals = { p: ref(Outer), q: ref(Inner), i: int(-1, 0), ok: bool };
type K = StateOf<typeof w>;
type Me = Drafts<typeof locals>;
type Body = (k: K, me: Me) => typeof done | void;

/** Stores the data of every struct, then publishes where they lie. */
const publisher = w.path(
  "publish",
  {},
  {
    "outer.data": once((k) => void (k.outer.data = true)),
    "outer.inner.data": once((k) => void (k.outer.inner.data = true)),
    "outer.row[1]": once((k) => void (k.outer.row[1] = true)),
    "outer.rows[1].data": once((k) => void (k.outer.rows[1]!.data = true)),
    "leaf.data": once((k) => void (k.leaf.data = true)),
    "list[0].data": once((k) => void (k.list[0]!.data = true)),
    "outer.below = leaf": once((k) => void (k.outer.below = k.leaf)),
    "slot = outer": release((k) => void (k.slot = k.outer)),
    "index = 0": release((k) => void (k.index = 0)),
  },
);

const reader = (...bodies: readonly Body[]): Path =>
  w.path("read", locals, Object.fromEntries(bodies.map((body, i) => [`step ${i}`, once(body)])) as never) as Path;

const see = (k: K, data: boolean): void => void (k.seen = data ? "new" : "old");

/** Whether the reader, having found the pointer, may still find the data as it was before. */
async function mayMiss(...bodies: readonly Body[]): Promise<boolean> {
  const program = toy({
    world: w,
    threads: { publisher, reader: reader(...bodies) },
    init: (k) => void ([k.outer.fixed, k.index] = [k.leaf, -1]),
  });
  const { values } = await outcomesOf(program, w, "lkmm", ({ seen }) => seen);
  assert.ok(values.includes("new"), values.join());
  return values.includes("old");
}

const load: Body = (k, me) => {
  me.p = k.slot;
  if (!me.p) return done;
};

test("an address depends on the pointer it is made of, though the load has also tested it for NULL and there is one struct", async () => {
  const uses: readonly Body[] = [
    (k, { p }) => see(k, p!.data),
    (k, { p }) => see(k, p!.inner.data),
    (k, { p }) => see(k, p!.row[1]!),
    (k, { p }) => see(k, p!.rows[1]!.data),
    (k, { p }) => (p ? see(k, p.data) : done),
  ];
  for (const use of uses) assert.equal(await mayMiss(load, use), false, String(use));
});

test("a pointer that is copied once it is known not to be NULL is where it was loaded from", async () => {
  const copy: Body = (k, me) => {
    const p = k.slot;
    if (!p) return done;
    me.p = p;
  };
  assert.equal(await mayMiss(copy, (k, { p }) => see(k, p!.data)), false);
  const enter: Body = (k, me) => {
    if (!k.slot) return done;
    me.q = k.slot.inner;
  };
  assert.equal(await mayMiss(enter, (k, { q }) => see(k, q!.data)), false);
});

test("a chain of pointers depends on each of them, whether they change or not, in one step or in several", async () => {
  assert.equal(await mayMiss(load, (k, { p }) => see(k, p!.fixed!.data)), false);
  assert.equal(
    await mayMiss(
      load,
      (_, me) => {
        if (!me.p!.fixed) return done;
        me.q = me.p!.fixed;
      },
      (k, { q }) => see(k, q!.data),
    ),
    false,
  );
  assert.equal(
    await mayMiss(
      load,
      (_, me) => {
        me.q = me.p!.below;
        if (!me.q) return done;
      },
      (k, { q }) => see(k, q!.data),
    ),
    false,
  );
});

test("an address depends on the index it is made of, though only one is left", async () => {
  const loadIndex: Body = (k, me) => {
    me.i = k.index;
    if (me.i < 0) return done;
  };
  assert.equal(await mayMiss(loadIndex, (k, { i }) => see(k, k.list[i]!.data)), false);
  assert.equal(await mayMiss(loadIndex, (k) => see(k, k.list[0]!.data)), true);
});

test("what is named needs no pointer: that a pointer leads there, too, is a branch, which orders no load", async () => {
  const test: Body = (k) => (k.slot === k.outer ? undefined : done);
  assert.equal(await mayMiss(test, (k) => see(k, k.outer.data)), true);
  const copyName: Body = (k, me) => {
    if (k.slot !== k.outer) return done;
    me.p = k.outer;
  };
  assert.equal(await mayMiss(copyName, (k, { p }) => see(k, p!.data)), true);
  const compare: Body = (k, me) => (me.p === k.outer ? see(k, k.outer.data) : done);
  assert.equal(await mayMiss(load, compare), true);
});

/** Whether a store of the reader, which has found the pointer, may be overwritten by one that came before the pointer's. */
async function mayBeOverwritten(...bodies: readonly Body[]): Promise<boolean> {
  const first = w.path(
    "first",
    {},
    {
      "flag = true": once((k) => void (k.flag = true)),
      "slot = outer": release((k) => void (k.slot = k.outer)),
    },
  );
  const program = toy({ world: w, threads: { first, reader: reader(...bodies) } });
  const { values } = await outcomesOf(program, w, "lkmm", ({ flag, seen }) => `${seen} ${flag}`);
  assert.ok(values.includes("new false"), values.join());
  return values.includes("new true");
}

test("a store depends on the pointer that decides its value, or whether it is made; behind the branch it does not", async () => {
  const found: Body = (k, { p }) => see(k, p !== null);
  const seeing: Body = (k, me) => {
    me.p = k.slot;
    found(k, me);
  };
  assert.equal(await mayBeOverwritten(seeing, (k, { p }) => void (k.flag = p === null)), false);
  assert.equal(
    await mayBeOverwritten(
      (k, me) => {
        seeing(k, me);
        if (!me.p) return done;
      },
      (k) => void (k.flag = false),
    ),
    false,
  );
  assert.equal(
    await mayBeOverwritten(
      seeing,
      (_, { p }) => (p ? "step 3" : undefined) as never,
      (_, me) => void (me.ok = true),
      (k) => void (k.flag = false),
    ),
    true,
  );
});
