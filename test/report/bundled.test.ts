import assert from "node:assert/strict";
import { test } from "node:test";
import { diagramLines, diagramOf, type Row } from "../../src/report/text/columns.ts";
import { heldAtEnd } from "../../src/report/locks.ts";
import { plain } from "../../src/report/text/wrap.ts";
import { counterexampleText, kernelText } from "../../src/report/text/text.ts";
import { remarksOf, threadsIn } from "../../src/report/phrases.ts";
import { showValue } from "../../src/model/layout.ts";
import type { Result, SpecResult } from "../../src/result/result.ts";
import { violations } from "../violations.ts";
import { changesIn } from "./brackets.ts";

const WIDTHS = [72, 66] as const;

/** Every counterexample of the bundled models. */
async function counterexamples(): Promise<readonly { readonly result: Result; readonly spec: SpecResult }[]> {
  return (await violations()).flatMap(({ result }) =>
    result.specs.filter(({ verdict }) => verdict === "violated").map((spec) => ({ result, spec })),
  );
}

const eventsOf = (rows: readonly Row[]): readonly (readonly Row[])[] => {
  const events: Row[][] = [];
  for (const row of rows)
    if (row.kind === "more") events.at(-1)!.push(row);
    else events.push([row]);
  return events.filter(([first]) => first!.kind !== "call");
};

test("there are counterexamples of at least ten scenarios with their parameters", async () => {
  assert.ok((await violations()).length >= 10);
});

test("bundled counterexamples: printable ASCII, no line too wide, none ends in a blank", async () => {
  for (const { result, spec } of await counterexamples())
    for (const width of WIDTHS)
      for (const isFull of [false, true])
        for (const text of [
          counterexampleText(result, spec, { width, isFull }),
          kernelText(result, spec, { width, isFull }),
        ]) {
          assert.match(text, /^[\x20-\x7e\n]*[^\n]\n$/);
          for (const line of text.split("\n")) {
            assert.ok(line.length <= width, `'${line}' is longer than ${width}`);
            assert.equal(line, line.trimEnd());
          }
        }
});

test("bundled counterexamples: rows are the steps that matter, folded ones are counted, and each is in its CPU's column", async () => {
  for (const { result, spec } of await counterexamples())
    for (const width of WIDTHS) {
      const trace = spec.trace!;
      const drawn = diagramOf(result, trace, remarksOf(spec), { width });
      const events = eventsOf(drawn.rows);
      const steps = events.filter(([first]) => first!.kind === "step");
      const folded = events
        .filter(([first]) => first!.kind === "folded")
        .map(([first]) => Number(/<(\d+) unrelated steps?>/.exec(first!.text)![1]));
      assert.equal(steps.length, trace.slice.length);
      assert.equal(steps.length + folded.reduce((sum, count) => sum + count, 0), trace.steps.length);
      for (const [i, rows] of steps.entries())
        for (const { column } of rows) assert.equal(threadsIn(trace)[column], trace.steps[trace.slice[i]!]!.thread);
      const lines = diagramLines(drawn).slice(drawn.header.length);
      for (const [i, { column, kind, text }] of drawn.rows.entries()) {
        const start = drawn.starts[column]!;
        assert.equal(lines[i]!.slice(start), text);
        assert.match(lines[i]!.slice(0, start), drawn.areLanes ? /^(\| {4})*$/ : /^ *$/);
        // A line across all columns.
        if (!drawn.areLanes && kind !== "loop")
          assert.ok(start + text.length <= (drawn.starts[column + 1] ?? Infinity) - 2);
      }
    }
});

test("bundled counterexamples: a step that a sentence names is shown with its number, and the number is that of the result", async () => {
  let named = 0;
  for (const { result, spec } of await counterexamples()) {
    const { steps, slice } = spec.trace!;
    const text = counterexampleText(result, spec, { width: 200 });
    const [above, below] = text.split(`\n\n${spec.name}`) as [string, string];
    const numbers = [...below.matchAll(/'([^\n]*?)' \((\d+)\)/g)];
    for (const [, label, number] of numbers) {
      named++;
      const step = Number(number) - 1;
      assert.ok(label!.endsWith(plain(steps[step]!.label)), `${result.scenario} ${spec.name}: ${label} (${number})`);
      assert.ok(slice.includes(step), `${result.scenario} ${spec.name}: step ${number} is folded`);
      assert.ok(
        // A long label goes on in the next line of its column, also where it has no space.
        above.replaceAll(/\s+/g, "").includes(`(${number})${plain(steps[step]!.label).replaceAll(/\s+/g, "")}`),
        `${result.scenario} ${spec.name}: (${number})`,
      );
    }
    for (const [, number] of below.matchAll(/\bstep (\d+)(?!\d| of)/g))
      assert.ok(above.includes(`(${number}) `), number);
    for (const [, number] of below.matchAll(/after step (\d+) of/g)) assert.ok(above.includes(`(${number}) `), number);
  }
  assert.ok(named > 500, String(named));
});

test("bundled counterexamples: every bracket names a field that the step has changed, with both values", async () => {
  let brackets = 0;
  let shared = 0;
  for (const { result, spec } of await counterexamples()) {
    const trace = spec.trace!;
    const { rows } = diagramOf(result, trace, remarksOf(spec), { width: 72 });
    const steps = eventsOf(rows).filter(([first]) => first!.kind === "step");
    for (const [i, group] of steps.entries()) {
      const text = group.map((row) => row.text.trim()).join(" ");
      const said = changesIn(text);
      const changes = trace.steps[trace.slice[i]!]!.changes.filter(({ scope }) => scope === "shared");
      assert.deepEqual(
        said.toSorted(),
        changes.map(({ field, from, to }) => `${field}: ${showValue(from)} -> ${showValue(to)}`).toSorted(),
      );
      brackets += said.length;
      shared += said.length - text.split("[ ").length + 1;
    }
  }
  assert.ok(brackets > 100);
  assert.ok(shared > 10, `${shared} changes share a bracket`);
});

test("bundled counterexamples: who holds a lock at the end has taken it and not given it back", async () => {
  let held = 0;
  for (const { result, spec } of await counterexamples()) {
    const { steps } = spec.trace!;
    const text = counterexampleText(result, spec);
    for (const { thread, field, since } of heldAtEnd(spec.trace!)) {
      held++;
      const taken = steps[since]!.changes.find((change) => change.field === field);
      assert.ok(taken && taken.to !== false && taken.to !== 0, field);
      // Of a lock that several hold, the others come and go.
      const isShared = typeof taken.to === "number" && taken.to > 0;
      const later = steps.slice(since + 1).flatMap(({ changes }) => changes);
      assert.ok(isShared || later.every((change) => change.field !== field), field);
      assert.ok(text.includes(`holds ${field}`));
      // A number leads to a step that is shown with it.
      if (text.includes(`holds ${field}, since step ${since + 1}`)) assert.ok(text.includes(`(${since + 1}) `));
      assert.equal(steps[since]!.thread, thread);
    }
  }
  assert.ok(held > 10);
});

test("bundled counterexamples: what is told of a field is never contradicted by what a later step finds there", async () => {
  for (const { result, spec } of await counterexamples()) {
    const { steps, slice } = spec.trace!;
    const told = new Map<string, unknown>();
    const check = (field: string, value: unknown, step: number): void => {
      if (told.has(field)) assert.equal(value, told.get(field), `${result.scenario} ${spec.name}: ${field}, ${step}`);
    };
    const { loop = steps.length } = spec.trace!.schedule;
    // An endless run goes on with its loop, whose second round finds what the first one has left.
    for (const step of [...slice, ...slice.filter((one) => one >= loop)]) {
      const { reads, changes } = steps[step]!;
      const shared = changes.filter(({ scope }) => scope === "shared");
      for (const { field, value } of reads) check(field, value, step);
      for (const { field, from } of shared) check(field, from, step);
      for (const { field, to } of shared) told.set(field, to);
    }
  }
});

/** The scenarios of which a diagram has more than 60 rows: how many, and why. */
const TALL: Readonly<Record<string, { readonly rows: number; readonly because: string }>> = {
  "questions/whose-mm-is-woken": { rows: 143, because: "two processes take, leave and give back the same VMA" },
  "races/vma-refcnt-uaf": { rows: 136, because: "the same, and one of them exits" },
  "races/shmem-fault-vs-punch": {
    rows: 109,
    because: "an endless run: in each round the faults find the page, and another one behind it",
  },
  "races/uffd-move-swap-cache": { rows: 107, because: "the page is swapped in and out again in between" },
  "races/swapin-skips-cache": { rows: 90, because: "the same" },
  "questions/swap-cache-is-the-lock": { rows: 75, because: "the slot is dropped and used again in between" },
  "races/collapse-vs-pt-reclaim": { rows: 82, because: "a page table is emptied, freed and used again" },
  "races/hugetlb-share-vs-teardown": {
    rows: 79,
    because: "a process unmaps all of its memory while another one faults",
  },
  "questions/pmd-check-vs-dontneed": { rows: 69, because: "the same" },
  "questions/maps-misses-a-tail": { rows: 78, because: "a reader goes through all VMAs while one is split" },
  "shared-fault-vs-truncate": { rows: 63, because: "the page is removed whole while the fault has it" },
  "device-fault-by-release": {
    rows: 191,
    because: "an endless run: in each round two faults take the page and put it back, as they do before the first one",
  },
  pairs: {
    rows: 74,
    because: "a collapse looks at the page, isolates, unmaps and frees it, all of it before a write is over",
  },
  "vma-lock-vs-munmap": {
    rows: 67,
    because: "munmap() takes the VMA out and goes on as a reader while one fault runs",
  },
  "questions/stale-file-end": { rows: 63, because: "each page of a large folio is mapped by steps of its own" },
};
const MOST_ROWS = 60;

test("bundled counterexamples: most diagrams have at most 34 rows, none more than 60 but those that are named with the reason", async () => {
  const all = (await counterexamples()).map(({ result, spec }) => ({
    scenario: result.scenario,
    isEndless: spec.trace!.schedule.loop !== undefined,
    rows: diagramOf(result, spec.trace!, remarksOf(spec), { width: 72 }).rows.length,
  }));
  const heights = all.map(({ rows }) => rows).toSorted((a, b) => a - b);
  assert.ok(heights[Math.floor(heights.length / 2)]! <= 34, heights.join());
  assert.ok(all.some(({ isEndless }) => isEndless));
  const tallest = new Map<string, number>();
  for (const { scenario, rows } of all)
    if (rows > MOST_ROWS) tallest.set(scenario, Math.max(rows, tallest.get(scenario) ?? 0));
  assert.deepEqual(
    Object.fromEntries(tallest),
    Object.fromEntries(Object.entries(TALL).map(([scenario, { rows }]) => [scenario, rows])),
  );
});
