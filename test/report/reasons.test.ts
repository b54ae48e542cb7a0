import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atomic,
  bool,
  call,
  choose,
  done,
  ghost,
  hardware,
  int,
  once,
  scenario,
  smpMb,
  wait,
  world,
  type Path,
} from "faultline";
import { traceOf } from "../../src/report/phrases.ts";
import { reasonsOf } from "../../src/report/reasons.ts";
import { plain } from "../../src/report/text/wrap.ts";
import { check, specOf, toy } from "../machine/toy.ts";
import { resultUnder } from "../models/pinned.ts";

const w = world({ pool: int(0, 2), isBad: bool, isReady: bool });

const rmqueue = w.path("alloc", {}, { "rmqueue()": (k) => (k.pool === 0 ? done : void k.pool--) });

/** Takes a page, and does harm with it; nothing if there is none left. */
const taker = (start: number): Path =>
  w.path(
    "taker",
    {},
    {
      "ready?": (k) => (k.pool > start ? wait : undefined),
      "rmqueue()": (k) => (k.pool === 0 ? done : void k.pool--),
      "map it": (k) => void (k.isBad = true),
    },
  );

/** The sentence about what would be fine, of a taker and one more thread. */
function fineIf(pool: number, taker: Path, other: Path): string {
  const specs = [w.always("good", "no harm is done", (k) => !k.isBad)];
  const threads = { taker, other };
  const result = check(toy({ world: w, threads, specs, init: (k) => void (k.pool = pool) }));
  return plain(reasonsOf(result, traceOf(specOf(result, "good"))).sentences.at(-1)!);
}

test("what would be fine is said of a CPU that the diagram does not show with what it has to do", () => {
  const other = w.path("other", {}, { begin: () => {}, "page = alloc()": call(rmqueue) });
  assert.match(
    fineIf(1, taker(2), other),
    /^Fine if CPU1 \(other\), which takes no step here, takes its first step and then 'page = alloc\(\) > rmqueue\(\)' before 'rmqueue\(\)' \(2\) of CPU0 \(taker\)/,
  );
});

test("a step that a CPU takes here, too, is not called one that it does not take", () => {
  const turns = { turns: int(0, 2) };
  const again = w.path("other", turns, {
    "rmqueue()": (k) => (k.pool === 0 ? done : void k.pool--),
    "again?": (_, me) => (me.turns++ < 1 ? "rmqueue()" : done),
  });
  assert.match(fineIf(2, taker(1), again), /^Fine if CPU1 \(other\) takes 'rmqueue\(\)' again before 'rmqueue\(\)'/);
  const twice = w.path("other", {}, { "one = alloc()": call(rmqueue), "two = alloc()": call(rmqueue) });
  assert.match(
    fineIf(2, taker(1), twice),
    /^Fine if CPU1 \(other\) takes 'two = alloc\(\) > rmqueue\(\)', which it does not here, before/,
  );
});

test("a step that a CPU takes here another way is not called one that it does not take", () => {
  const waiting = w.path(
    "taker",
    {},
    {
      "rmqueue()": (k) => (k.pool === 0 ? done : void k.pool--),
      "map it": (k) => (k.isReady ? void (k.isBad = true) : wait),
    },
  );
  const other = w.path(
    "other",
    { takes: bool },
    {
      "which way?": () => choose("take", "put it to use"),
      take: (_, me) => void (me.takes = true),
      "put it to use": (k, me) => {
        if (me.takes && k.pool > 0) k.pool--;
        k.isReady = true;
      },
    },
  );
  assert.match(
    fineIf(1, waiting, other),
    /^Fine if CPU1 \(other\) comes to 'put it to use' another way than here, and before 'rmqueue\(\)' \(1\)/,
  );
});

test("a sentence whose orders of steps have all been told is left out", () => {
  const look = w.path(
    "look",
    { before: bool },
    {
      "first look": (k, me) => void (me.before = k.isReady),
      "second look": (k, me) => (k.isReady && !me.before ? void (k.pool = 2) : done),
    },
  );
  const change = w.path(
    "change",
    {},
    {
      up: (k) => void (k.isReady = true),
      down: (k) => {
        if (k.pool === 2) k.isBad = true;
        k.isReady = false;
      },
    },
  );
  const specs = [w.always("good", "no harm is done", (k) => !k.isBad)];
  const result = check(toy({ world: w, threads: { look, change }, specs }));
  const trace = traceOf(specOf(result, "good"));
  assert.ok(trace.why!.conflicts.some(({ first, second, closes }) => [first, second, closes].join() === "1,2,3"));
  assert.deepEqual(reasonsOf(result, trace).sentences.map(plain), [
    "CPU0 (look) saw isReady == true in 'second look' (3) before CPU1 (change) changed it to false in 'down' (4).",
    "CPU1 (change) changed isReady to true in 'up' (2), between 'first look' (1) and 'second look' (3) of CPU0 (look).",
    "Fine if 'down' (4) of CPU1 (change) comes before 'second look' (3) of CPU0 (look); after step 3 of 4 it is too late.",
  ]);
});

test("where no barrier helps, since a page-table walk is in no order with what comes before it, that is said", async () => {
  const mmu = world({ pte: bool, inCpumask: bool, tlb: hardware(bool), skipped: ghost(bool) });
  const user = mmu.path("use_mm", {
    "cpumask_set_cpu(cpu, mm_cpumask(mm))": once((k) => void (k.inCpumask = true)),
    "smp_mb()": smpMb,
    "TLB miss: walk the page table": once(atomic("by the MMU", (k) => void (k.tlb = k.pte))),
  });
  const unmap = mmu.path("unmap", {
    "pte_clear(pte)": once((k) => void (k.pte = false)),
    "smp_mb()": smpMb,
    "cpumask_test_cpu(cpu, mm_cpumask(mm))": once((k) => void (k.skipped = !k.inCpumask)),
  });
  const result = await resultUnder(
    "lkmm",
    scenario("walk", {
      about: "A CPU walks a page table while a PTE is cleared, and flushed where its bit is set",
      world: mmu,
      params: {},
      threads: (): Readonly<Record<string, Path>> => ({ user: user as Path, unmap: unmap as Path }),
      init: (k) => void (k.pte = true),
      specs: [mmu.atEnd("flushed", "who is not flushed has no entry", (k) => !k.skipped || !k.tlb)],
    }),
    {},
  );
  const said = reasonsOf(result, traceOf(specOf(result, "flushed"))).sentences.map(plain);
  assert.ok(
    said.some((line) => line.startsWith("What a CPU does before a page-table walk is in no order with it")),
    said.join("\n"),
  );
});
