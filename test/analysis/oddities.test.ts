import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  bool,
  bugOn,
  call,
  done,
  int,
  once,
  oneOf,
  ref,
  release,
  scenario,
  smpMb,
  spinlock,
  struct,
  wait,
  world,
} from "faultline";
import type { Path } from "faultline";
import { assignedCopies, comparisonsIn } from "../../src/model/source.ts";
import { check, machineOf, modelError, specOf, toy } from "../machine/toy.ts";

const Page = struct({ state: oneOf("free", "used"), n: int(0, 2) });
const w = world({ n: int(0, 2), lock: spinlock, page: Page, head: ref(Page), state: oneOf("idle", "busy") });
type Steps = Parameters<typeof w.path<{ s: typeof bool }, "a" | "b">>[2];

const odditiesOf = (steps: Steps): readonly string[] => {
  const p = w.path("p", { s: bool }, steps);
  return check(toy({ world: w, threads: { p } })).oddities ?? [];
};
const next = once((k: { n: number }) => void (k.n = 1));

test("a step that changes nothing and decides nothing is told", () => {
  const nothing = "this step changes nothing and decides nothing: p: a";
  assert.deepEqual(odditiesOf({ a: (k) => void (k.n + 1), b: next }), [nothing]);
  assert.deepEqual(odditiesOf({ a: once(() => {}), b: next }), [nothing]);
  assert.deepEqual(odditiesOf({ a: once(({ head }) => void head?.n), b: next }), [nothing]);
});

test("one that does anything is not", () => {
  const silent: readonly Steps[] = [
    { a: (k) => void (k.n = 0), b: next },
    { a: (k, me) => void (me.s = k.n > 0), b: (_, me) => (me.s ? done : undefined) },
    { a: (k) => (k.n > 0 ? "b" : undefined), b: next },
    { a: () => done, b: next },
    { a: (k) => bugOn(k.n > 1, "no"), b: next },
    { a: (k) => (k.lock ? wait : undefined), b: next },
    { a: acquire((k) => void k.n), b: next },
    { a: smpMb, b: next },
  ];
  for (const steps of silent) assert.deepEqual(odditiesOf(steps), []);
  // The caller learns of it.
  const inner = w.path("inner", { gone: bool }, { "gone = true": once((_, me) => void (me.gone = true)) });
  const outer = w.path(
    "outer",
    {},
    { inner: call(inner, undefined, (_, { gone }) => (gone ? done : undefined)), n: next },
  );
  assert.equal(check(toy({ world: w, threads: { outer }, unreached: ["outer: n"] })).oddities, undefined);
});

test("a comparison with what a field cannot be is told, in a step and in a spec", () => {
  const never = (steps: Steps) =>
    odditiesOf(steps).flatMap((odd) => (odd.includes("is never") ? odd.replace(/, .*/, "") : []));
  const b = next;
  assert.deepEqual(never({ a: (k) => ((k.state as string) === "bsy" ? done : undefined), b }), [
    "k.state is never 'bsy'",
  ]);
  assert.deepEqual(never({ a: (k) => (k.page.n === 3 ? done : undefined), b }), ["k.page.n is never 3"]);
  assert.deepEqual(never({ a: ({ page }) => ("use" === (page.state as string) ? done : undefined), b }), [
    "page.state is never 'use'",
  ]);
  assert.deepEqual(never({ a: ({ state }) => ((state as string) !== "x" ? done : undefined), b: next }), [
    "state is never 'x'",
  ]);
  assert.deepEqual(never({ a: (k) => (k.state === "busy" ? done : undefined), b }), []);
  const spec = w.always("s", "s", (k) => (k.state as string) !== "gone");
  assert.deepEqual(check(toy({ world: w, threads: { p: w.path("p", {}, { next }) }, specs: [spec] })).oddities, [
    "k.state is never 'gone', its values are free, used, idle, busy: spec s",
  ]);
});

test("what is compared besides fields is nothing to tell", () => {
  const fields = (source: string) => comparisonsIn(source).map(({ field, value }) => `${field} ${value}`);
  assert.deepEqual(fields(`(k, me) => { if (mode === "x" || k.a.b[1].c !== 'y' || me.d == 3) return "z"; }`), [
    "c y",
    "d 3",
  ]);
  assert.deepEqual(fields(`({ a: { b }, c: d }) => d === "x" && b !== 1 && other.b === "no"`), ["c x", "b 1"]);
  assert.deepEqual(fields(`k => k.x === "a" && p.q === "b"`), ["x a"]);
});

test("a step that assigns to a copy of a field, and does nothing else with it, is refused", () => {
  const names = (source: string) => assignedCopies(source).map(({ name, field }) => `${name} ${field}`);
  for (const source of [
    "({ n }) => { n++; }",
    "({ n }) => void n++",
    "({ n }) => { n = 1; }",
    "({ page, n }) => { page.n = 1; --n; }",
    "(k, { n }) => { k.x = 2; n += k.y; }",
    "({ n }) => { /* n is 1 */ n -= 1; }",
    "init({ n }) { n = 2; }",
    "function ({ n }) { if (x) n = 2; }",
  ])
    assert.deepEqual(names(source), ["n n"], source);
  assert.deepEqual(names("({ page: { n: count } }) => { count++; }"), ["count n"]);
  for (const source of [
    "(k) => { k.n++; }",
    "({ page }) => { page.n = 1; }",
    "({ n }, me) => { n = n + 1; me.x = n; }",
    "({ n }, me) => { me.x = n++; }",
    "({ n }) => n === 1 ? 'a' : undefined",
    "({ n }) => { if (n >= 1) return done; }",
    '({ n }) => { bugOn(true, "n = 1"); }',
    "() => {}",
  ])
    assert.deepEqual(names(source), [], source);
  const error = modelError(() => w.path("p", {}, { "n++": ({ n }) => void n++ }));
  assert.match(error.message, /^step 'n\+\+' assigns to 'n', which changes no field$/);
  const good = { about: "A toy", world: w, params: {}, threads: () => ({ p: w.path("p", {}, { next }) }), specs: [] };
  assert.match(
    modelError(() => scenario("toy", { ...good, init: ({ n }) => void n++ })).message,
    /^init assigns to 'n'/,
  );
});

test("a parameter that nothing reads is told", () => {
  const withParams = (threads: (params: { a: boolean; b: number }) => Record<string, Path>, more: object = {}) =>
    check(
      machineOf(
        scenario("toy", {
          about: "A toy",
          world: w,
          params: { a: bool, b: int(0, 2) },
          threads: threads as () => Record<string, Path>,
          specs: [],
          ...more,
        }),
      ),
    ).oddities ?? [];
  const p = w.path("p", {}, { next });
  const told = "nothing reads parameter 'b', which changes nothing";
  assert.deepEqual(
    withParams(({ a }) => ({ p: a ? p : p })),
    [told],
  );
  assert.deepEqual(
    withParams(({ a, b }) => ({ p: a && b > 1 ? p : p })),
    [],
  );
  // Only where another one has another value.
  assert.deepEqual(
    withParams((params) => ({ p: params.a && params.b > 1 ? p : p })),
    [],
  );
  assert.deepEqual(
    withParams(({ a }) => ({ p: a ? p : p }), { init: (k: { n: number }, { b }: { b: number }) => void (k.n = b) }),
    [],
  );
  const late = (params: { b: number }) => w.path("late", {}, { s: once((k) => void (k.n = params.b)) });
  assert.deepEqual(
    withParams((params) => ({ p: params.a ? p : late(params) })),
    [],
  );
  assert.deepEqual(
    withParams((params) => ({ p: { ...params }.a ? p : p })),
    [],
  );
});

test("releasing a spin lock that nobody holds is a violation", () => {
  const lock = acquire((k: { lock: boolean }) => {
    if (k.lock) return wait;
    k.lock = true;
  });
  const unlock = release((k: { lock: boolean }): void => {
    k.lock = false;
  });
  const good = w.path("good", {}, { lock, unlock });
  const stray = w.path("stray", {}, { unlock });
  const verdict = (threads: Record<string, Path>) => specOf(check(toy({ world: w, threads })), "guarded");
  assert.equal(verdict({ good }).verdict, "holds");
  assert.equal(verdict({ stray }).trace!.ending.reason, "lock is released while nobody holds it");
  // Another CPU's: then its holder finds it free.
  assert.equal(verdict({ good, stray }).verdict, "violated");
  const held = toy({ world: w, threads: { stray }, init: (k) => void (k.lock = true) });
  assert.equal(specOf(check(held), "guarded").verdict, "holds");
});
