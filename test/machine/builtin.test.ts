import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  atomic,
  bool,
  bugOn,
  choose,
  ghost,
  guarded,
  inWord,
  int,
  scenario,
  struct,
  wait,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { check, machineOf, modelError, specOf, toy } from "./toy.ts";

test("a value above or below its range is a violation with a counterexample, and does not wrap around", () => {
  const w = world({ refcount: int(0, 2) });
  const path = w.path(
    "path",
    {},
    {
      "up or down": (k) => {
        k.refcount += choose(1, -1);
        return "up or down";
      },
    },
  );
  const result = check(toy({ world: w, threads: { path } }));
  const { verdict, trace } = specOf(result, "in-range");
  assert.equal(verdict, "violated");
  assert.deepEqual(trace!.steps.length, 1);
  assert.match(trace!.ending.reason, /refcount would become -1; its range is 0 to 2/);
  assert.deepEqual(trace!.steps[0]!.changes, []);
  // 0 up, 1 up and down, 2 down, and the two that leave the range and lead nowhere.
  assert.deepEqual([result.search.states, result.search.transitions], [3, 6]);
});

test("a failed bugOn is a violation of no-bug, in the kernel's words", () => {
  const w = world({ mapped: bool, deleted: bool });
  const map = w.path("map", {}, { "mapped = true": (k) => void (k.mapped = true) });
  const drop = w.path(
    "drop",
    {},
    {
      delete: (k) => {
        bugOn(k.mapped, "VM_BUG_ON_PAGE(page_mapped(page))");
        k.deleted = true;
      },
    },
  );
  const result = check(toy({ world: w, threads: { map, drop } }));
  const { verdict, trace } = specOf(result, "no-bug");
  assert.equal(verdict, "violated");
  assert.equal(trace!.ending.reason, "VM_BUG_ON_PAGE(page_mapped(page))");
  assert.deepEqual(
    trace!.steps.map(({ label }) => label),
    ["mapped = true", "delete"],
  );
  // The run ends there: neither done nor stuck.
  assert.deepEqual([result.search.done, result.search.stuck], [1, 0]);
});

const locked = (steps: "reads" | "writes" | "holds") => {
  const Mm = struct({ ptl: bool, pte: guarded("ptl", int(0, 1)) });
  const w = world({ mm: array(2, Mm) });
  const user = w.path(
    "user",
    {},
    {
      "spin_lock(ptl)": steps === "holds" && ((k) => (k.mm[1].ptl ? wait : void (k.mm[1].ptl = true))),
      access: (k) => {
        if (steps !== "reads") k.mm[1].pte = 1;
        else if (k.mm[1].pte === 1) return "access";
      },
      "spin_unlock(ptl)": steps === "holds" && ((k) => void (k.mm[1].ptl = false)),
    },
  );
  return check(
    toy({
      world: w,
      threads: { a: user, b: user },
      specs: [w.always("any", "a spec may look without the lock", (k) => k.mm[1].pte < 2)],
    }),
  );
};

test("a guarded field is only touched under the lock beside it", () => {
  assert.equal(specOf(locked("holds"), "guarded").verdict, "holds");
  assert.equal(
    specOf(locked("reads"), "guarded").trace!.ending.reason,
    "mm[1].pte is read while mm[1].ptl is not held",
  );
  assert.equal(
    specOf(locked("writes"), "guarded").trace!.ending.reason,
    "mm[1].pte is written while mm[1].ptl is not held",
  );
});

test("a lock may be of the world, but must exist before what it guards", () => {
  const w = world({ lock: bool, inner: struct({ x: guarded("lock", bool) }) });
  const path = w.path(
    "path",
    {},
    {
      "lock and set": (k) => {
        k.lock = true;
        k.inner.x = true;
      },
    },
  );
  assert.equal(specOf(check(toy({ world: w, threads: { path } })), "guarded").verdict, "holds");
  assert.match(modelError(() => world({ lock: int(0, 1), x: guarded("lock", bool) })).message, /no lock/);
});

const pair = world({ x: bool, y: bool, lock: bool, z: guarded("lock", bool), note: ghost(struct({ seen: bool })) });

const writes = (declared: boolean) => {
  const both = pair.path(
    "both",
    { mine: bool },
    {
      "x and y": declared
        ? atomic("one store of a word", (k) => {
            k.x = true;
            k.y = true;
          })
        : (k) => {
            k.x = true;
            k.y = true;
          },
      // One shared field, and four that no other CPU sees.
      "x alone": (k, me) => {
        me.mine = k.x;
        k.note.seen = true;
        k.x = false;
      },
    },
  );
  return check(toy({ world: pair, threads: { a: both, b: both } })).undeclaredAtomics;
};

test("a step that touches two racy fields without saying why is reported, and atomic() says why", () => {
  assert.deepEqual(writes(false), [{ path: "both", label: "x and y", fields: ["x", "y"] }]);
  assert.deepEqual(writes(true), []);
});

test("a field that one thread uses, or that nobody writes, is not racy", () => {
  const two = pair.path("two", {}, { "x and y": (k) => void (k.x = !k.y) });
  const one = pair.path("one", {}, { x: (k) => void (k.x = false) });
  assert.deepEqual(check(toy({ world: pair, threads: { two, one } })).undeclaredAtomics, []);
  const reader = pair.path("reader", {}, { y: (k) => (k.y ? wait : undefined) });
  assert.deepEqual(check(toy({ world: pair, threads: { two, one, reader } })).undeclaredAtomics, []);
});

test("a ghost field is no shared access, and a trace tells it apart", () => {
  const path = pair.path(
    "path",
    {},
    {
      step: (k) => {
        k.x = true;
        k.note.seen = true;
      },
    },
  );
  const specs = [pair.always("unseen", "nobody notes", (k) => !k.note.seen)];
  const result = check(toy({ world: pair, threads: { a: path, b: path }, specs }));
  assert.deepEqual(result.undeclaredAtomics, []);
  assert.deepEqual(specOf(result, "unseen").trace!.steps[0]!.changes, [
    { field: "x", scope: "shared", from: false, to: true },
    { field: "note.seen", scope: "ghost", from: false, to: true },
  ]);
});

test("fields of one word are touched by one access", () => {
  const Flags = struct({ locked: inWord("flags", bool), uptodate: inWord("flags", bool), other: bool });
  const w = world({ page: Flags, second: Flags });
  const over = (step: (k: StateOf<typeof w>) => void) => {
    const path = w.path("path", {}, { step: (k) => step(k) });
    return check(toy({ world: w, threads: { a: path, b: path } })).undeclaredAtomics;
  };
  assert.deepEqual(
    over(({ page }) => void (page.uptodate = page.locked = true)),
    [],
  );
  assert.deepEqual(
    over(({ page, second }) => void (page.locked = second.locked = true)).map(({ fields }) => fields),
    [["second.locked", "page.locked"]],
  );
  assert.deepEqual(
    over(({ page }) => void (page.locked = page.other = true)).map(({ fields }) => fields),
    [["page.other", "page.locked"]],
  );
});

test("a spec only reads, and answers true, false or a reason", () => {
  const path = pair.path("path", {}, { step: () => {} });
  const judging = (holds: Parameters<typeof pair.always>[2]) =>
    modelError(() => check(toy({ world: pair, threads: { path }, specs: [pair.always("odd", "odd", holds)] })));
  assert.match(judging((k) => (k.x = true)).message, /a spec must not write a field/);
  assert.match(judging(() => choose(true, false)).message, /a spec must not branch/);
  assert.match(
    judging(() => undefined as unknown as boolean).message,
    /'odd' returned neither true, false nor a reason/,
  );
  assert.match(
    judging(() => {
      throw new TypeError("oh");
    }).message,
    /spec 'odd' threw: oh/,
  );
});

test("a spec whose reason lies inside every() does not hold for ever: it is refused, in some() as well", () => {
  const slots = world({ slots: array(2, struct({ entry: bool, used: bool })) });
  const path = slots.path("path", {}, { "entry = true": (k) => void (k.slots[1].entry = true) });
  const judged = (holds: Parameters<typeof slots.always>[2]) => () =>
    check(toy({ world: slots, threads: { path }, specs: [slots.always("used", "used", holds)] }));
  for (const asks of ["every", "some"] as const) {
    const { message, explanation } = modelError(
      judged((k) =>
        k.slots[asks]((slot, i) => (!slot.entry && asks === "every") || slot.used || `entry ${i} is stale`),
      ),
    );
    assert.equal(message, `${asks}() of 'slots' was given a text, 'entry ${asks === "every" ? 1 : 0} is stale'`);
    assert.equal(explanation.remedy, `put the reason behind it: list.${asks}((one) => ...) || "the reason"`);
  }
  const behind = judged((k) => k.slots.every((slot) => !slot.entry || slot.used) || "an entry is stale");
  assert.ok(behind().found.has("used"));
});

test("the kind of a spec's mistake is told before a search: a name twice, or one of a built-in check", () => {
  const spec = pair.always("twice", "a", () => true);
  const path = pair.path("path", {}, { step: () => {} });
  const config = { about: "a", world: pair, params: {}, threads: () => ({ path }), specs: [spec, spec] };
  assert.match(modelError(() => machineOf(scenario("toy", config))).message, /two specs are called 'twice'/);
  assert.match(modelError(() => pair.always("no-bug", "a", () => true)).message, /check that every scenario has/);
});
