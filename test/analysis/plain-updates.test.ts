import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  bool,
  bugOn,
  done,
  full,
  ghost,
  guarded,
  hardware,
  int,
  inWord,
  noreturn,
  once,
  relaxed,
  release,
  struct,
  symmetric,
  wait,
  world,
} from "faultline";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { ModelError } from "../../src/model/error.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { search as searchProgram, type Explored } from "../../src/search/search.ts";
import type { Program } from "../../src/machine/program.ts";
import { loadsApart } from "../../src/memory/loads-apart.ts";
import { attempt } from "../search/agreement.ts";
import { numbers } from "../memory/random-programs.ts";
import { toy } from "../machine/toy.ts";

async function searched(program: Program, memory: MemoryModel = "sc", isPlain = false): Promise<Explored> {
  const steps = searchProgram(resetDeadLocals(program), { memory, isPlain });
  for (;;) {
    const step = await steps.next();
    if (step.done === true) return step.value;
  }
}

/** That the machine is refused under every memory model and by both engines, with these words. */
async function isRefused(program: Program, ...texts: readonly RegExp[]): Promise<void> {
  for (const memory of ["sc", "tso", "lkmm"] as const)
    for (const isPlain of [false, true]) {
      const error = await attempt(() => searched(program, memory, isPlain));
      assert.ok(error instanceof ModelError, `${memory}: it is not refused`);
      const { where, cause, remedy } = error.explanation;
      const said = [error.message, where, cause, remedy].join("\n");
      for (const text of texts) assert.match(said, text, memory);
    }
}

async function isAccepted(program: Program): Promise<void> {
  for (const memory of ["sc", "tso", "lkmm"] as const) await searched(program, memory);
}

const Flags = struct({ a: inWord("flags", bool), b: inWord("flags", bool) });
const w = world({
  n: int(0, 4),
  m: int(0, 4),
  lock: bool,
  held: guarded("lock", int(0, 4)),
  per: array(2, int(0, 4)),
  flags: Flags,
  pte: bool,
  entry: hardware(bool),
  seen: ghost(array(3, int(0, 40))),
});

const inc = w.path("inc", {}, { "n++": once((k) => void k.n++) });
const look = w.path("look", {}, { "look at n": once((k) => void (k.seen[2] = k.n)) });
const take = acquire((k: { lock: boolean }) => {
  if (k.lock) return wait;
  k.lock = true;
});
const drop = release((k: { lock: boolean }): void => {
  k.lock = false;
});
const locked = w.path("locked", {}, { lock: take, "n++": once((k) => void k.n++), unlock: drop });

test("n++ of two threads is no atomic operation", async () => {
  await isRefused(
    toy({ world: w, threads: { inc: symmetric(2, () => inc) } }),
    /^step 'n\+\+' of path 'inc' reads and writes 'n' under once/,
    /plain-updates\.test\.[jt]s:\d+/,
    /step 'n\+\+' of path 'inc' of thread 'inc1' may write 'n' in between/,
    /relaxed, noreturn, full/,
  );
});

test("nor is it where another thread may read in between", async () => {
  await isRefused(toy({ world: w, threads: { inc, look } }), /thread 'look' may read 'n' in between/);
});

test("nor where it is written on one branch only, and that is reached", async () => {
  const maybe = w.path("maybe", {}, { "if (n == 1) n = 2": once((k) => void (k.n === 1 && (k.n = 2))) });
  const set = w.path("set", {}, { "n = 1": once((k) => void (k.n = 1)), "n = 3": once((k) => void (k.n = 3)) });
  await isRefused(toy({ world: w, threads: { maybe, set } }), /step 'n = 3' of path 'set'/);
  const never = w.path("never", {}, { "if (n == 4) n = 2": once((k) => void (k.n === 4 && (k.n = 2))) });
  await isAccepted(toy({ world: w, threads: { never, set } }));
});

test("nor where a test decides about the store: a lock that is taken by hand", async () => {
  const byHand = w.path(
    "by hand",
    {},
    {
      "while (lock); lock = true": once((k) => {
        if (k.lock) return wait;
        k.lock = true;
      }),
    },
  );
  await isRefused(toy({ world: w, threads: { one: byHand, other: byHand } }), /may write 'lock' in between/);
});

test("who stores a part of a word is told what he keeps, and to store all of it", async () => {
  const setA = w.path("set a", {}, { "flags |= A": once((k) => void (k.flags.a = true)) });
  const setB = w.path("set b", {}, { "set_bit(B)": noreturn((k) => void (k.flags.b = true)) });
  await isRefused(
    toy({ world: w, threads: { setA, setB } }),
    /a store of a part of the word takes a load, to keep 'flags\.b': once is/,
    /^store all of its fields; make two steps/m,
  );
});

test("nor where one bit of a word is changed and the others are kept", async () => {
  const setA = w.path("set a", {}, { "flags |= A": once((k) => void (k.flags.a = true)) });
  const setB = w.path("set b", {}, { "set_bit(B)": noreturn((k) => void (k.flags.b = true)) });
  await isRefused(toy({ world: w, threads: { setA, setB } }), /'flags\.flags' under once/);
  const both = w.path(
    "both",
    {},
    {
      "flags = A": once((k) => {
        k.flags.a = true;
        k.flags.b = false;
      }),
    },
  );
  await isAccepted(toy({ world: w, threads: { both, setB } }));
});

test("an atomic operation says so, and is accepted", async () => {
  for (const qualified of [relaxed, noreturn, full, acquire, release]) {
    const path = w.path("atomic", {}, { "n++": qualified((k: { n: number }) => void k.n++) });
    await isAccepted(toy({ world: w, threads: { a: path, b: path, look } }));
  }
});

test("under a lock, in a guarded field, in turn, or alone, n++ is what the kernel writes", async () => {
  await isAccepted(toy({ world: w, threads: { a: locked, b: locked } }));
  const held = w.path("held", {}, { lock: take, "held++": once((k) => void k.held++), unlock: drop });
  await isAccepted(toy({ world: w, threads: { a: held, b: held } }));
  const first = w.path("first", {}, { "n++": once((k) => void k.n++), "go on": release((k) => void (k.m = 1)) });
  const second = w.path(
    "second",
    {},
    {
      "after the first": acquire((k) => {
        if (k.m === 0) return wait;
      }),
      "n++": once((k) => void k.n++),
    },
  );
  await isAccepted(toy({ world: w, threads: { first, second } }));
  await isAccepted(
    toy({ world: w, threads: { inc, other: w.path("other", {}, { "m = 1": once((k) => void (k.m = 1)) }) } }),
  );
});

test("what a CPU counts for itself in an array others may look at, and not change", async () => {
  const own = w.path("own", {}, { "this_cpu_inc()": once((k) => void k.per[0]++) });
  const sum = w.path("sum", {}, { "load per[0]": once((k) => void (k.seen[2] = k.per[0])) });
  await isAccepted(toy({ world: w, threads: { own, sum } }));
  const clear = w.path("clear", {}, { "per[0] = 0": once((k) => void (k.per[0] = 0)) });
  await isRefused(toy({ world: w, threads: { own, clear } }), /'per\[0\]'/);
});

test("the MMU sets the bits of an entry in one operation", async () => {
  const walk = w.path(
    "walk",
    {},
    {
      "set the accessed bit": once((k) => {
        if (!k.pte) k.pte = true;
        k.entry = true;
      }),
    },
  );
  const clear = w.path("clear", {}, { "pte = 0": once((k) => void (k.pte = false)) });
  await isAccepted(toy({ world: w, threads: { walk, clear } }));
});

test("the error is that of the first state, whatever the engine", async () => {
  const one = w.path(
    "one",
    {},
    { "m = 1": once((k) => void (k.m = 1)), "m++": once((k) => void k.m++), "n++": once((k) => void k.n++) },
  );
  const other = w.path("other", {}, { "n = 1": once((k) => void (k.n = 1)), "m = 3": once((k) => void (k.m = 3)) });
  await isRefused(toy({ world: w, threads: { one, other } }), /^step 'm\+\+' of path 'one'/);
});

test("a plain increment is no barrier under tso, and none under lkmm", async () => {
  const path = (i: 0 | 1) =>
    w.path(
      `cpu${i}`,
      {},
      {
        "this_cpu_inc()": once((k) => void k.per[i]++),
        "load the other's": once((k) => void (k.seen[i] = k.per[1 - i]!)),
      },
    );
  const program = toy({
    world: w,
    threads: { a: path(0), b: path(1) },
    specs: [w.atEnd("one-sees", "one sees the other", (k) => k.seen[0]! + k.seen[1]! > 0)],
  });
  const found = async (memory: MemoryModel, isPlain = false) =>
    (await searched(program, memory, isPlain)).found.has("one-sees");
  assert.equal(await found("sc"), false);
  assert.equal(await found("tso"), true);
  assert.equal(await found("tso", true), true);
  assert.equal(await found("lkmm"), true);
});

test("the load of a plain increment decides what it stores", async () => {
  const path = w.path("twice", {}, { first: once((k) => void k.n++), second: once((k) => void k.n++) });
  const program = toy({ world: w, threads: { path }, specs: [w.atEnd("two", "n is 2", ({ n }) => n === 2)] });
  for (const memory of ["sc", "tso", "lkmm"] as const)
    assert.deepEqual([...(await searched(program, memory)).found.keys()], []);
});

test("a seqcount without barriers holds on x86 and not under lkmm", async () => {
  const writer = w.path(
    "write",
    { s: int(0, 4) },
    {
      "load n": once((k, me) => void (me.s = k.n)),
      "n is odd": once((k, me) => void (k.n = me.s + 1)),
      "flags.a": once((k) => void (k.m = 1)),
      "per[0]": once((k) => void (k.per[0] = 1)),
      "n is even": once((k, me) => void (k.n = me.s + 2)),
    },
  );
  const reader = w.path(
    "read",
    { s: int(0, 4), a: int(0, 4), b: int(0, 4) },
    {
      "s = n": once((k, me) => {
        me.s = k.n;
        if (me.s % 2 === 1) return "s = n";
      }),
      "a = m": once((k, me) => void (me.a = k.m)),
      "b = per[0]": once((k, me) => void (me.b = k.per[0])),
      "s == n?": once((k, me) => {
        if (k.n !== me.s) return "s = n";
      }),
      "use a and b": (_, { a, b }) => bugOn(a !== b, "torn"),
    },
  );
  const program = toy({ world: w, threads: { writer, reader } });
  assert.equal((await searched(program, "sc")).found.has("no-bug"), false);
  assert.equal((await searched(program, "tso")).found.has("no-bug"), false);
  assert.equal((await searched(program, "lkmm")).found.has("no-bug"), true);
});

test("on random programs nothing that is accepted changes if its loads and stores are made apart", async () => {
  const next = numbers(7);
  type World = Parameters<Parameters<typeof w.always>[2]>[0];
  const simple = [
    ["lock", take],
    ["unlock", drop],
    ["n++", once((k: World) => void (k.n = (k.n + 1) % 5))],
    ["n = 2", once((k: World) => void (k.n = 2))],
    ["flags |= A", once((k: World) => void (k.flags.a = true))],
    ["flags ^= B", once((k: World) => void (k.flags.b = !k.flags.b))],
    ["if (n) end", once((k: World) => (k.n > 0 ? done : undefined))],
  ] as const;
  const counts = { accepted: 0, refused: 0, apart: 0 };
  for (let run = 0; run < 250; run++) {
    const path = (i: number) => {
      const isLocked = next(2) === 0;
      const looks = (label: string) =>
        [label, once((k: World) => void (k.seen[i] = (3 * k.seen[i]! + k.n + (k.flags.a ? 1 : 0)) % 41))] as const;
      const inner = Array.from({ length: 1 + next(3) }, () => {
        const pick = 2 + next(simple.length - 1);
        return pick < simple.length ? simple[pick]! : looks("look");
      });
      const steps = isLocked ? [simple[0], ...inner, simple[1]] : inner;
      return w.path(`p${i}`, {}, Object.fromEntries(steps.map(([label, step], at) => [`${at}: ${label}`, step])));
    };
    const program = toy({ world: w, threads: { a: path(0), b: path(1), ...(next(3) === 0 && { c: path(2) }) } });
    const outcome = await attempt(() => searched(program));
    if (outcome instanceof ModelError) {
      counts.refused++;
      continue;
    }
    counts.accepted++;
    const apart = loadsApart(program);
    if (apart !== program) counts.apart++;
    const show = (k: World) => JSON.stringify([k.n, k.flags.a, k.flags.b, ...k.seen]);
    const [one, two] = [await outcomesOf(program, w, "sc", show), await outcomesOf(apart, w, "sc", show)];
    assert.deepEqual(two.values, one.values);
  }
  assert.ok(counts.accepted > 50 && counts.refused > 50 && counts.apart > 30, JSON.stringify(counts));
});
