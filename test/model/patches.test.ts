import assert from "node:assert/strict";
import { test } from "node:test";
import {
  bool,
  call,
  done,
  extend,
  full,
  int,
  once,
  oneOf,
  scenario,
  struct,
  wait,
  world,
  type StateOf,
} from "faultline";
import type { Path } from "../../src/model/path.ts";
import { changesOf } from "../../src/model/patch.ts";
import { pathDot } from "../../src/report/picture/path-dot.ts";
import { activationsOf, pathGraphOf } from "../../src/report/picture/path-graph.ts";
import { describeScenario, scenarioText } from "../../src/cli/describe.ts";
import { check, modelError, specOf, toy } from "../machine/toy.ts";
import { assertAgreement } from "../search/agreement.ts";

// What stands below `@ts-expect-error` is a mistake that the compiler must find.

const Page = struct("Page", { locked: bool });
const base = world({ page: Page, n: int(0, 3) });

/** Takes no lock around its n++: two of them may lose one. */
const count = (asks = false) =>
  base.path(
    "count",
    { n: int(0, 3) },
    {
      "n == 3?": asks && ((k) => (k.n === 3 ? "out" : undefined)),
      read: once((k, me) => void (me.n = k.n)),
      write: once((k, { n }) => void (k.n = n + 1)),
      "again?": () => "out",
      log: () => {},
      out: () => {},
    },
    { file: "mm/count.c", release: "v5.9" },
  );

const locked = count().with({
  before: {
    read: {
      lock: full((k) => {
        if (k.page.locked) return wait;
        k.page.locked = true;
      }),
    },
  },
  after: { write: { unlock: once((k) => void (k.page.locked = false)) } },
});
const sum = base.atEnd("sum", "both count", ({ n }) => n === 2 || `n is ${n}`);
const sumOf = (path: Path): string => {
  const result = check(toy({ world: base, threads: { path: [path, path] }, specs: [sum], unreached: ["*"] }));
  return specOf(result, "sum").verdict;
};

test("a patch puts steps before and after others, and the path runs with them", async () => {
  assert.deepEqual(locked.labels, ["lock", "read", "write", "unlock", "again?", "log", "out"]);
  assert.equal(locked.name, "count, patched");
  assert.equal(sumOf(count()), "violated");
  assert.equal(sumOf(locked), "holds");
  await assertAgreement(toy({ world: base, threads: { path: [locked, count()] }, specs: [sum], unreached: ["*"] }));
});

test("a patch replaces a step, with its order, and leaves the rest and the unpatched path as they are", () => {
  const path = count();
  const atomic = path.with({ replace: { write: full((k) => void k.n++) }, drop: ["read"], as: "with atomic_inc()" });
  assert.equal(atomic.name, "count, with atomic_inc()");
  assert.deepEqual(atomic.labels, ["write", "again?", "log", "out"]);
  assert.equal(sumOf(atomic), "holds");
  assert.equal(sumOf(path), "violated");
  assert.equal(atomic.about.file, "mm/count.c");
});

test("jumps lead on to what comes after a dropped step, and not to what comes before one", () => {
  const path = base.path(
    "p",
    { n: int(0, 3) },
    {
      first: () => "second" as const,
      never: (k) => void (k.n = 3),
      second: (k) => void k.n++,
      third: (k) => void k.n++,
    },
  );
  const nAfter = (one: Path): string => {
    const specs = [0, 1, 2, 3].map((n) => base.atEnd(`n${n}`, "so many", (k) => k.n === n || "no"));
    const { specs: results } = check(toy({ world: base, threads: { one }, specs, unreached: ["*"] }));
    return results.find(({ verdict, name }) => verdict === "holds" && /^n\d$/.test(name))!.name;
  };
  assert.equal(nAfter(path), "n2");
  assert.equal(nAfter(path.with({ drop: ["second"] })), "n1");
  assert.equal(nAfter(path.with({ before: { second: { more: (k) => void (k.n = 3) } } })), "n2");
  assert.equal(nAfter(path.with({ after: { first: { more: () => done } }, replace: { first: () => {} } })), "n0");
  assert.equal(nAfter(path.with({ replace: { first: () => "more" }, after: { second: { more: () => {} } } })), "n1");
});

test("a patch on a patch is one against the path that both began with", () => {
  const twice = locked.with({ drop: ["log", "lock"] }).with({ replace: { out: (k) => void (k.n = 0) }, as: "v3" });
  assert.equal(twice.name, "count, v3");
  assert.deepEqual(
    [...changesOf(twice)],
    [
      ["read", undefined],
      ["write", undefined],
      ["unlock", "added"],
      ["again?", undefined],
      ["log", "dropped"],
      ["out", "replaced"],
    ],
  );
  assert.deepEqual([...changesOf(count())], []);
});

test("a patch that changes nothing, as in a variant without it, leaves the path and its name", () => {
  const patched = (is: boolean) => count().with({ after: { read: { "smp_mb()": is && (() => {}) } } });
  assert.equal(patched(true).name, "count, patched");
  assert.equal(patched(false).name, "count");
});

test("what a patch names is checked by the compiler, and where there was none", () => {
  const path = count();
  const said = (body: () => unknown): string => modelError(body).message;
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    // @ts-expect-error "raed" is no label
    [() => path.with({ replace: { raed: () => {} } }), /names 'raed'.* did you mean 'read'\?/],
    // @ts-expect-error "wrte" is no label
    [() => path.with({ drop: ["wrte"] }), /names 'wrte'.* did you mean 'write'\?/],
    // @ts-expect-error "nowhere" is no label
    [() => path.with({ before: { nowhere: { x: () => {} } } }), /names 'nowhere'/],
    // @ts-expect-error "nowhere" is no label
    [() => path.with({ after: { nowhere: { x: () => {} } } }), /names 'nowhere'/],
    // @ts-expect-error there is no such kind of change
    [() => path.with({ replaces: {} }), /a patch has no 'replaces'; did you mean 'replace'\?/],
    // @ts-expect-error a step needs a label of its own
    [() => path.with({ after: { read: () => {} } }), /beside 'read' what has no label/],
  ];
  for (const [body, message] of wrong) assert.match(said(body), message);
  assert.match(
    said(() => path.with({ after: { read: { write: () => {} } } })),
    /adds 'write', which path 'count' has/,
  );
  assert.match(
    said(() => path.with({ after: { read: { "1": () => {} } } })),
    /'1' cannot be a label/,
  );
  assert.match(
    said(() => path.with({ after: { read: { x: () => {} }, write: { x: () => {} } } })),
    /adds 'x', which path 'count' has/,
  );
  assert.match(
    said(() => path.with({ replace: { "n == 3?": () => {} } })),
    /this variant of path 'count' does not have/,
  );
  assert.match(
    said(() => path.with({ drop: ["read", "read"] })),
    /names 'read' twice/,
  );
  assert.match(
    said(() => path.with({ drop: ["read"], replace: { read: () => {} } })),
    /names 'read' twice/,
  );
  assert.match(
    said(() => path.with({ replace: { read: 5 as never } })),
    /step 'read' is not a function/,
  );
  assert.match(
    said(() => path.with(5 as never)),
    /a patch is not an object/,
  );
  assert.match(
    said(() => base.path("one", {}, { a: () => {} }).with({ drop: ["a"] })),
    /the path has no steps/,
  );
  // Jumps of new steps, to old and new ones:
  path.with({ replace: { read: () => "out" }, after: { read: { new: () => "read", newer: () => "new" } } });
  // @ts-expect-error "nwe" is no label
  path.with({ after: { read: { new: () => "nwe" } } });
  // @ts-expect-error "nwe" is no label
  path.with({ replace: { read: () => "nwe" } });
  // @ts-expect-error the path has no local of this name
  path.with({ replace: { read: (_, me) => void (me.m = 1) } });
});

const wide = extend(base, { seen: int(0, 2), within: { Page: { dirty: bool } } });
type Wide = StateOf<typeof wide>;

test("over a world that extends its own, what a patch adds to a path uses the new fields", () => {
  const path = count()
    .over(wide)
    .with({
      after: { write: { "SetPageDirty(page)": once((k) => void (k.page.dirty = true)) } },
    });
  const spec = wide.atEnd("dirty", "the page is dirty", (k) => k.page.dirty || "it is clean");
  const other = count();
  const result = check(toy({ world: wide, threads: { path, other }, specs: [spec], unreached: ["*"] }));
  assert.equal(specOf(result, "dirty").verdict, "holds");
  // @ts-expect-error without over(), the path is of the base world
  count().with({ replace: { write: (k: Wide) => void (k.page.dirty = true) } });
  const grown = count().over(wide);
  // @ts-expect-error the page has no such field
  grown.with({ replace: { write: (k) => void (k.page.drty = true) } });
  assert.match(modelError(() => count().over(world({ x: bool }))).message, /a world that this one does not extend/);
  assert.match(modelError(() => count().over(5 as never)).message, /no world/);
});

const outer = (asks: boolean) =>
  base.path(
    "outer",
    {},
    {
      "inner()": call(base.path("inner", {}, { "count()": call(count(asks)), end: () => {} })),
      "count()": call(count()),
    },
  );

test("calling() puts the patch on every variant of the path that is called, however deep", () => {
  const path = outer(true).calling(locked);
  const names = [...activationsOf(toy({ world: base, threads: { path }, unreached: ["*"] })).values()].map(
    ({ frame }) => `${frame.path.name}: ${frame.path.labels.slice(0, 3).join()}`,
  );
  assert.deepEqual(names, ["outer: inner(),count()", "inner: count(),end", "count, patched: n == 3?,lock,read"]);
  const asks = count(true).with({ replace: { "n == 3?": () => "out" } });
  const changed = outer(true).calling(asks);
  assert.deepEqual(
    [...activationsOf(toy({ world: base, threads: { changed }, unreached: ["*"] })).keys()],
    ["outer", "inner", "count, patched", "count"],
  );
  // Another patch comes on top, and the same one not twice.
  const more = count().with({ drop: ["log"], as: "v2" });
  const [twice] = [...outer(true).calling(locked).calling(more).calling(locked).entries.values()].slice(-1);
  assert.ok(twice?.kind === "call");
  assert.deepEqual(twice.path.labels, ["lock", "read", "write", "unlock", "again?", "out"]);
  const said = (body: () => unknown): string => modelError(body).message;
  assert.match(
    said(() => outer(false).calling(asks)),
    /no 'count' that path 'outer' calls has a step/,
  );
  assert.match(
    said(() => outer(false).calling(count())),
    /'count', which has no patch on it/,
  );
  assert.match(
    said(() => count().calling(locked)),
    /path 'count' does not call 'count'/,
  );
  assert.match(
    said(() => outer(false).calling(5 as never)),
    /no path/,
  );
});

test("two patches of one name are told apart, or refused", () => {
  const one = count().with({ replace: { read: () => {} } });
  const other = count().with({ replace: { read: () => "out" } });
  assert.match(modelError(() => toy({ world: base, threads: { one, other } })).message, /are called 'count, patched'/);
  assert.match(modelError(() => toy({ world: base, threads: { one, other } })).explanation.remedy!, /as: /);
  assert.ok(toy({ world: base, threads: { one, again: one } }));
});

test("an error in a patched step names the line of the patch", () => {
  const path = count().with({ replace: { write: (k) => void (k.n = "x" as never) } });
  const { where } = modelError(() => check(toy({ world: base, threads: { path }, unreached: ["*"] }))).explanation;
  assert.match(where!, /patches\.test\.[jt]s:\d+:\d+, step 'write' of path 'count, patched'/);
});

test("list and graph show the patch as a diff of the path", () => {
  const patched = locked.with({ drop: ["log"], replace: { "again?": () => {} } });
  const subject = scenario("patched", {
    about: "Patched",
    world: base,
    params: { variant: oneOf("patched") },
    threads: () => ({ patched }),
    specs: [sum],
  });
  assert.match(
    scenarioText(describeScenario(subject)),
    /\n {2}count, patched mm\/count\.c, v5\.9\n {4}\+ lock\n {6}read\n {6}write\n {4}\+ unlock\n {4}! again\?\n {4}- log\n {6}out\n/,
  );
  const activation = activationsOf(toy({ world: base, threads: { patched } })).get("count, patched")!;
  const graph = pathGraphOf(activation);
  assert.deepEqual(
    graph.nodes.filter(({ change }) => change).map(({ label, change }) => `${label}: ${change}`),
    ["lock: added", "unlock: added", "again?: replaced", "log: dropped"],
  );
  const dot = pathDot(graph);
  for (const part of [/"\+ lock"|\+ lock/, /! again\?/, /- log/, /patch: \+ added/, /dashed/]) assert.match(dot, part);
  assert.doesNotMatch(
    pathDot(pathGraphOf(activationsOf(toy({ world: base, threads: { p: count() } })).get("count")!)),
    /patch: /,
  );
});
