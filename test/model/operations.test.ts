import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  bool,
  bugOn,
  choose,
  condition,
  decAndTest,
  done,
  full,
  incNotZero,
  int,
  once,
  rcuReadLock,
  rcuReadUnlock,
  ref,
  struct,
  synchronizeRcu,
  tryCmpxchg,
  wait,
  world,
  xchg,
  type Path,
} from "faultline";
import { ModelError } from "../../src/model/error.ts";
import { oddities } from "../../src/analysis/oddities.ts";
import type { Program } from "../../src/machine/program.ts";
import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { searchLkmm } from "../../src/memory/lkmm/search.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { endOf, exploreAll } from "../explore-all.ts";
import { check, modelError, toy } from "../machine/toy.ts";

const Page = struct({ locked: bool, refcount: int(0, 3) });
const w = world({ page: Page, spare: Page, lock: bool, state: int(0, 3) });
interface OfPage {
  readonly page: { locked: boolean; refcount: number } | null;
}

const getPage = full((_: unknown, { page }: OfPage): void => {
  page!.refcount++;
});
const trylockPage = acquire((_: unknown, { page }: OfPage) => {
  if (page!.locked) return false;
  page!.locked = true;
  return true;
});
const spinLock = acquire((k: { lock: boolean }) => {
  if (k.lock) return wait;
  k.lock = true;
});
const LOCALS = { page: ref(Page) } as const;
const FIND = once((k: { page: OfPage["page"] }, me: { page: OfPage["page"] }) => void (me.page = k.page));

/** The steps that no run takes, and how the runs end: `page.refcount spare.refcount`. */
function runsOf(
  path: Path,
  init: () => void = () => {},
): { readonly missed: readonly string[]; readonly ends: string } {
  const ends = new Set<string>();
  const looked = w.atEnd("looked", "the end is looked at", ({ page, spare }) => {
    ends.add(`${page.refcount} ${spare.refcount}`);
    return true;
  });
  const result = check(toy({ world: w, threads: { path: path as never }, specs: [looked], init }));
  return { missed: result.neverTaken.map(({ label }) => label), ends: [...ends].toSorted().join(", ") };
}

test("an operation goes on at a label, and has its order there, too", () => {
  const path = w.path("p", LOCALS, { find: FIND, get: getPage.then("end"), never: getPage, end: getPage.then(done) });
  assert.deepEqual(runsOf(path), { missed: ["never"], ends: "2 0" });
  const step = path.entries.get("get");
  assert.equal(step?.kind === "step" && step.order, "full");
});

test("a condition is called with where it goes if it fails, is told where as any other, and is a step as it stands", () => {
  const tryLock = condition(trylockPage);
  const path = (first: Entry): Path =>
    w.path("p", LOCALS, {
      find: FIND,
      "trylock_page(page)": first,
      "get_page(page)": getPage.then(done),
      busy: () => {},
    });
  type Entry = ReturnType<typeof tryLock<"busy">>;
  const called = path(tryLock("busy"));
  assert.deepEqual(runsOf(called), runsOf(path(tryLock.then({ false: "busy" }))));
  assert.deepEqual(runsOf(called), { missed: ["busy"], ends: "1 0" });
});

test("its result says where it goes on, and a result that is not named goes on to the next step", () => {
  const locks = w.path("p", LOCALS, {
    find: FIND,
    "trylock_page(page)": trylockPage.then({ false: "busy" }),
    "get_page(page)": getPage.then(done),
    busy: () => {},
  });
  assert.deepEqual(runsOf(locks), { missed: ["busy"], ends: "1 0" });
  const both = w.path("p", LOCALS, {
    find: FIND,
    first: trylockPage.then({}),
    "trylock_page(page)": trylockPage.then({ true: done, false: "busy" }),
    never: getPage,
    busy: () => {},
  });
  assert.deepEqual(runsOf(both), { missed: ["never"], ends: "0 0" });
});

test("a function says where it goes on, sees what the operation has done, and may set locals", () => {
  const path = w.path(
    "p",
    { ...LOCALS, count: int(0, 3) },
    {
      find: FIND,
      again: getPage.then((_, me) => {
        me.count = me.page!.refcount;
        return me.count < 3 ? "again" : undefined;
      }),
      "twice three": (k, { count }) => void (k.spare.refcount = count),
    },
  );
  assert.deepEqual(runsOf(path), { missed: [], ends: "3 3" });
});

test("who waits does not go on, whatever comes then", () => {
  const path = w.path("p", {}, { lock: spinLock.then("end"), again: () => "lock", end: spinLock.then(done) });
  const { specs } = check(toy({ world: w, threads: { path: path as never }, unreached: ["p: again"] }));
  assert.equal(specs.find(({ name }) => name === "not-stuck")?.verdict, "violated");
});

test("an operation is done only when it is to be, and of another page than the path's", () => {
  const path = w.path(
    "p",
    { ...LOCALS, odd: bool },
    {
      find: FIND,
      choose: (_, me) => void (me.odd = choose(false, true)),
      "get_page(page)": getPage.when((_, { odd }) => odd),
      "get_page(spare)": getPage.with(({ spare }: { spare: OfPage["page"] }) => ({ page: spare })),
    },
  );
  assert.deepEqual(runsOf(path), { missed: [], ends: "0 1, 1 1" });
});

test("what then() is given is checked, by the compiler and without one", () => {
  const path =
    (step: unknown): (() => unknown) =>
    () =>
      w.path("p", LOCALS, { step, end: () => {} } as never);
  // @ts-expect-error "ned" is no label
  assert.ok(w.path("p", LOCALS, { get: getPage.then("ned"), end: () => {} }));
  // @ts-expect-error "ned" is no label
  assert.ok(w.path("p", LOCALS, { lock: trylockPage.then({ false: "ned" }), end: () => {} }));
  // @ts-expect-error what it returns is no label: then() must say where that leads
  assert.ok(w.path("p", LOCALS, { lock: trylockPage, end: () => {} }));
  // @ts-expect-error get_page() has no result
  const ofVoid = getPage.then({ false: "end" });
  assert.ok(path(ofVoid)());
  assert.match(modelError(() => getPage.then(3 as never)).message, /then\(\) of a step was given the number 3/);
  assert.match(
    modelError(() => trylockPage.then({ flase: "end" } as never)).message,
    /what then\(\) of a step was given has no 'flase'; did you mean 'false'\?/,
  );
  assert.match(
    modelError(path(getPage.then(({ state }: { state: number }) => void state++))).message,
    /step 'step' assigns to 'state', which changes no field/,
  );
});

test("an RCU critical section can end where the path returns: rcuReadUnlock goes on as other operations do", () => {
  const one = world({ x: bool, freed: bool });
  const program = (synchronizes: boolean) =>
    toy({
      world: one,
      threads: {
        reader: one.path("reader", {
          "rcu_read_lock()": rcuReadLock,
          "x?": once((k) => k.x, { true: "rcu_read_unlock(), gone" }),
          "use it": once((k) => bugOn(k.freed, "it is free")),
          "rcu_read_unlock()": rcuReadUnlock.then(done),
          "rcu_read_unlock(), gone": rcuReadUnlock,
        }),
        writer: one.path("writer", {
          "x = 1": once((k) => void (k.x = true)),
          "synchronize_rcu()": synchronizes && synchronizeRcu,
          free: once((k) => void (k.freed = true)),
        }),
      },
    });
  for (const search of [exploreAll, (program: Program) => endOf(searchLkmm(new Lkmm(program)))]) {
    assert.deepEqual([...search(program(true)).found.keys()], []);
    assert.deepEqual([...search(program(false)).found.keys()], ["no-bug"]);
  }
  assert.deepEqual([...exploreAll(tsoProgram(program(true))).found.keys()], []);
});

test("a step is no promise", async () => {
  const awaited = async (): Promise<unknown> => await (getPage as unknown as Promise<unknown>);
  await assert.rejects(awaited, (error) => error instanceof ModelError && error.message === "a step is no promise");
});

test("a comparison that can only come out one way is told of in what comes then, too", () => {
  const step = getPage.then((k: { state: number }) => (k.state === 7 ? done : undefined));
  const machine = toy({ world: w, threads: { path: w.path("p", LOCALS, { find: FIND, step }) as never } });
  assert.match(oddities(machine, [[1, 1]]).join("\n"), /7.*: p: step/);
});

test("a qualifier's second argument says what then() says", () => {
  const test = (k: { lock: boolean }): boolean => k.lock;
  const path = w.path("p", LOCALS, {
    "is it free?": once(test, { false: "get" }),
    never: getPage,
    get: full((k, me) => void (me.page = k.page), "find"),
    "never, either": getPage,
    find: once((k, me) => (me.page = k.page), { null: "end" }),
    "found it": getPage,
    lose: once((_, me) => (me.page = null), { null: done }),
    end: getPage,
  });
  assert.deepEqual(runsOf(path), { missed: ["never", "never, either", "end"], ends: "1 0" });
  assert.deepEqual(
    ["is it free?", "get", "find"].map((label) => (path.entries.get(label) as { order?: string }).order),
    ["once", "full", "once"],
  );
});

test("an object that is found is no word, whatever its fields are called", () => {
  const Odd = struct({ true: bool, toString: bool });
  const odd = world({ odd: Odd });
  const path = odd.path(
    "p",
    { it: ref(Odd) },
    {
      find: once((k, me) => (me.it = k.odd), { true: done, false: done, null: done }),
      taken: (k) => void (k.odd.true = true),
    },
  );
  assert.deepEqual(check(toy({ world: odd, threads: { path }, specs: [] })).neverTaken, []);
});

test("the kernel's read-modify-writes store what they should, and say so", () => {
  const path = w.path("p", {
    "xchg() returns what was there": full((k) => xchg(k, "state", 2) === 0, { false: "end" }),
    "try_cmpxchg() of what is not there": full((k) => tryCmpxchg(k, "state", 1, 3), { true: "end" }),
    "try_cmpxchg() of what is there": full((k) => tryCmpxchg(k, "state", 2, 3), { false: "end" }),
    "inc_not_zero() of 0": full((k) => incNotZero(k.page, "refcount"), { true: "end" }),
    "refcount = 2": (k) => void (k.page.refcount = 2),
    "inc_not_zero() of 2": full((k) => incNotZero(k.page, "refcount"), { false: "end" }),
    "dec_and_test() of 3": full((k) => decAndTest(k.page, "refcount"), { true: "end" }),
    "dec_and_test() of 2": full((k) => decAndTest(k.page, "refcount"), { true: "end" }),
    "dec_and_test() of 1": full((k) => decAndTest(k.page, "refcount"), { false: "end" }),
    "state is 3?": once((k) => k.state === 3, { true: done }),
    end: (k) => void (k.spare.refcount = 1),
  });
  assert.deepEqual(runsOf(path), { missed: ["end"], ends: "0 0" });
});
