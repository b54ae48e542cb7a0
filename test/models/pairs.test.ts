import assert from "node:assert/strict";
import { test } from "node:test";
import { waysIn } from "../../src/analysis/reachable.ts";
import { touchedBy } from "../../src/analysis/words.ts";
import { buildProgram } from "../../src/machine/build.ts";
import type { ProgramThread } from "../../src/machine/program.ts";
import { resolveParams, type Scenario } from "../../src/model/scenario.ts";
import { PAIRS } from "./families.ts";

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted();
const pairOf = ({ first, second }: { readonly first: string; readonly second: string }): string => `${first} ${second}`;

test("every two paths are searched together, or have a reason why not", () => {
  for (const { two } of PAIRS) {
    const { names, together, apart } = two;
    const all = names.flatMap((first, i) => names.slice(i).map((second) => `${first} ${second}`));
    const said = [...together.map(pairOf), ...Object.keys(apart)];
    assert.deepEqual(sorted(said), sorted(all));
    for (const reason of Object.values(apart)) assert.ok(reason.length > 20, reason);
  }
});

const programOf = (scenario: Scenario, set: Readonly<Record<string, string>>) =>
  buildProgram(scenario, resolveParams(scenario, set));

/** What a path reads and writes of the memory that it shares with its like. */
function setsOf(scenario: Scenario, name: string, release: string | undefined) {
  const program = programOf(scenario, { first: name, second: name, ...(release !== undefined && { release }) });
  const touched = new Set<string>();
  const written = new Set<string>();
  for (const point of program.threads[0]!.points.keys())
    for (const way of waysIn(program, 0, point)) {
      for (const cell of touchedBy(way)) touched.add(cell.name);
      if (way.kind !== "moved") continue;
      for (const cell of way.writes.keys()) if (touchedBy(way).includes(cell)) written.add(cell.name);
    }
  return { touched, written };
}

test("every two paths that share a field which one of them writes are searched together, or have a reason", () => {
  for (const { scenario, two, changed } of PAIRS) {
    const release = changed === undefined ? undefined : "v7.1";
    const sets = new Map(two.names.map((name) => [name, setsOf(scenario, name, release)]));
    const pinned = new Set(
      scenario.expect.flatMap(({ set = {} }) =>
        set["release"] === release ? [`${String(set["first"])} ${String(set["second"])}`] : [],
      ),
    );
    for (const [i, first] of two.names.entries())
      for (const second of two.names.slice(i)) {
        const [a, b] = [sets.get(first)!, sets.get(second)!];
        const shares =
          [...a.written].some((cell) => b.touched.has(cell)) || [...b.written].some((cell) => a.touched.has(cell));
        const pair = `${first} ${second}`;
        if (!shares) continue;
        assert.ok(pinned.has(pair) || pair in two.apart, `${pair} of ${scenario.name} are never searched`);
      }
  }
});

/** A path, all that it calls put in, as far as it can be seen without running it. */
const shapeOf = ({ points }: ProgramThread): readonly string[] =>
  points.map(({ label, step }) => `${label}: ${step.order}`);

test("what is searched for one release alone is the same path in the next one, and what is searched for both is not", () => {
  for (const { scenario, two, changed, changedBefore } of PAIRS) {
    if (changed === undefined) continue;
    const shape = (name: string, release: string): readonly string[] =>
      shapeOf(programOf(scenario, { release, first: name, second: two.names[0]! }).threads[0]!);
    const differing = (one: string, other: string): readonly string[] =>
      two.names.filter((name) => String(shape(name, one)) !== String(shape(name, other)));
    assert.deepEqual(differing("v6.12", "v7.1"), changed, scenario.name);
    if (changedBefore !== undefined) assert.deepEqual(differing("v5.9", "v6.12"), changedBefore, scenario.name);
  }
});
