import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { bool, ghost, hardware, int, once, world, type StateOf } from "faultline";
import orders from "../../../models/scenarios/fault-around-orders.ts";
import { search as searchProgram } from "../../../src/search/search.ts";
import type { Program } from "../../../src/machine/program.ts";
import { resultOf } from "../../../src/result/result-of.ts";
import { replay } from "../replayed.ts";
import type { Trace, Why } from "../../../src/machine/trace.ts";
import type { ToldRun } from "../../../src/memory/lkmm/execution.ts";
import { toldOf } from "../../../src/memory/lkmm/merge-barriers.ts";
import { recorded } from "./recorded.ts";
import { toy } from "../../machine/toy.ts";
import { weakRuns } from "../../models/pinned.ts";
import { showAll, threadsThat, w } from "../../memory/classics.ts";
import { naiveOutcomes } from "../../memory/naive.ts";
import { numbers, randomProgram } from "../../memory/random-programs.ts";

interface Told {
  readonly name: string;
  readonly program: Program;
  readonly trace: Trace;
}

async function bundled(): Promise<readonly Told[]> {
  const runs = (await weakRuns()).filter(({ result }) => result.search.memory === "lkmm");
  return runs.flatMap(({ scenario, program, result }) =>
    result.specs.flatMap(({ name, verdict, trace }) =>
      trace && verdict === "violated"
        ? [{ name: `${scenario.name} ${JSON.stringify(result.set)} ${name}`, program, trace }]
        : [],
    ),
  );
}

/** Is there no order in time of these steps that agrees with what they read, and with the order of stores? */
function isCyclic({ steps, stepOf, execution: { rf, co } }: ToldRun, among: readonly number[]): boolean {
  const links: (readonly [number, number])[] = rf.map(([store, load]) => [stepOf[store]!, stepOf[load]!]);
  for (const stores of co)
    for (const [i, store] of stores.entries())
      for (const later of stores.slice(i + 1)) {
        links.push([stepOf[store]!, stepOf[later]!]);
        for (const [from, load] of rf) if (from === store) links.push([stepOf[load]!, stepOf[later]!]);
      }
  const threadOf = (step: number): number => steps[step]!.effect.thread;
  for (const a of among) for (const b of among) if (a < b && threadOf(a) === threadOf(b)) links.push([a, b]);
  let left = new Set(among);
  for (;;) {
    const free = [...left].filter((step) => !links.some(([a, b]) => b === step && a !== b && left.has(a)));
    if (free.length === 0) return left.size > 0;
    left = new Set([...left].filter((step) => !free.includes(step)));
  }
}

/** Whether a step is the load of a plain update or of several words, which sc takes in one step with what follows. */
function halves({ steps }: Trace): (step: number) => boolean {
  return (step) => {
    const { thread, path, label } = steps[step]!;
    const next = steps.slice(step + 1).find((later) => later.thread === thread);
    return (
      next?.path === path &&
      next.label === label &&
      next.reads.some(({ field, scope }) => scope === "local" && /\.loaded\d+$/.test(field))
    );
  };
}

test("the slice of every bundled violation under lkmm has what decides it, and changes no told value untold", async () => {
  const seen = { weak: 0, folded: 0 };
  for (const { name, trace } of await bundled()) {
    const { steps, slice, ending, forbidding, why, sequential } = trace;
    const isIn = (step: number | undefined): boolean => step === undefined || slice.includes(step);
    assert.ok(
      ending.reads.every(({ writtenBy }) => isIn(writtenBy)),
      name,
    );
    assert.ok(
      forbidding!.every(({ before, after }) => isIn(before) && isIn(after)),
      name,
    );
    // No barrier orders what a CPU does with its walks of page tables.
    const hasWalk = slice.some((step) => steps[step]!.label.includes("walk the page table"));
    if (forbidding!.length > 0) assert.ok(!sequential, name);
    else assert.ok(sequential === true || hasWalk, name);
    assert.ok(
      why!.conflicts.every(({ first, second }) => isIn(first) && isIn(second)),
      name,
    );
    // What decides that run is that two loads are not in order: no exchange of one pair of accesses avoids it.
    const isOfLoadsAlone = name.startsWith("races/uffd-wp-vs-copy ");
    if (forbidding!.length > 0) assert.ok(why!.conflicts[0]!.decisive !== isOfLoadsAlone, name);
    const told = new Map<string, unknown>();
    for (const step of slice) {
      const { reads, changes } = steps[step]!;
      for (const { field, value, writtenBy, unseen, scope } of reads) {
        if (scope === "ghost") continue;
        assert.ok(isIn(unseen?.step), `${name}: step ${step}, ${field}`);
        // That a newer store was not visible yet is told, so that an older value may be read.
        if (writtenBy === undefined || unseen || isIn(writtenBy) || !told.has(field)) continue;
        assert.equal(told.get(field), value, `${name}: step ${step}, ${field}`);
      }
      for (const { field, scope, to } of changes) if (scope === "shared") told.set(field, to);
    }
    if (!sequential) seen.weak++;
    seen.folded += steps.length - slice.length;
  }
  assert.ok(seen.weak >= 8 && seen.folded > 200, JSON.stringify(seen));
});

test("a bundled violation under lkmm that sc has, too, is told as sc tells the same steps", async () => {
  let count = 0;
  let byWord = 0;
  let halved = 0;
  // What a step has written before its bugOn fires, a weaker memory does not show any more.
  const comparable = (steps: Trace["steps"], endsInBug: boolean): unknown =>
    JSON.parse(
      JSON.stringify(
        endsInBug ? [...steps.slice(0, -1), { ...steps.at(-1)!, changes: [] }] : steps,
        (key, value: unknown) => (key === "writtenBy" ? undefined : value),
      ),
    );
  for (const { name, program, trace } of await bundled()) {
    if (!trace.sequential) continue;
    count++;
    const spec = program.scenario.specs.find((one) => name.endsWith(` ${one.name}`)) ?? name.split(" ").at(-1)!;
    const isHalf = halves(trace);
    // Some moves at the end make a store visible, and are no steps.
    const picksOf = (i: number): readonly number[] => {
      const { thread } = trace.steps[i]!;
      const rank = trace.steps.slice(0, i).filter((step) => step.thread === thread).length;
      return trace.schedule.moves.filter((move) => move.thread === thread)[rank]!.picks;
    };
    const moves = trace.steps.flatMap(({ thread }, i) => (isHalf(i) ? [] : [{ thread, picks: picksOf(i) }]));
    const { steps, slice, why } = replay(program, { initial: trace.schedule.initial, moves }, spec);
    if (moves.length < trace.steps.length) {
      halved++;
      continue;
    }
    const endsInBug = spec === "no-bug";
    assert.deepEqual(comparable(trace.steps, endsInBug), comparable(steps, endsInBug), name);
    // Under lkmm whoever wrote a word last wrote all its fields, also those that it left as they were.
    if (!isDeepStrictEqual(trace.steps, steps)) {
      byWord++;
      continue;
    }
    // A run that is fine may go on with an update that is two steps under lkmm.
    const told = ({ conflicts, nearMiss }: Why): unknown => [conflicts, nearMiss?.differs];
    assert.deepEqual([trace.slice, told(trace.why!)], [slice, told(why!)], name);
  }
  assert.ok(count > 40 && 2 * (byWord + halved) < count, `${count} runs, ${byWord} by word, ${halved} in halves`);
});

test("on random programs the steps of the slice alone have no order in time, unless sc has the run", async () => {
  const next = numbers(23);
  const seen = { weak: 0, ordinary: 0 };
  for (let run = 0; run < 160; run++) {
    const texts = randomProgram(next, 3);
    const sc = naiveOutcomes(texts, false);
    const ordinary = w.atEnd("ordinary", "it ends as under sequential consistency", (k) => sc.includes(showAll(k)));
    const also = w.atEnd("also", "it does not end so", (k) => showAll(k) !== sc[0]);
    const program = threadsThat([ordinary, also], ...texts);
    const search = searchProgram(program, { memory: "lkmm" });
    let slice = await search.next();
    while (slice.done !== true) slice = await search.next();
    for (const { name, trace } of resultOf(program, slice.value, "").specs) {
      if (!trace) continue;
      const told = toldOf(recorded(slice.value, name));
      assert.equal(isCyclic(told, trace.slice), !trace.sequential, `${name}: ${texts.join(" || ")}`);
      seen[trace.sequential ? "ordinary" : "weak"]++;
    }
  }
  assert.ok(seen.weak >= 5 && seen.ordinary > 100, JSON.stringify(seen));
});

test("a flush that is not made is none of the orders that a run under lkmm has in spite of", async () => {
  const flushed = world({
    x: int(0, 1),
    y: int(0, 1),
    entry: hardware(bool),
    isAsked: ghost(bool),
    sawX: ghost(bool),
    sawY: ghost(bool),
  });
  const flush = (k: StateOf<typeof flushed>): void => {
    if (k.isAsked) k.entry = false;
  };
  const program = toy({
    world: flushed,
    threads: {
      one: flushed.path("one", {
        "x = 1": once((k) => void (k.x = 1)),
        "flush_tlb()": flush,
        y: once((k) => void (k.sawY = k.y === 1)),
      }),
      two: flushed.path("two", {
        "y = 1": once((k) => void (k.y = 1)),
        "flush_tlb()": flush,
        x: once((k) => void (k.sawX = k.x === 1)),
      }),
    },
    init: (k) => void (k.entry = true),
    specs: [flushed.atEnd("one-sees", "one sees the other", ({ sawX, sawY }) => sawX || sawY)],
  });
  const search = searchProgram(program, { memory: "lkmm" });
  let told = await search.next();
  while (told.done !== true) told = await search.next();
  const { trace } = resultOf(program, told.value, "").specs.find(({ name }) => name === "one-sees")!;
  assert.deepEqual(trace!.slice.map((step) => trace!.steps[step]!.label).toSorted(), ["x", "x = 1", "y", "y = 1"]);
});

test("the order of December tells who came too early for whom: for want of a barrier in the remover, and in the mapper", async () => {
  const said = (await bundled())
    .filter(({ name }) => name.endsWith("no-stale-pte"))
    .filter(({ program: { scenario, params } }) => scenario === orders && params["order"] === "LCPGS")
    .map(({ trace: { steps, why } }) => {
      const { first, second } = why!.conflicts.find(({ decisive }) => decisive)!;
      return `${steps[first]!.label} | ${steps[second]!.label}`;
    });
  assert.deepEqual(
    new Set(said),
    new Set([
      "page_mapped(page)? | page_add_file_rmap(page)",
      "page->mapping == mapping? | page->mapping = NULL (batch)",
    ]),
  );
});
