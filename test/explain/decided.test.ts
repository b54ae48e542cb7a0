import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  bool,
  bugOn,
  done,
  full,
  ghost,
  int,
  noreturn,
  once,
  oneOf,
  release,
  spinlock,
  wait,
  world,
} from "faultline";
import type { Program } from "../../src/machine/program.ts";
import { reasonsOf } from "../../src/report/reasons.ts";
import { counterexampleText } from "../../src/report/text/text.ts";
import type { Result } from "../../src/result/result.ts";
import type { Trace } from "../../src/machine/trace.ts";
import { numbers } from "../memory/random-programs.ts";
import { check, specOf, toy } from "../machine/toy.ts";
import { escapeFromOrder } from "./forced.ts";
import { randomRace } from "./races.ts";

const told = (program: Program, name: string): { result: Result; trace: Trace; shown: readonly string[] } => {
  const result = check(program);
  const { trace } = specOf(result, name);
  return {
    result,
    trace: trace!,
    shown: trace!.slice.map((i) => `${trace!.steps[i]!.thread} ${trace!.steps[i]!.label}`),
  };
};

interface Locked {
  lock: boolean;
}
const lock = acquire((k: Locked) => {
  if (k.lock) return wait;
  k.lock = true;
  return undefined;
});
const unlock = release((k: Locked): void => {
  k.lock = false;
});

test("a step that fails and only reads is a part of the end: the test that was too early for it is shown", () => {
  const w = world({ dead: bool, count: int(-1, 2), here: int(0, 1), released: bool });
  const user = w.path(
    "user",
    {},
    {
      "dead?": once((k) => (k.dead ? done : undefined)),
      "here++": noreturn((k) => {
        k.here = 1;
      }),
      use: once((k) => bugOn(k.released, "used after release")),
    },
  );
  const kill = w.path(
    "kill",
    { sum: int(0, 1) },
    {
      "dead = true": once((k) => {
        k.dead = true;
      }),
      "sum = here": once((k, me) => {
        me.sum = k.here;
      }),
      "count += sum": noreturn((k, me) => {
        k.count += me.sum;
      }),
      "--count == 0?": full((k) => {
        if (--k.count === 0) k.released = true;
      }),
    },
  );
  const program = toy({ world: w, threads: { user, kill }, init: (k) => void (k.count = 1) });
  const { shown } = told(program, "no-bug");
  for (const step of ["0 dead?", "1 dead = true", "1 sum = here", "0 here++", "1 --count == 0?", "0 use"])
    assert.ok(shown.includes(step), `${step} is not among ${shown.join(", ")}`);
});

for (const clears of [false, true])
  test(`a test that was overtaken is shown, whether its thread writes the field itself or not: ${clears}`, () => {
    const w = world({ x: oneOf("ok", "bad"), lock: spinlock, freed: bool, used: bool });
    const a = w.path(
      "a",
      {},
      {
        "x == ok?": once((k) => (k.x === "ok" ? undefined : done)),
        "lock a": lock,
        "x = bad, by a":
          clears &&
          once((k) => {
            k.x = "bad";
          }),
        use: once((k) => {
          k.used = true;
        }),
        "unlock a": unlock,
      },
    );
    const b = w.path(
      "b",
      {},
      {
        "lock b": lock,
        "used?": once((k) => (k.used ? "unlock b" : undefined)),
        "x = bad": once((k) => {
          k.x = "bad";
        }),
        free: once((k) => {
          k.freed = true;
        }),
        "unlock b": unlock,
      },
    );
    const spec = w.atEnd("not-both", "what is freed is not used", ({ freed, used }) => !(freed && used));
    const { shown } = told(toy({ world: w, threads: { a, b }, specs: [spec] }), "not-both");
    assert.ok(shown.includes("0 x == ok?") && shown.includes("1 x = bad"), shown.join(", "));
  });

test("what a test did not do is shown, field by field: the flush that was not sent, though other fields were written", () => {
  const w = world({ pending: bool, entry: bool, freed: bool, noise: int(0, 3) });
  const owner = w.path(
    "owner",
    {},
    {
      "noise++": once((k) => {
        k.noise = 1;
      }),
      "pending?": once((k) => (k.pending ? undefined : "free")),
      flush: once((k) => {
        k.entry = false;
      }),
      free: once((k) => {
        k.freed = true;
      }),
    },
  );
  const spec = w.atEnd("no-entry", "no entry of what is freed", ({ entry, freed }) => !(entry && freed));
  const program = toy({ world: w, threads: { owner }, init: (k) => void (k.entry = true), specs: [spec] });
  assert.deepEqual(told(program, "no-entry").shown, ["0 pending?", "0 free"]);
});

test("of two ways to write a field, the test that chose is shown, though no other CPU has a part in it", () => {
  const w = world({ count: int(0, 3), pins: int(0, 1), page: oneOf("old", "copy"), writable: bool });
  const fault = w.path(
    "fault",
    {},
    {
      "read-only?": once((k) => (k.writable ? done : undefined)),
      "count != 1?": once((k) => (k.count + k.pins !== 1 ? "allocate" : undefined)),
      "page stays": once((k) => {
        k.page = "old";
        k.writable = true;
        return done;
      }),
      allocate: () => {},
      "page = copy": once((k) => {
        k.page = "copy";
      }),
    },
  );
  const spec = w.atEnd("stays", "a pinned page stays", ({ page, pins }) => pins === 0 || page === "old");
  const init = (k: { count: number; pins: number }): void => {
    k.count = 1;
    k.pins = 1;
  };
  const program = toy({ world: w, threads: { fault }, init, specs: [spec] });
  assert.deepEqual(told(program, "stays").shown, ["0 count != 1?", "0 page = copy"]);
});

test("a value that has come back is no secret: both changes are shown, and the test that passes", () => {
  const w = world({ pte: oneOf("a", "none"), freed: bool, copied: bool });
  const fault = w.path(
    "fault",
    { orig: oneOf("a", "none") },
    {
      "orig = pte": once((k, me) => {
        me.orig = k.pte;
      }),
      "freed?": once((k) => (k.freed ? undefined : done)),
      "pte == orig?": once((k, me) => (k.pte === me.orig ? undefined : done)),
      copy: once((k) => {
        k.copied = true;
      }),
    },
  );
  const other = w.path(
    "other",
    {},
    {
      "pte = none": once((k) => {
        k.pte = "none";
      }),
      "freed = true": once((k) => {
        k.freed = true;
      }),
      "pte = a": once((k) => {
        k.pte = "a";
      }),
    },
  );
  const spec = w.atEnd("not-copied", "no page is copied that another one has become", ({ copied }) => !copied);
  const { shown } = told(toy({ world: w, threads: { fault, other }, specs: [spec] }), "not-copied");
  for (const step of ["1 pte = none", "1 pte = a", "0 pte == orig?"])
    assert.ok(shown.includes(step), `${step} is not among ${shown.join(", ")}`);
});

test("who had to wait for whom is shown, where steps that matter came in between", () => {
  const w = world({ lock: spinlock, begun: bool, ready: bool, last: int(0, 2) });
  const a = w.path(
    "a",
    {},
    {
      "lock a": lock,
      "begun = true": once((k) => {
        k.begun = true;
      }),
      "ready = true": once((k) => {
        k.ready = true;
      }),
      "last = 1": once((k) => {
        k.last = 1;
      }),
      "unlock a": unlock,
    },
  );
  // It comes to the lock while the other thread holds it, or not at all.
  const b = w.path(
    "b",
    {},
    {
      "begun?": once((k) => (k.begun ? undefined : done)),
      "ready?": once((k) => (k.ready ? done : undefined)),
      "lock b": lock,
      "last = 2": once((k) => {
        k.last = 2;
      }),
      "unlock b": unlock,
    },
  );
  const spec = w.atEnd("not-2", "it is not 2 at last", ({ last }) => last !== 2);
  const { shown } = told(toy({ world: w, threads: { a, b }, specs: [spec] }), "not-2");
  for (const step of ["0 unlock a", "1 lock b"])
    assert.ok(shown.includes(step), `${step} is not among ${shown.join(", ")}`);
});

test("a bugOn() is headed by its own text, with the CPU and the step; a ghost that it reads has its sentence, too", () => {
  const w = world({ other: bool, gone: ghost(bool) });
  const user = w.path("user", {}, { begin: () => {}, "still there": (k) => bugOn(k.gone, "it is gone") });
  const remover = w.path("remover", {}, { "gone = true": (k) => void (k.gone = true) });
  const { result, trace } = told(toy({ world: w, threads: { user, remover } }), "no-bug");
  const text = counterexampleText(result, specOf(result, "no-bug"));
  assert.match(text, /\n\nbugOn\(\) fires: it is gone, in 'still there' \(\d\) of CPU0 \(user\)\.\n/);
  assert.doesNotMatch(text, /Must hold: no bugOn/);
  assert.match(
    reasonsOf(result, trace).sentences.join("\n").replaceAll(/\s/g, " "),
    /CPU0 \(user\) saw gone == true in 'still there' \(\d\), after 'gone = true' \(\d\) of CPU1 \(remover\)\./,
  );
});

const lastOf = (program: Program, name: string): string => {
  const { result, trace } = told(program, name);
  return reasonsOf(result, trace).sentences.at(-1)!.replaceAll(/\s/g, " ");
};

test("where every schedule without the violation gets stuck, or never ends, it is said so", () => {
  const w = world({ x: bool, y: bool, lock: spinlock });
  const set = w.path(
    "set",
    {},
    {
      "y?": once((k) => (k.y ? "lock" : undefined)),
      "x = true": once((k) => void (k.x = true)),
      out: () => done,
      lock,
    },
  );
  const never = w.atEnd("never", "x is never set", ({ x }) => !x);
  const stuck = toy({
    world: w,
    threads: { set, other: w.path("other", {}, { "y = true": once((k) => void (k.y = true)) }) },
    init: (k) => void (k.lock = true),
    specs: [never],
  });
  assert.equal(lastOf(stuck, "never"), "Every schedule that avoids it gets stuck: CPU0 (set) waits in 'lock'.");
  const spin = w.path(
    "spin",
    {},
    { "y?": once((k) => (k.y ? "y?" : undefined)), "x = true": once((k) => void (k.x = true)) },
  );
  const endless = toy({
    world: w,
    threads: { spin, other: w.path("other", {}, { "y = true": once((k) => void (k.y = true)) }) },
    specs: [never],
  });
  assert.equal(lastOf(endless, "never"), "No schedule that avoids it ends.");
  const only = toy({
    world: w,
    threads: { only: w.path("only", {}, { "x = true": once((k) => void (k.x = true)) }) },
    specs: [never],
  });
  assert.equal(lastOf(only, "never"), "No schedule avoids it.");
});

test("a deadlock beside an idle thread that goes round was called inevitable", () => {
  const w = world({ a: spinlock, b: spinlock, x: bool });
  const take = (name: "a" | "b") =>
    acquire((k: { a: boolean; b: boolean }) => (k[name] ? wait : void (k[name] = true)));
  const give = (name: "a" | "b") => release((k: { a: boolean; b: boolean }) => void (k[name] = false));
  const path = (name: string, first: "a" | "b", second: "a" | "b") =>
    w.path(
      name,
      {},
      { first: take(first), second: take(second), "give second": give(second), "give first": give(first) },
    );
  const spin = w.path("spin", {}, { "x?": once((k) => (k.x ? undefined : "x?")) });
  const paths = { ab: path("ab", "a", "b"), ba: path("ba", "b", "a") };
  const program = toy({ world: w, threads: { ...paths, spin }, idle: ["spin"], unreached: ["*"] });
  assert.match(lastOf(program, "never-finishes"), /^Fine if CPU0 \(ab\) takes 'give second'[^.]*\.$/);
  // Threads that rest in turn are never all at rest, and may do so for ever: nothing is said.
  const turns = w.path(
    "turns",
    {},
    {
      "x = true": once((k) => void (k.x = true)),
      "x = false": once((k) => void (k.x = false)),
      again: () => "x = true",
    },
  );
  const resting = toy({
    world: w,
    threads: { ...paths, turns, spin },
    idle: ["spin", "turns: again"],
    unreached: ["*"],
  });
  assert.equal(specOf(check(resting), "never-finishes").trace!.why!.isInevitable, undefined);
});

test("a loop was explained by a way that would have led its thread into it as well", () => {
  const w = world({ a: int(0, 2), x: bool });
  const set = w.path(
    "set",
    {},
    {
      "x?": once((k) => (k.x ? "a = 2" : undefined)),
      "a = 1": once((k) => {
        k.a = 1;
        return done;
      }),
      "a = 2": once((k) => void (k.a = 2)),
    },
  );
  const spin = w.path("spin", {}, { "a?": once((k) => (k.a > 0 ? "a?" : undefined)) });
  const { shown } = told(toy({ world: w, threads: { set, spin }, unreached: ["set: a = 2"] }), "never-finishes");
  assert.deepEqual(shown, ["0 a = 1"]);
});

test("on random races the steps that are shown, in their order, decide: no run that has them so is without the violation", () => {
  const next = numbers(20_201_012);
  const seen = { decided: 0, folded: 0 };
  for (let run = 0; run < 400; run++) {
    const program = randomRace(next, 2);
    const result = check(program);
    for (const spec of result.specs) {
      if (spec.verdict !== "violated" || spec.kind !== "atEnd") continue;
      const { trace } = spec;
      const escape = escapeFromOrder(program, spec.name, trace!);
      assert.ok(escape === undefined, counterexampleText(result, spec, { isFull: true }));
      seen.decided++;
      seen.folded += trace!.steps.length - trace!.slice.length;
    }
  }
  assert.ok(seen.decided >= 300 && seen.folded > 1500, JSON.stringify(seen));
});
