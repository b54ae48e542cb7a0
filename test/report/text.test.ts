import assert from "node:assert/strict";
import { test } from "node:test";
import { showValue } from "../../src/model/layout.ts";
import { diagramLines, diagramOf, type Row } from "../../src/report/text/columns.ts";
import { plain } from "../../src/report/text/wrap.ts";
import { counterexampleText } from "../../src/report/text/text.ts";
import { remarksOf, threadsIn, traceOf } from "../../src/report/phrases.ts";
import { changesIn } from "./brackets.ts";
import { assertGolden } from "../golden.ts";
import { faultVsPunch } from "./fault-vs-punch.ts";
import { sampleOf, SAMPLES, type Sample } from "./sample.ts";
import { abba, pingPong } from "./small-models.ts";

const WIDTHS = [72, 66] as const;
const dense = (text: string): string => text.replaceAll(/\s/g, "");
const diagram = ({ result, spec }: Sample, width: number) =>
  diagramOf(result, traceOf(spec), remarksOf(spec), { width, isFull: true });

/** What each step or waiting thread says, all its rows joined. */
function events(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  for (const row of rows)
    if (row.kind === "more") groups.at(-1)!.push(row);
    else groups.push([row]);
  return groups.filter(([first]) => first!.kind !== "call");
}

for (const [name, make] of SAMPLES) {
  test(`text of ${name}: the same as ever`, () => {
    const { result, spec } = make();
    assertGolden(`report/${name}.txt`, counterexampleText(result, spec));
  });

  test(`text of ${name}: printable, and no wider than asked for`, () => {
    const { result, spec } = make();
    for (const width of [...WIDTHS, 100, 40]) {
      const text = counterexampleText(result, spec, { width });
      assert.match(text, /^[\x20-\x7e\n]*[^\n]\n$/);
      for (const line of text.split("\n")) {
        assert.ok(line.length <= width, `'${line}' is longer than ${width}`);
        assert.equal(line, line.trimEnd());
      }
    }
  });

  test(`text of ${name}: one row starts each step, in the column of its CPU, with its whole label`, () => {
    const sample = make();
    const trace = traceOf(sample.spec);
    const threads = threadsIn(trace);
    for (const width of WIDTHS) {
      const { rows } = diagram(sample, width);
      assert.equal(rows.filter(({ kind }) => kind === "step").length, trace.steps.length);
      const said = events(rows);
      const expected = [...trace.steps, ...trace.ending.blocked];
      assert.equal(said.length, expected.length);
      for (const [i, { thread, label }] of expected.entries()) {
        for (const { column } of said[i]!) assert.equal(threads[column], thread);
        const text = dense(said[i]!.map((row) => row.text).join(""));
        assert.ok(text.startsWith(dense(plain(label))), `'${text}' does not show '${label}'`);
      }
    }
  });

  test(`text of ${name}: brackets name what a step changed, with the values before and after it`, () => {
    const sample = make();
    const trace = traceOf(sample.spec);
    const state = new Map(trace.initial.map(({ field, value }) => [field, showValue(value)]));
    for (const [i, rows] of events(diagram(sample, 72).rows).entries()) {
      const step = trace.steps[i];
      const text = rows.map((row) => row.text.trim()).join(" ");
      const brackets = changesIn(text).map((change) => /^(\S+): (\S+) -> (\S+)$/.exec(change)!.slice(1));
      for (const [field, from, to] of brackets) {
        assert.notEqual(from, to);
        assert.equal(state.get(field!), from);
        state.set(field!, to!);
      }
      const changed = step?.changes.filter(({ scope }) => scope === "shared").map(({ field }) => field) ?? [];
      assert.deepEqual(
        brackets.map(([field]) => field),
        changed,
      );
    }
  });
}

test("two columns: a row fills one of them, and the second begins near the middle", () => {
  for (const name of ["two-cpus", "to-the-end", "to-and-fro", "stuck", "bug"])
    for (const width of WIDTHS) {
      const drawn = diagram(SAMPLES.find(([other]) => other === name)![1](), width);
      const { starts, header } = drawn;
      const [, second] = starts;
      assert.ok(second! >= width / 2 - 8 && second! <= width / 2 + 8, `${name}: column at ${second}`);
      const lines = diagramLines(drawn);
      assert.equal(lines[header.length - 1], `${"----".padEnd(second!)}----`);
      for (const line of lines.slice(header.length)) {
        const cells = [line.slice(0, second), line.slice(second)].filter((cell) => cell.trim() !== "");
        assert.equal(cells.length, 1, `'${line}'`);
        assert.equal(line.slice(second! - 2, second).trim(), "", `'${line}' touches the gap`);
      }
    }
});

test("three columns stand side by side where there is room", () => {
  const sample = sampleOf(faultVsPunch, "one-stale-pte", { faulters: 2 });
  const drawn = diagram(sample, 100);
  const { starts, header } = drawn;
  assert.deepEqual(starts, [0, 34, 68]);
  for (const line of diagramLines(drawn).slice(header.length)) {
    const cells: readonly string[] = starts.map((start, i) => line.slice(start, starts[i + 1]).trim());
    assert.equal(cells.filter((cell) => cell !== "").length, 1, `'${line}'`);
  }
});

test("a row of any column begins where the column does", () => {
  for (const [, make] of SAMPLES) {
    const drawn = diagram(make(), 72);
    const lines = diagramLines(drawn).slice(drawn.header.length);
    for (const [i, { column, text }] of drawn.rows.entries()) {
      const start = drawn.starts[column]!;
      assert.equal(lines[i]!.slice(start), text);
      assert.equal(lines[i]!.slice(0, start), drawn.areLanes ? "|    ".repeat(column) : " ".repeat(start));
    }
  }
});

test("a call is printed when a thread enters it, and not again while it stays inside", () => {
  const { rows } = diagram(sampleOf(faultVsPunch, "no-stale-pte"), 72);
  const calls = rows.filter(({ kind }) => kind === "call").map(({ text }) => text);
  assert.deepEqual(calls, [
    "do_fault_around(vmf)",
    "unmap_mapping_range(mapping, start,",
    " alloc_set_pte(vmf, page)",
    "delete_from_page_cache(page)",
  ]);
});

test("a stuck run says who waits for what, and who set it", () => {
  const { result, spec } = sampleOf(abba, "not-stuck");
  const text = counterexampleText(result, spec);
  assert.match(text, /CPU0 \(dedupe\) waits: folio_lock\(second\) > folio_trylock\(\) or sleep\n/);
  assert.match(text, / folios\[1\]\.locked == true, set by CPU1 \(migrate\) in step 2\n/);
});

test("a witness is reached, not violated", () => {
  const { result, spec } = sampleOf(faultVsPunch, "page-leaves");
  const text = counterexampleText(result, spec);
  assert.match(text, /^fault-vs-punch: page-leaves reached\n/);
  assert.match(text, /<-- reaches page-leaves/);
  assert.doesNotMatch(text, /violat/);
});

test("a cut search says so", () => {
  const { result, spec } = sampleOf(pingPong, "few-turns", {}, 19);
  assert.match(counterexampleText(result, spec), /\n19 states, .*: search cut by --max-states 19\n/);
});

test("a spec that fails at once needs no diagram", () => {
  const { result, spec } = sampleOf(pingPong, "starts-high");
  assert.match(counterexampleText(result, spec), /\n0 steps: an initial state violates it\n/);
});

test("a long command is folded as a shell would take it", () => {
  const { result, spec } = sampleOf(abba, "not-stuck");
  const command = `faultline check abba ${Array.from({ length: 9 }, (_, i) => `--set parameter${i}=${i}`).join(" ")}`;
  const text = counterexampleText({ ...result, command }, spec);
  const pasted = text.slice(text.indexOf("reproduce: ") + "reproduce: ".length).replaceAll(/ \\\n +/g, " ");
  assert.equal(pasted, `${command} --spec not-stuck\nreplay: faultline replay ${spec.token}\n`);
});

test("a spec without a trace has no counterexample", () => {
  const { result, spec } = sampleOf(faultVsPunch, "no-stale-pte", { check: "trylock" });
  assert.equal(spec.verdict, "holds");
  assert.throws(() => counterexampleText(result, spec), /has no trace/);
});
