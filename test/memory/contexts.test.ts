import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  full,
  ghost,
  int,
  interrupt,
  ipiAll,
  irqsOff,
  irqsOn,
  once,
  smpMb,
  wait,
  world,
} from "faultline";
import type { StateOf } from "faultline";
import type { Threads } from "../../src/model/scenario.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { MEMORY_MODELS, type MemoryModel } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { toy } from "../machine/toy.ts";
import { assertAgreement } from "../search/agreement.ts";
import { searched } from "../search/searched.ts";
import { numbers } from "./random-programs.ts";

const flag = int(0, 1);
const w = world({ x: flag, y: flag, sent: flag, answered: array(3, flag), seen: array(3, array(4, ghost(flag))) });
type K = StateOf<typeof w>;
type Steps = readonly string[];

/** `R x 0` reads x into the first register of its thread; `of` is whose register it is. */
function stepOf(text: string, of: number): unknown {
  const [what, where, register] = text.split(" ") as [string, "x" | "y", string?];
  if (what === "W") return once((k: K) => void (k[where] = 1));
  if (what === "R") return once((k: K) => void (k.seen[of]![Number(register)] = k[where]));
  if (what === "mb") return smpMb;
  if (what === "off") return irqsOff;
  if (what === "on") return irqsOn;
  if (what === "ipi") return ipiAll();
  if (what === "send") return full((k: K) => void (k.sent = 1));
  if (what === "sent?") return acquire((k: K) => (k.sent === 1 ? undefined : wait));
  if (what === "answer") return full((k: K) => void (k.answered[of] = 1));
  if (what === "answered?") return acquire((k: K) => (k.answered[Number(where)] === 1 ? undefined : wait));
  // The handler of an IPI, which notes what it sees for the CPU on which it runs.
  const inner = text.slice("ipi-".length).split(" ") as [string, "x" | "y"];
  return ipiAll((k: K, cpu: number) =>
    inner[0] === "W" ? void (k[inner[1]] = 1) : void (k.seen[cpu]![3] = k[inner[1]]),
  );
}

const pathOf = (name: string, steps: Steps, of: number) =>
  w.path(name, {}, Object.fromEntries(steps.map((text, i) => [`${i}: ${text}`, stepOf(text, of)])) as never);
const programOf = (threads: readonly Steps[], handler?: Steps) =>
  toy({
    world: w,
    threads: {
      ...Object.fromEntries(threads.map((steps, t) => [`p${t}`, pathOf(`p${t}`, steps, t)])),
      ...(handler && { irq: interrupt("p0", pathOf("irq", handler, 2)) }),
    } as Threads,
  });

const show = (k: K): string => `${k.seen.map((of) => of.join("")).join(" ")} x=${k.x} y=${k.y}`;
const endsOf = async (memory: MemoryModel, ...given: Parameters<typeof programOf>): Promise<readonly string[]> =>
  (await outcomesOf(programOf(...given), w, memory, show)).values;
/** All ends of several programs, which are what one program can do. */
async function endsOfAll(memory: MemoryModel, all: readonly (readonly Steps[])[]): Promise<readonly string[]> {
  const ends = new Set<string>();
  for (const one of all) for (const end of await endsOf(memory, one)) ends.add(end);
  return [...ends].toSorted();
}

/** The steps with others among them, wherever interrupts are on. */
function interruptedBy(steps: Steps, others: Steps): readonly Steps[] {
  const all: Steps[] = [];
  let isOff = false;
  for (let i = 0; i <= steps.length; i++) {
    if (!isOff)
      all.push([...steps.slice(0, i), ...others, ...steps.slice(i)].filter((text) => !/^(off|on)$/.test(text)));
    isOff = steps[i] === "off" || (isOff && steps[i] !== "on");
  }
  return all;
}

/** Under which memory models a run can end like this. */
async function endsUnder(pattern: RegExp, ...given: Parameters<typeof programOf>): Promise<string> {
  const found: MemoryModel[] = [];
  for (const memory of MEMORY_MODELS)
    if ((await endsOf(memory, ...given)).some((end) => pattern.test(end))) found.push(memory);
  return found.join(" ");
}

test("an IPI is a full barrier of the CPU that it comes to, as membarrier() has it", async () => {
  const fast = ["W x", "R y 0"];
  assert.equal(await endsUnder(/^0... 0/, [fast, ["W y", "mb", "R x 0"]]), "tso lkmm");
  assert.equal(await endsUnder(/^0... 0/, [fast, ["W y", "ipi", "R x 0"]]), "");
  // With interrupts off around it, too: the sender waits.
  assert.equal(
    await endsUnder(/^0... 0/, [
      ["off", ...fast, "on"],
      ["W y", "ipi", "R x 0"],
    ]),
    "",
  );
});

test("its handler sees what the sender has stored before, and the sender what the handler has stored", async () => {
  assert.equal(await endsUnder(/^...0/, [["R y 0"], ["W x", "ipi-R x"]]), "");
  assert.equal(await endsUnder(/^.... 0/, [["R y 0"], ["ipi-W x", "R x 0"]]), "");
  // And its CPU sees both, in order.
  assert.equal(
    await endsUnder(/^01../, [
      ["R x 0", "R y 1"],
      ["W x", "ipi-W y"],
    ]),
    "sc tso lkmm",
  );
  assert.equal(
    await endsUnder(/^01../, [
      ["R y 1", "R x 0"],
      ["W x", "ipi-W y"],
    ]),
    "",
  );
});

test("an interrupt is what stands among the steps of its thread, under every memory model", async () => {
  const next = numbers(21);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const access = (register: number): string => pick(["W x", "W y", `R x ${register}`, `R y ${register}`]);
  for (let run = 0; run < 14; run++) {
    const body = [access(0), access(1)];
    const thread = next(2) === 0 ? body : ["off", access(2), "on", ...body];
    const other = [access(0), pick(["mb", access(2)]), access(1)];
    const handler = [access(0), ...(next(2) === 0 ? [access(1)] : [])];
    // What its registers are called, that of the thread must not be.
    const shown = [thread, other, handler].map((steps) => steps.join("; ")).join(" || ");
    for (const memory of MEMORY_MODELS) {
      const inserted = ["mb", ...handler, "mb"];
      const hand = interruptedBy(
        thread,
        inserted.map((text) => text.replace(/^R/, "H")),
      );
      const ends = await endsOf(memory, [thread, other], handler);
      const ofHand = await endsOfAllH(memory, hand, other);
      assert.deepEqual([...ends].toSorted(), ofHand, `${memory}: ${shown}`);
    }
    if (run % 7 !== 1) continue;
    const program = programOf([thread, other], handler);
    await assertAgreement(program);
    await assertAgreement(tsoProgram(program));
    const { states, transitions, found } = await searched(program, { memory: "lkmm" });
    const plain = await searched(program, { memory: "lkmm", isPlain: true });
    assert.deepEqual([states, transitions, ...found.keys()], [plain.states, plain.transitions, ...plain.found.keys()]);
  }
});

/** The same where `H x 0` reads into the registers of the interrupt. */
async function endsOfAllH(memory: MemoryModel, threads: readonly Steps[], other: Steps): Promise<readonly string[]> {
  const ends = new Set<string>();
  for (const steps of threads) {
    const entries = steps.map((text, i) => [
      `${i}: ${text}`,
      stepOf(text.replace(/^H/, "R"), text.startsWith("H") ? 2 : 0),
    ]);
    const program = toy({
      world: w,
      threads: { p0: w.path("p0", {}, Object.fromEntries(entries) as never), p1: pathOf("p1", other, 1) },
    });
    for (const end of (await outcomesOf(program, w, memory, show)).values) ends.add(end);
  }
  return [...ends].toSorted();
}

test("an IPI is a message that its CPU answers where interrupts are on, under every memory model", async () => {
  const next = numbers(22);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const access = (register: number): string => pick(["W x", "W y", `R x ${register}`, `R y ${register}`]);
  for (let run = 0; run < 14; run++) {
    const body = [access(0), access(1)];
    const thread = next(2) === 0 ? body : ["off", access(2), "on", ...body];
    const does = pick(["", "W x", "W y", "R x", "R y"]);
    const [before, after] = [access(0), access(1)];
    const sender = [before, does === "" ? "ipi" : `ipi-${does}`, after];
    const handled = [
      "sent?",
      "mb",
      ...(does === "" ? [] : [does.startsWith("R") ? `${does} 3` : does]),
      "mb",
      "answer",
    ];
    const hand = interruptedBy(thread, handled).map((steps) => [
      steps,
      [before, "mb", "send", "answered? 0", "mb", after],
    ]);
    const shown = [thread, sender].map((steps) => steps.join("; ")).join(" || ");
    for (const memory of MEMORY_MODELS)
      assert.deepEqual(
        [...(await endsOf(memory, [thread, sender]))].toSorted(),
        await endsOfAll(memory, hand),
        `${memory}: ${shown}`,
      );
    if (run % 7 !== 1) continue;
    const program = programOf([thread, sender]);
    await assertAgreement(program);
    await assertAgreement(tsoProgram(program));
    const { states, transitions, found } = await searched(program, { memory: "lkmm" });
    const plain = await searched(program, { memory: "lkmm", isPlain: true });
    assert.deepEqual([states, transitions, ...found.keys()], [plain.states, plain.transitions, ...plain.found.keys()]);
  }
});

test("an IPI to two CPUs is a message to both, under every memory model", async () => {
  const next = numbers(23);
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const access = (register: number): string => pick(["W x", "W y", `R x ${register}`, `R y ${register}`]);
  for (let run = 0; run < 5; run++) {
    const [first, second] = [[access(0), access(1)], [access(0)]];
    const does = pick(["", "R x", "R y", "W x"]);
    const [before, after] = [access(0), access(1)];
    const sender = [before, does === "" ? "ipi" : `ipi-${does}`, after];
    const handled = [
      "sent?",
      "mb",
      ...(does.startsWith("R") ? [`${does} 3`] : does === "" ? [] : [does]),
      "mb",
      "answer",
    ];
    const bySender = [before, "mb", "send", "answered? 0", "answered? 1", "mb", after];
    const hand = interruptedBy(first, handled).flatMap((one) =>
      interruptedBy(second, handled).map((other) => [one, other, bySender]),
    );
    const shown = [first, second, sender].map((steps) => steps.join("; ")).join(" || ");
    for (const memory of MEMORY_MODELS)
      assert.deepEqual(
        [...(await endsOf(memory, [first, second, sender]))].toSorted(),
        await endsOfAll(memory, hand),
        `${memory}: ${shown}`,
      );
  }
});
