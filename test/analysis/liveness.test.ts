import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, choose, guarded, int, ref, struct, world } from "faultline";
import type { Path } from "faultline";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { leavesOf } from "../../src/analysis/decision-tree.ts";
import { takeApart } from "../../src/analysis/reachable.ts";
import { exploreAll } from "../explore-all.ts";
import { check, toy } from "../machine/toy.ts";

const Page = struct({ count: int(0, 3) });
const w = world({ x: int(0, 3), page: Page, y: bool });

/** By step of the path: the locals that are put back where it is the next one. */
function resetsOf(path: Path): Readonly<Record<string, readonly string[]>> {
  const [thread] = resetDeadLocals(toy({ world: w, threads: { t: path } })).threads;
  return Object.fromEntries(
    thread!.points.map(({ label }, i) => [label, (thread!.resets?.[i] ?? []).map(({ name }) => name)]),
  );
}
/** States without and with resets. */
function statesOf(...paths: readonly Path[]): readonly [number, number] {
  const program = toy({ world: w, threads: { t: paths } });
  return [exploreAll(program).states, exploreAll(resetDeadLocals(program)).states];
}

test("a local is put back after its last use, and not before", () => {
  const path = w.path(
    "path",
    { n: int(0, 3) },
    {
      "n = any": (_, me) => void (me.n = choose(0, 1, 2, 3)),
      pause: () => {},
      "x = n": (k, me) => void (k.x = me.n),
      "x = 0": (k) => void (k.x = 0),
      last: () => {},
    },
  );
  assert.deepEqual(resetsOf(path), {
    "n = any": ["t.n"],
    pause: [],
    "x = n": [],
    "x = 0": ["t.n"],
    last: ["t.n"],
  });
  // 1 + 4 + 4 + 4, then x tells nothing apart any more: without resets n still does.
  assert.deepEqual(statesOf(path), [1 + 4 + 4 + 4 + 4 + 1, 1 + 4 + 4 + 4 + 1 + 1]);
});

test("a step puts back what ends with it, and not again what had ended before", () => {
  const path = w.path(
    "path",
    { n: int(0, 3), m: int(0, 3) },
    {
      "n = any": (_, me) => void (me.n = choose(1, 2)),
      "x = n": (k, me) => void (k.x = me.n),
      pause: () => {},
      "n = 3": (_, me) => void (me.n = 3),
      "m = any": (_, me) => void (me.m = choose(1, 2)),
      "x = m": (k, me) => void (k.x = me.m),
    },
  );
  const program = resetDeadLocals(toy({ world: w, threads: { t: path } }));
  const forgotten = takeApart(program).trees[0]!.map((tree) => [
    ...new Set(
      [...leavesOf(tree)].map((leaf) =>
        (leaf.kind === "moved" ? [...leaf.forgotten].map(({ name }) => name) : []).join(),
      ),
    ),
  ]);
  // Nobody reads the 3: it is put back where it was written. A path that ends leaves nothing.
  assert.deepEqual(forgotten, [[""], ["t.n"], [""], ["t.n"], [""], ["t.n,t.m"]]);
  assert.deepEqual(resetsOf(path)["pause"], ["t.n", "t.m"]);
});

test("a local that is overwritten before it is read is dead until then", () => {
  const path = w.path(
    "path",
    { n: int(0, 3) },
    {
      "n = any": (_, me) => void (me.n = choose(1, 2)),
      pause: () => {},
      "n = 3": (_, me) => void (me.n = 3),
      "x = n": (k, me) => void (k.x = me.n),
    },
  );
  assert.deepEqual(resetsOf(path), { "n = any": ["t.n"], pause: ["t.n"], "n = 3": ["t.n"], "x = n": [] });
  assert.deepEqual(statesOf(path), [1 + 2 + 2 + 1 + 1, 5]);
});

test("a local that is read on one way only is live before the ways part", () => {
  const path = w.path(
    "path",
    { n: int(0, 3), m: int(0, 3) },
    {
      "n, m, y = any": (k, me) => {
        me.n = choose(1, 2);
        me.m = choose(1, 2);
        k.y = choose(false, true);
      },
      "either way": (k) => (k.y ? undefined : "x = m"),
      "x = n": (k, me) => ((k.x = me.n), "end"),
      "x = m": (k, me) => void (k.x = me.m),
      end: () => {},
    },
  );
  const resets = resetsOf(path);
  assert.deepEqual([resets["either way"], resets["x = n"], resets["x = m"]], [[], ["t.m"], ["t.n"]]);
  assert.deepEqual(resets["end"], ["t.n", "t.m"]);
});

test("a loop keeps alive what its next round reads", () => {
  const path = w.path(
    "path",
    { n: int(0, 3), m: int(0, 3) },
    {
      "n++": (_, me) => void me.n++,
      "m = n": (_, me) => void (me.m = me.n),
      "x = m": (k, me) => void (k.x = me.m),
      "n < 3?": (_, me) => (me.n < 3 ? "n++" : undefined),
    },
  );
  assert.deepEqual(resetsOf(path), { "n++": ["t.m"], "m = n": ["t.m"], "x = m": [], "n < 3?": ["t.m"] });
});

test("pointers and guards are locals like others", () => {
  const path = w.path(
    "path",
    { page: ref(Page), lock: bool, held: guarded("lock", int(0, 1)) },
    {
      "page = &page": (k, me) => void (me.page = k.page),
      "lock = true": (_, me) => void (me.lock = true),
      "held = 1": (_, me) => void (me.held = 1),
      "page->count = held": (_, me) => void (me.page!.count = me.held),
      end: () => {},
    },
  );
  const resets = resetsOf(path);
  assert.deepEqual(resets["lock = true"], ["t.lock", "t.held"]);
  assert.deepEqual(resets["held = 1"], ["t.held"]);
  assert.deepEqual(resets["page->count = held"], []);
  assert.deepEqual(resets["end"], ["t.page", "t.lock", "t.held"]);
});

const inner = w.path(
  "inner",
  { a: int(0, 3), b: int(0, 3) },
  { "b = a": (_, me) => void (me.b = me.a), "x = b": (k, me) => void (k.x = me.b) },
);

test("across a call: arguments live from its beginning, results until it ends, the caller's locals as long as it needs them", () => {
  const outer = w.path(
    "outer",
    { m: int(0, 3), kept: int(0, 3) },
    {
      "m, kept = any": (_, me) => {
        me.m = choose(1, 2);
        me.kept = choose(1, 2);
      },
      "inner(m)": call(
        inner,
        (me: { m: number }) => ({ a: me.m }),
        (me, callee) => void (me.m = callee.b),
      ),
      "x = m": (k, me) => void (k.x = me.m),
      "x = kept": (k, me) => void (k.x = me.kept),
    },
  );
  assert.deepEqual(resetsOf(outer), {
    "m, kept = any": ["t.m", "t.kept", "t.inner(m).a", "t.inner(m).b"],
    // m is copied to a as the call is reached, and comes back as its result.
    "b = a": ["t.m", "t.inner(m).b"],
    "x = b": ["t.m", "t.inner(m).a"],
    "x = m": ["t.inner(m).a", "t.inner(m).b"],
    "x = kept": ["t.m", "t.inner(m).a", "t.inner(m).b"],
  });
});

test("arguments that a thread starts with are put back too", () => {
  const unread = w.path("unread", { a: int(0, 3) }, { first: () => {}, again: () => "first" });
  const outer = w.path("outer", {}, { "unread(3)": call(unread, () => ({ a: 3 })) });
  assert.deepEqual(statesOf(outer), [2, 2]);
  const back = w.path(
    "back",
    {},
    {
      "unread(3)": call(w.path("once", { a: int(0, 3) }, { first: () => {} }), () => ({ a: 3 })),
      end: () => "unread(3)",
    },
  );
  assert.deepEqual(statesOf(back), [2, 2]);
});

test("what is put back is no change in a trace", () => {
  const path = w.path(
    "path",
    { n: int(0, 3) },
    { "n = 2": (_, me) => void (me.n = 2), "x = n": (k, me) => void (k.x = me.n), end: () => {} },
  );
  const specs = [w.sometimes("two", "x is 2", (k) => k.x === 2)];
  const result = check(resetDeadLocals(toy({ world: w, threads: { t: path }, specs })));
  assert.deepEqual(
    result.specs[0]!.trace!.steps.map(({ changes }) => changes.map(({ field }) => field)),
    [["t.n"], ["x"]],
  );
});

test("a machine without locals stays the same", () => {
  const program = toy({ world: w, threads: { t: w.path("path", {}, { step: () => {} }) } });
  assert.equal(resetDeadLocals(program).threads[0], program.threads[0]);
});
