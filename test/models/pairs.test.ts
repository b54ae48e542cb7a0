import assert from "node:assert/strict";
import { test } from "node:test";
import pairsAlone, { ALONE_CHANGED, ALONE_PAIRS } from "../../models/scenarios/pairs-alone-today.ts";
import pairsAnonToday, { ANON_FOLIO_CHANGED, ANON_FOLIO_PAIRS } from "../../models/scenarios/pairs-anon-today.ts";
import pairsAnon, { ANON_PAIRS } from "../../models/scenarios/pairs-anon.ts";
import pairsToday, { FOLIO_CHANGED, FOLIO_PAIRS } from "../../models/scenarios/pairs-today.ts";
import pairs, { FILE_PAIRS } from "../../models/scenarios/pairs.ts";
import type { EveryTwo } from "../../models/scenarios/every-two.ts";
import { waysIn } from "../../src/analysis/reachable.ts";
import { touchedBy } from "../../src/analysis/words.ts";
import { buildProgram } from "../../src/machine/build.ts";
import type { ProgramThread } from "../../src/machine/program.ts";
import { resolveParams, type Scenario } from "../../src/model/scenario.ts";

interface Family {
  readonly scenario: Scenario;
  readonly two: EveryTwo<string>;
  /** Of a family of two releases, the paths that are not the same in both. */
  readonly changed?: readonly string[];
}
const FAMILIES: readonly Family[] = [
  { scenario: pairs, two: FILE_PAIRS },
  { scenario: pairsAnon, two: ANON_PAIRS },
  { scenario: pairsToday, two: FOLIO_PAIRS, changed: FOLIO_CHANGED },
  { scenario: pairsAnonToday, two: ANON_FOLIO_PAIRS, changed: ANON_FOLIO_CHANGED },
  { scenario: pairsAlone, two: ALONE_PAIRS, changed: ALONE_CHANGED },
];

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted();
const pairOf = ({ first, second }: { readonly first: string; readonly second: string }): string => `${first} ${second}`;

test("every two paths are searched together, or have a reason why not", () => {
  for (const { two } of FAMILIES) {
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
  for (const { scenario, two, changed } of FAMILIES) {
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

test("what is searched for v7.1 alone is the same path in v6.12, and what is searched for both is not", () => {
  for (const { scenario, two, changed } of FAMILIES) {
    if (changed === undefined) continue;
    const shape = (name: string, release: string): readonly string[] =>
      shapeOf(programOf(scenario, { release, first: name, second: two.names[0]! }).threads[0]!);
    const differing = two.names.filter((name) => String(shape(name, "v6.12")) !== String(shape(name, "v7.1")));
    assert.deepEqual(differing, changed, scenario.name);
  }
});
