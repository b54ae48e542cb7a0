import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  done,
  finishWait,
  ghost,
  inWord,
  int,
  once,
  prepareToWait,
  release,
  schedule,
  setCurrentState,
  setCurrentStateOnce,
  smpMb,
  struct,
  task,
  wait,
  waitEvent,
  waitQueue,
  waitqueueActive,
  wakeUp,
  wakeUpProcess,
  world,
  wqHasSleeper,
} from "faultline";
import type { StateOf } from "faultline";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { toy } from "../machine/toy.ts";
import { assertAgreement } from "../search/agreement.ts";
import { searched } from "../search/searched.ts";
import { numbers } from "./random-programs.ts";

const count = inWord("q", int(0, 2));
const flag = inWord("q", int(0, 1));
const rest = { x: int(0, 1), y: int(0, 1), seen: array(3, array(2, ghost(int(0, 1)))) };
/** A world of a wait queue, and the same with a word that steps change by hand: thread t is in it if `in[t]`. */
const made = world({ ...rest, wq: waitQueue, sleeper: task });
const byHand = world({ ...rest, q: struct({ n: count, in0: flag, in1: flag, in2: flag }) });
type K = StateOf<typeof byHand>;
type Steps = readonly (readonly [string, unknown])[];

const wq = (k: never): number => (k as { wq: number }).wq;
const sleeper = (k: never): boolean => (k as { sleeper: boolean }).sleeper;
const one = (step: unknown): Steps => [["", step]];
const inOf = (t: number) => `in${t}` as "in0";

const MADE: Readonly<Record<string, (t: number, label: string) => Steps>> = {
  prepare: () => one(prepareToWait(wq)),
  sleep: () => one(schedule(wq)),
  finish: () => one(finishWait(wq)),
  wake: () => one(wakeUp(wq)),
};
const HAND: typeof MADE = {
  prepare: (t) => [
    [
      "",
      acquire((k: K) => {
        if (k.q[inOf(t)] === 0) k.q.n++;
        k.q[inOf(t)] = 1;
      }),
    ],
    [": mb", smpMb],
  ],
  sleep: (t) => [
    ["", smpMb],
    [": load", acquire((k: K) => (k.q[inOf(t)] === 1 ? wait : undefined))],
  ],
  finish: (t) =>
    one(
      acquire((k: K) => {
        if (k.q[inOf(t)] === 0) return;
        k.q[inOf(t)] = 0;
        k.q.n--;
      }),
    ),
  wake: (_, label) => [
    [
      "",
      release((k: K) => {
        const { n } = k.q;
        Object.assign(k.q, { n: 0, in0: 0, in1: 0, in2: 0 });
        if (n === 0) return `${label}: end`;
      }),
    ],
    [": mb", smpMb],
    [": end", false],
  ],
};

function stepsOf(text: string, t: number, label: string, how: typeof MADE): Steps {
  const [what, where, register] = text.split(" ") as [string, string, string?];
  if (what === "W") return one(once((k: K) => void (k[where as "x" | "y"] = 1)));
  if (what === "R") return one(once((k: K) => void (k.seen[t]![Number(register)] = k[where as "x" | "y"])));
  // Goes on at the end of the thread if it is set.
  if (what === "unless") return one(once((k: K) => (k[where as "x" | "y"] === 1 ? register : undefined)));
  if (what === "mb") return one(smpMb);
  if (what === "wait") return one(waitEvent(wq as never, (k: K) => k.x === 1));
  if (what === "active") return one(waitqueueActive(wq, done));
  if (what === "has-sleeper") return one(wqHasSleeper(wq, done));
  if (what === "state") return one(setCurrentState(sleeper));
  if (what === "state-once") return one(setCurrentStateOnce(sleeper));
  if (what === "sleep-on") return one(schedule(sleeper));
  if (what === "wake-task") return one(wakeUpProcess(sleeper));
  return how[what]!(t, label);
}

function programOf(texts: readonly string[], how: typeof MADE = MADE) {
  const w = (how === HAND ? byHand : made) as typeof byHand;
  const paths = texts.map((text, t) => {
    const steps = text.split("; ").flatMap((part, i) => {
      const label = part.startsWith("finish") ? "finish" : `${i}: ${part}`;
      return stepsOf(part, t, label, how).map(([name, step]) => [`${label}${name}`, step] as const);
    });
    return [`p${t}`, w.path(`p${t}`, {}, Object.fromEntries(steps) as never)] as const;
  });
  return { w, program: toy({ world: w, threads: Object.fromEntries(paths) }) };
}

const show = (k: K): string => `${k.seen.map((of) => of.join("")).join(" ")} x=${k.x} y=${k.y}`;
async function endsOf(texts: readonly string[], memory: MemoryModel, how = MADE): Promise<readonly string[]> {
  const { w, program } = programOf(texts, how);
  const { found } = await searched(program, { memory });
  return [...(await outcomesOf(program, w, memory, show)).values, ...found.keys()];
}

/** Under which memory models somebody sleeps for ever. */
async function lostUnder(...texts: readonly string[]): Promise<string> {
  const lost: MemoryModel[] = [];
  for (const memory of MEMORY_MODELS) {
    const { found } = await searched(programOf(texts).program, { memory });
    assert.deepEqual(
      [...found.keys()].filter((name) => name !== "not-stuck"),
      [],
    );
    if (found.size > 0) lost.push(memory);
  }
  return lost.join(" ");
}

test("no wake-up is lost where the kernel's barriers are, and one is where they are not", async () => {
  assert.equal(await lostUnder("wait", "W x; wake"), "");
  assert.equal(await lostUnder("wait", "W x; has-sleeper; wake"), "");
  // include/linux/wait.h, waitqueue_active(): smp_mb() belongs before it.
  assert.equal(await lostUnder("wait", "W x; active; wake"), "tso lkmm");
  assert.equal(await lostUnder("wait", "W x; mb; active; wake"), "");
  assert.equal(await lostUnder("wait", "wake; W x"), "sc tso lkmm");
  assert.equal(await lostUnder("unless x finish; prepare; sleep; finish", "W x; wake"), "sc tso lkmm");
  assert.equal(await lostUnder("prepare; unless x finish; sleep; finish", "W x; wake"), "");
});

test("set_current_state() needs its barrier", async () => {
  const waiter = (state: string): string => `${state}; unless x finish; sleep-on; finish`;
  assert.equal(await lostUnder(waiter("state"), "W x; wake-task"), "");
  assert.equal(await lostUnder(waiter("state-once"), "W x; wake-task"), "tso lkmm");
  assert.equal(await lostUnder(waiter("state-once; mb"), "W x; wake-task"), "");
});

test("wake_up() is a full barrier if it wakes somebody, and need not be if not", async () => {
  const other = "W y; mb; R x 0";
  const half = (ends: readonly string[]): boolean => ends.some((end) => end.startsWith("00 00"));
  assert.equal(half(await endsOf(["W x; wake; R y 0", other], "sc")), false);
  assert.equal(half(await endsOf(["W x; wake; R y 0", other], "lkmm")), true);
  // Here each run that ends has woken the sleeper.
  assert.equal(half(await endsOf(["W x; wake; R y 0", other, "prepare; sleep"], "lkmm")), false);
});

test("who is woken sees what came before the wake-up", async () => {
  for (const memory of MEMORY_MODELS) {
    const ends = await endsOf(["prepare; sleep; R x 0; R y 1", "W x; W y; wake"], memory);
    assert.deepEqual(
      ends.filter((end) => !/^11|not-stuck/.test(end)),
      [],
      memory,
    );
  }
});

test("on random programs wait queues are what is written by hand, under every memory model", async () => {
  const next = numbers(5);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const access = (): string => pick(["W x", "W y", "R x 0", "R y 1"]);
  const waiter = (): readonly string[] => [
    ...(next(2) === 0 ? [access()] : []),
    "prepare",
    pick(["unless x finish", "unless y finish", access()]),
    ...(next(4) === 0 ? [] : ["sleep"]),
    "finish",
    ...(next(2) === 0 ? [access()] : []),
  ];
  const waker = (): readonly string[] => [access(), ...(next(2) === 0 ? [access()] : []), "wake", access()];
  for (let run = 0; run < 24; run++) {
    const texts = [waiter(), run % 6 === 0 ? waiter() : waker(), ...(run % 6 === 0 ? [waker()] : [])].map((steps) =>
      steps.join("; "),
    );
    const shown = texts.join(" || ");
    for (const memory of MEMORY_MODELS)
      assert.deepEqual(await endsOf(texts, memory), await endsOf(texts, memory, HAND), `${memory}: ${shown}`);
    if (run % 8 !== 1) continue;
    const { program } = programOf(texts);
    await assertAgreement(program);
    await assertAgreement(tsoProgram(program));
    const { states, transitions, found } = await searched(program, { memory: "lkmm" });
    const plain = await searched(program, { memory: "lkmm", isPlain: true });
    assert.deepEqual([states, transitions, ...found.keys()], [plain.states, plain.transitions, ...plain.found.keys()]);
  }
});
