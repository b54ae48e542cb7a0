import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  bitLock,
  bool,
  ghost,
  inWord,
  int,
  lock,
  lockShared,
  mutex,
  once,
  release,
  rwlock,
  rwsem,
  smpMb,
  spinlock,
  struct,
  trylock,
  unlock,
  unlockShared,
  wait,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { assertAgreement } from "../search/agreement.ts";
import { searched } from "../search/searched.ts";
import { saidOf } from "../machine/said.ts";
import { toy } from "../machine/toy.ts";
import { numbers } from "./random-programs.ts";

const count = int(-1, 15, 0);
const rest = { x: int(0, 1), y: int(0, 1), seen: array(3, array(2, ghost(int(0, 1)))) };
/** A world of locks, and the same with fields that steps change by hand, as the kernel's operations do. */
const locks = world({
  ...rest,
  spin: spinlock,
  m: mutex,
  flags: struct({ bit: inWord("word", bitLock), dirty: inWord("word", bool) }),
  sem: rwsem,
  rw: rwlock,
});
const byHand = world({
  ...rest,
  spin: spinlock,
  m: bool,
  flags: struct({ bit: inWord("word", bool), dirty: inWord("word", bool) }),
  sem: count,
  rw: count,
});
type K = StateOf<typeof byHand>;
type L = StateOf<typeof locks>;
type Kind = "spin" | "m" | "bit" | "sem" | "rw";

const of = (kind: Kind) => (k: never) => (kind === "bit" ? (k as K).flags.bit : (k as K)[kind]);

/** Each kind's operations, by hand. */
const HAND = {
  L: (kind: Kind) =>
    acquire((k: K) => {
      const owner = (kind === "bit" ? k.flags : k) as unknown as Record<Kind, boolean | number>;
      if (owner[kind] !== false && owner[kind] !== 0) return wait;
      owner[kind] = kind === "sem" || kind === "rw" ? -1 : true;
    }),
  U: (kind: Kind) =>
    release((k: K) => {
      const owner = (kind === "bit" ? k.flags : k) as unknown as Record<Kind, boolean | number>;
      // An RMW looks at what it changes; spin_unlock() and write_unlock() are stores.
      const isFree = kind !== "spin" && kind !== "rw" && (owner[kind] === false || owner[kind] === 0);
      if (!isFree) owner[kind] = kind === "sem" || kind === "rw" ? 0 : false;
    }),
  LS: (kind: Kind) =>
    acquire((k: K) => {
      const owner = k as unknown as Record<Kind, number>;
      if (owner[kind] === -1) return wait;
      owner[kind]++;
    }),
  US: (kind: Kind) => release((k: K) => void (k as unknown as Record<Kind, number>)[kind]--),
};
const MADE = {
  L: (kind: Kind) => lock(of(kind)),
  U: (kind: Kind) => unlock(of(kind)),
  LS: (kind: Kind) => lockShared(of(kind)),
  US: (kind: Kind) => unlockShared(of(kind)),
};

function entryOf(text: string, t: number, made: typeof HAND | typeof MADE): unknown {
  const [what, where, register] = text.split(" ") as [string, string, string?];
  if (what === "W") return once((k: K) => void (k[where as "x" | "y"] = 1));
  if (what === "R") return once((k: K) => void (k.seen[t]![Number(register)] = k[where as "x" | "y"]));
  if (what === "D") return release((k: K) => void (k.flags.dirty = true));
  if (what === "mb") return smpMb;
  return made[what as "L"](where as Kind);
}

function programOf(texts: readonly string[], made: typeof HAND | typeof MADE) {
  const w = (made === HAND ? byHand : locks) as typeof byHand;
  const paths = texts.map((text, t) => {
    const steps = text.split("; ").map((one, i) => [`${i}: ${one}`, entryOf(one, t, made)] as const);
    return [`p${t}`, w.path(`p${t}`, {}, Object.fromEntries(steps) as never)] as const;
  });
  return { w, program: toy({ world: w, threads: Object.fromEntries(paths) }) };
}

const show = (k: K): string => `${k.seen.map((one) => one.join("")).join(" ")} x=${k.x} y=${k.y}`;

const endsOf = async (texts: readonly string[], memory: MemoryModel, made: typeof HAND | typeof MADE = MADE) => {
  const { w, program } = programOf(texts, made);
  return outcomesOf(program, w, memory, show);
};

/** Under which memory models a run can end like this. */
async function endsUnder(pattern: RegExp, ...texts: readonly string[]): Promise<string> {
  const found: MemoryModel[] = [];
  for (const memory of MEMORY_MODELS)
    if ((await endsOf(texts, memory)).values.some((value) => pattern.test(value))) found.push(memory);
  return found.join(" ");
}

const KINDS = ["spin", "m", "bit", "sem", "rw"] as const;

test("who takes a lock sees what its last holder has done", async () => {
  for (const kind of KINDS) {
    const writer = `L ${kind}; W x; W y; U ${kind}`;
    assert.equal(await endsUnder(/^00 (01|10)/, writer, `L ${kind}; R x 0; R y 1; U ${kind}`), "", kind);
    // Who does not take it may not.
    assert.equal(await endsUnder(/^00 10/, writer, "R y 0; R x 1"), "lkmm");
  }
  for (const kind of ["sem", "rw"]) {
    const reader = `LS ${kind}; R x 0; R y 1; US ${kind}`;
    assert.equal(await endsUnder(/^00 (01|10)/, `L ${kind}; W x; W y; U ${kind}`, reader), "", kind);
    // And who writes after a reader, what it has seen.
    assert.equal(
      await endsUnder(/^1/, `LS ${kind}; R x 0; US ${kind}; mb; R y 1`, `L ${kind}; W x; U ${kind}`),
      "sc tso lkmm",
    );
  }
});

test("what a lock's holder finds when it releases it comes from no other CPU, whatever it stores later", async () => {
  const mayBufferLoads = async (...texts: readonly string[]): Promise<boolean> =>
    (await endsOf(texts, "lkmm")).mayBufferLoads;
  for (const kind of ["spin", "m", "rw", "sem"])
    assert.equal(
      await mayBufferLoads(`L ${kind}; W x; U ${kind}; W y`, `R y 0; mb; L ${kind}; U ${kind}`),
      false,
      kind,
    );
  // Other readers may have come and gone, and other bits were set.
  for (const kind of ["rw", "sem"])
    assert.equal(
      await mayBufferLoads(`LS ${kind}; W x; US ${kind}; W y`, `R y 0; mb; LS ${kind}; US ${kind}`),
      true,
      kind,
    );
  assert.equal(await mayBufferLoads("L bit; W x; U bit; W y", "R y 0; mb; D"), true);
});

test("on x86 a store stays behind spin_unlock() and write_unlock(), and not behind what releases by an RMW", async () => {
  for (const [kind, memories] of [
    ["spin", "tso lkmm"],
    ["rw", "tso lkmm"],
    ["m", "lkmm"],
    ["bit", "lkmm"],
    ["sem", "lkmm"],
  ] as const) {
    assert.equal(await endsUnder(/^0. 0/, `L ${kind}; W x; U ${kind}; R y 0`, "W y; mb; R x 0"), memories, kind);
  }
});

test("on random programs locks are what is written by hand, under every memory model", async () => {
  const next = numbers(7);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const access = (): string => pick(["W x", "W y", "R x 0", "R y 1", "D"]);
  const section = (): readonly string[] => {
    const kind = pick(KINDS);
    const inner = Array.from({ length: 1 + next(2) }, access);
    const isShared = (kind === "sem" || kind === "rw") && next(2) === 0;
    return isShared ? [`LS ${kind}`, ...inner, `US ${kind}`] : [`L ${kind}`, ...inner, `U ${kind}`];
  };
  const thread = (): string =>
    [...(next(2) === 0 ? [access()] : []), ...section(), ...(next(2) === 0 ? [access()] : [])].join("; ");
  for (let run = 0; run < 30; run++) {
    const texts = Array.from({ length: 2 + Number(run % 5 === 0) }, thread);
    const shown = texts.join(" || ");
    for (const memory of MEMORY_MODELS) {
      const [made, hand] = [await endsOf(texts, memory), await endsOf(texts, memory, HAND)];
      assert.deepEqual(made.values, hand.values, `${memory}: ${shown}`);
      // Owners cost no states.
      assert.equal(made.states, hand.states, `${memory}: ${shown}`);
    }
    if (run % 10 !== 0) continue;
    const { program } = programOf(texts, MADE);
    await assertAgreement(program);
    await assertAgreement(tsoProgram(program));
    const { states, transitions, depth, found } = await searched(program, { memory: "lkmm" });
    const plain = await searched(program, { memory: "lkmm", isPlain: true });
    assert.deepEqual([states, transitions, depth], [plain.states, plain.transitions, plain.depth], shown);
    assert.deepEqual([...found.keys()], [...plain.found.keys()], shown);
  }
});

test("a loop that tries a lock again and again ends under LKMM, and is small", async () => {
  for (const kind of KINDS) {
    const spinner = locks.path("spinner", { ok: bool }, {
      trylock: trylock(of(kind))("trylock"),
      "ready?": once((k: L, me: { ok: boolean }) => void (me.ok = k.y === 1)),
      unlock: unlock(of(kind)).then((_: unknown, { ok }: { ok: boolean }) => (ok ? undefined : "trylock")),
    } as never);
    const setter = locks.path("setter", {}, {
      lock: lock(of(kind)),
      "dirty = true": release((k: L) => void (k.flags.dirty = true)),
      unlock: unlock(of(kind)),
      "ready = 1": once((k: L) => void (k.y = 1)),
    } as never);
    const { states, cut } = await searched(toy({ world: locks, threads: { spinner, setter } }), {
      memory: "lkmm",
      maxStates: 2000,
    });
    assert.equal(cut, undefined, `${kind}: ${states}`);
  }
});

test("who ends with a lock is told, whatever his last step stores that no other one does", async () => {
  const path = (name: string, steps: object) => locks.path(name, {}, steps as { step: () => void });
  const sem = (k: L): number => k.sem;
  const x = (k: L): number => k.x;
  const forgets = path("forgets", {
    "mutex_lock(&m)": lock((k: L) => k.m),
    "down_read(&sem)": lockShared(sem),
    "x = 1": once((k: L) => void (k.x = 1)),
    "up_read(&sem)": unlockShared(sem),
  });
  const other = path("other", {
    "down_read(&sem)": lockShared(sem),
    "x?": once((k: L) => void x(k)),
    "up_read(&sem)": unlockShared(sem),
  });
  assert.equal(
    await saidOf(toy({ world: locks, threads: { forgets, other } })),
    "locking: the thread ends while it holds a lock",
  );
});
