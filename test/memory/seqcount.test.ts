import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  ghost,
  int,
  lock,
  once,
  rawReadSeqcount,
  rawSeqcountBegin,
  rawSeqcountTryBegin,
  rawWriteSeqcountBegin,
  rawWriteSeqcountEnd,
  readSeqcountBegin,
  readSeqcountRetry,
  readSeqcountRetryOnce,
  acquire,
  done,
  seqcount,
  smpMb,
  smpRmb,
  smpWmb,
  spinlock,
  unlock,
  wait,
  world,
  writeSeqcountInvalidate,
} from "faultline";
import type { StateOf } from "faultline";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { toy } from "../machine/toy.ts";
import { assertAgreement } from "../search/agreement.ts";
import { searched } from "../search/searched.ts";
import { numbers } from "./random-programs.ts";

const rest = { l: spinlock, x: int(0, 1), y: int(0, 1), seen: array(3, array(3, ghost(int(0, 2)))) };
/** A world of a sequence count, and the same with a number that steps change by hand, as include/linux/seqlock.h does. */
const made = world({ ...rest, s: seqcount });
const byHand = world({ ...rest, s: int(0, 8) });
type K = StateOf<typeof byHand>;
interface Me {
  seq: number;
  n: number;
}
type Steps = readonly (readonly [string, unknown])[];

const s = (k: never): number => (k as K).s;
const began = (_: unknown, { seq }: Me): number => seq;
const keep = (_: unknown, me: Me, seq: number): void => void (me.seq = seq);
/** Notes that the reader has to retry: it does not, so that what it has seen is seen. */
const note =
  (t: number) =>
  (k: K, _: Me, changed: boolean): void =>
    void (k.seen[t]![2] = changed ? 2 : 1);
const one = (step: unknown): Steps => [["", step]];
const up = (more: number): Steps => [
  [": load", once((k: K, me: Me) => void (me.n = k.s))],
  [": store", once((k: K, me: Me) => void (k.s = me.n + more))],
];
const load = (next: (k: K, me: Me, seq: number) => unknown): Steps =>
  one(acquire((k: K, me: Me) => next(k, me, k.s) as undefined));
const retryBy = (t: number): Steps => one(once((k: K, me: Me) => note(t)(k, me, k.s !== me.seq)));

const MADE: Readonly<Record<string, (t: number) => Steps>> = {
  begin: () => one(rawWriteSeqcountBegin(s)),
  end: () => one(rawWriteSeqcountEnd(s)),
  skip: () => one(writeSeqcountInvalidate(s)),
  spin: () => one(readSeqcountBegin(s, keep)),
  raw: () => one(rawReadSeqcount(s, keep)),
  even: () => one(rawSeqcountBegin(s, keep)),
  try: () => one(rawSeqcountTryBegin(s, keep, done)),
  rmb: () => [...one(rawReadSeqcount(s, keep).as("once")), [": rmb", smpRmb]],
  retry: (t) => one(readSeqcountRetry(s, began, note(t) as never)),
  "retry-once": (t) => one(readSeqcountRetryOnce(s, began, note(t) as never)),
};
const HAND: typeof MADE = {
  begin: () => [...up(1), [": wmb", smpWmb]],
  end: () => [[": wmb", smpWmb], ...up(1)],
  skip: () => [[": wmb", smpWmb], ...up(2)],
  spin: () => load((k, me, seq) => (seq % 2 === 1 ? wait : keep(k, me, seq))),
  raw: () => load(keep),
  even: () => load((k, me, seq) => keep(k, me, seq - (seq % 2))),
  try: () => load((k, me, seq) => (seq % 2 === 1 ? done : keep(k, me, seq))),
  rmb: () => [...one(once((k: K, me: Me) => keep(k, me, k.s))), [": rmb", smpRmb]],
  retry: (t) => [[": rmb", smpRmb], ...retryBy(t)],
  "retry-once": retryBy,
};

function stepsOf(text: string, t: number, how: typeof MADE): Steps {
  const [what, where, register] = text.split(" ") as [string, string, string?];
  if (what === "W") return one(once((k: K) => void (k[where as "x" | "y"] = 1)));
  if (what === "R") return one(once((k: K) => void (k.seen[t]![Number(register)] = k[where as "x" | "y"])));
  if (what === "L") return one(lock((k: K) => k.l));
  if (what === "U") return one(unlock((k: K) => k.l));
  if (what === "mb") return one(smpMb);
  return how[what]!(t);
}

function programOf(texts: readonly string[], how: typeof MADE) {
  const w = (how === HAND ? byHand : made) as typeof byHand;
  const paths = texts.map((text, t) => {
    const steps = text
      .split("; ")
      .flatMap((part, i) => stepsOf(part, t, how).map(([name, step]) => [`${i}: ${part}${name}`, step] as const));
    return [`p${t}`, w.path(`p${t}`, { seq: int(0, 8), n: int(0, 8) }, Object.fromEntries(steps) as never)] as const;
  });
  return { w, program: toy({ world: w, threads: Object.fromEntries(paths) }) };
}

const show = (k: K): string => `${k.seen.map((of) => of.join("")).join(" ")} x=${k.x} y=${k.y} s=${k.s}`;
const endsOf = async (texts: readonly string[], memory: MemoryModel, how = MADE): Promise<readonly string[]> => {
  const { w, program } = programOf(texts, how);
  return (await outcomesOf(program, w, memory, show)).values;
};

/** Under which memory models a run can end like this. */
async function endsUnder(pattern: RegExp, ...texts: readonly string[]): Promise<string> {
  const found: MemoryModel[] = [];
  for (const memory of MEMORY_MODELS)
    if ((await endsOf(texts, memory)).some((value) => pattern.test(value))) found.push(memory);
  return found.join(" ");
}

test("what orders a sequence count is on both its sides, and each part of it counts", async () => {
  const writer = "begin; W x; W y; end";
  // A reader that need not retry, and has seen half of it.
  const half = /^... (01|10)1/;
  for (const begin of ["spin", "raw", "even", "try", "rmb"]) {
    // Who has read an odd one does not ask again, or asks for the even one before it.
    const unless = begin === "raw" || begin === "rmb" ? "sc tso lkmm" : "";
    assert.equal(await endsUnder(half, writer, `${begin}; R x 0; R y 1; retry`), unless, begin);
    assert.equal(await endsUnder(half, writer, `${begin}; R y 1; R x 0; retry`), unless, begin);
  }
  assert.equal(await endsUnder(half, writer, "spin; R x 0; R y 1; retry-once"), "lkmm");
  // write_seqcount_end() is no full barrier, and on x86 neither.
  assert.equal(await endsUnder(/^0.. 0/, `${writer}; R y 0`.replace("W y; ", ""), "W y; mb; R x 0"), "tso lkmm");
});

test("on random programs sequence counts are what is written by hand, under every memory model", async () => {
  const next = numbers(11);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const writes = (): readonly string[] => pick([["W x"], ["W x", "W y"], ["W y", "R x 0"]]);
  const reads = (): readonly string[] =>
    pick([
      ["R x 0", "R y 1"],
      ["R y 1", "R x 0"],
      ["R x 0", "W y"],
    ]);
  const writer = (): readonly string[] => [
    ...(next(3) === 0 ? ["R y 1"] : []),
    ...pick([
      ["begin", ...writes(), "end"],
      ["L", "begin", ...writes(), "end", "U"],
      ["W x", "skip", "W y"],
    ]),
    ...(next(3) === 0 ? ["R y 1"] : []),
  ];
  const reader = (): readonly string[] => [
    pick(["spin", "raw", "even", "try", "rmb"]),
    ...reads(),
    pick(["retry", "retry", "retry-once"]),
  ];
  for (let run = 0; run < 16; run++) {
    const texts = [writer(), reader(), ...(run % 8 === 0 ? [reader()] : [])].map((steps) => steps.join("; "));
    const shown = texts.join(" || ");
    for (const memory of MEMORY_MODELS)
      assert.deepEqual(await endsOf(texts, memory), await endsOf(texts, memory, HAND), `${memory}: ${shown}`);
    if (run % 8 !== 1) continue;
    const { program } = programOf(texts, MADE);
    await assertAgreement(program);
    await assertAgreement(tsoProgram(program));
    const { states, transitions, found } = await searched(program, { memory: "lkmm" });
    const plain = await searched(program, { memory: "lkmm", isPlain: true });
    assert.deepEqual([states, transitions, ...found.keys()], [plain.states, plain.transitions, ...plain.found.keys()]);
  }
});

test("a reader that retries beside a writer comes to an end under every memory model", async () => {
  const reader = made.path("reader", { seq: int(0, 8), n: int(0, 8) }, {
    begin: readSeqcountBegin(s, keep),
    x: once((k: { x: number }, me: Me) => void (me.n = k.x)),
    retry: readSeqcountRetry(s, began, "begin"),
  } as never);
  const section = (i: number): readonly (readonly [string, unknown])[] => [
    [`begin ${i}`, rawWriteSeqcountBegin(s)],
    [`x ${i}`, once((k: K) => void (k.x = 1))],
    [`end ${i}`, rawWriteSeqcountEnd(s)],
  ];
  const writer = made.path("writer", {}, Object.fromEntries([1, 2].flatMap(section)) as never);
  const program = toy({ world: made, threads: { reader, writer } });
  for (const memory of MEMORY_MODELS) {
    const { cut, found } = await searched(program, { memory, maxStates: 5000 });
    assert.equal(cut, undefined, memory);
    assert.deepEqual([...found.keys()], [], memory);
  }
});
