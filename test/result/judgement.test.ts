import assert from "node:assert/strict";
import { test } from "node:test";
import { claim, int, scenario, world } from "faultline";
import { claimLines } from "../../src/report/text/claims.ts";
import { findingsOf } from "../../src/report/formats/findings.ts";
import { junit } from "../../src/report/formats/junit.ts";
import { sarif } from "../../src/report/formats/sarif.ts";
import { countedOf, pinnedLines, totalLine } from "../../src/cli/output/suite.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { judgeClaim } from "../../src/result/claim.ts";
import { judgement, standingOf } from "../../src/result/judgement.ts";
import type { Result, Verdict } from "../../src/result/result.ts";
import { exploreAll } from "../explore-all.ts";

const w = world({ n: int(0, 3) });
const counted = scenario("counted", {
  about: "Counts to one",
  world: w,
  params: {},
  threads: () => ({ t: w.path("count", {}, { "n++": (k) => void k.n++ }) }),
  specs: [w.always("small", "n is small", (k) => k.n < 2)],
});
const program = buildProgram(counted, {});
const held = resultOf(program, exploreAll(program), "faultline check counted");

/** The same run, had its spec this verdict. */
const withVerdict = (verdict: Verdict, cut: string | null = null): Result => ({
  ...held,
  search: { ...held.search, cut },
  specs: held.specs.map((spec) => (spec.name === "small" ? { ...spec, verdict } : spec)),
});

const VERDICTS: readonly Verdict[] = ["holds", "violated", "undecided", "vacuous", "not judged"];
const PINS = {
  holds: {},
  violated: { violated: ["small"] },
  undecided: { undecided: ["small"] },
  vacuous: { vacuous: ["small"] },
  "not judged": { unjudged: ["small"] },
} as const satisfies Record<Verdict, object>;

/** The exit code that a verdict should lead to beside a pinned one. */
const outcomeFor = (verdict: Verdict, pinned: Verdict): string =>
  verdict === pinned ? "held" : verdict === "undecided" || verdict === "not judged" ? "undecided" : "violated";

test("what is undecided or not judged passed as what is pinned, whatever that was", () => {
  for (const verdict of VERDICTS)
    for (const pinned of VERDICTS) {
      const { outcome } = judgement(withVerdict(verdict), PINS[pinned]);
      assert.equal(outcome, outcomeFor(verdict, pinned), `${verdict}, pinned: ${pinned}`);
    }
});

test("every report tells of a verdict beside the pinned one what the exit code tells", () => {
  for (const verdict of VERDICTS)
    for (const pinned of VERDICTS) {
      const result = withVerdict(verdict);
      const judged = judgement(result, PINS[pinned]);
      const what = `${verdict}, pinned: ${pinned}`;
      const run = { result, judgement: judged };
      const isGood = judged.outcome === "held";
      const isOpen = judged.outcome === "undecided";
      assert.equal(
        findingsOf(run).every(({ problem }) => problem === undefined),
        isGood,
        what,
      );
      const [failures, errors] = /failures="(\d)" errors="(\d)"/
        .exec(junit([run]))!
        .slice(1)
        .map(Number);
      assert.deepEqual([failures, errors], [isGood || isOpen ? 0 : 1, isOpen ? 1 : 0], what);
      const { results } = (sarif([run], "1") as { runs: [{ results: { level: string; suppressions?: unknown }[] }] })
        .runs[0];
      const told = results.map(({ level, suppressions }) => (suppressions ? "suppressed" : level));
      assert.deepEqual(
        told,
        isGood ? (verdict === "holds" ? [] : ["suppressed"]) : [isOpen ? "warning" : "error"],
        what,
      );
      const finished = {
        run: { scenario: counted, params: {}, set: {}, memory: "sc", folder: "", command: "", argument: "" } as const,
        result,
        judgement: judged,
        milliseconds: 0,
        stats: [],
      };
      const text = pinnedLines(finished, { color: false, quiet: true }).join("\n");
      const line = text.split("\n").find((one) => one.includes("small"))!;
      assert.equal(line.includes("as expected"), isGood, what);
      assert.equal(line.includes("NOT AS EXPECTED"), !isGood && !isOpen, what);
      const total = totalLine([countedOf(finished)], 1, finished.milliseconds);
      assert.ok(total.startsWith(`${isGood ? 1 : 0} of 1 run as expected`), total);
      assert.equal(total.includes("1 undecided"), isOpen, total);
    }
});

test("a claim was false, or true, of a run that tells nothing", () => {
  const judged = (verdict: Verdict, cut: string | null = null) =>
    judgeClaim(
      claim({
        name: "T1",
        source: "a test",
        says: "n is small.",
        because: "It is.",
        verdict: "true",
        cases: [{ scenario: counted }],
      }),
      [withVerdict(verdict, cut)],
    );
  assert.deepEqual([judged("holds").verdict, judged("holds").standing], ["true", "as expected"]);
  assert.deepEqual([judged("violated").verdict, judged("violated").standing], ["false", "different"]);
  for (const verdict of ["undecided", "not judged"] as const) {
    const one = judged(verdict);
    assert.deepEqual([one.verdict, one.standing], ["undecided", "open"]);
    assert.equal(claimLines(one, false, undefined)[0], "T1  undecided  should be true");
  }
});

test("a search that was cut passed in JUnit where its specs were as pinned", () => {
  const result = withVerdict("holds", "--max-states 1");
  const judged = judgement(result, {});
  assert.equal(judged.outcome, "undecided");
  const xml = junit([{ result, judgement: judged }]);
  assert.match(xml, /<error message="the search was cut: --max-states 1" type="undecided">/);
});

test("an open verdict is open beside every other one", () => {
  assert.equal(standingOf("undecided", "not judged"), "open");
  assert.equal(standingOf("holds", "undecided"), "different");
});

test("one run was pinned twice, or one spec in two ways", () => {
  const pin = (...expect: readonly object[]) =>
    scenario("pinned", {
      about: "Counts to one",
      world: w,
      params: { to: int(1, 2) },
      threads: () => ({ t: w.path("count", {}, { "n++": (k) => void k.n++ }) }),
      specs: [w.always("small", "n is small", (k) => k.n < 2)],
      expect,
    });
  const twice = /expect pins the same run twice: to=1 under sc/;
  assert.throws(() => pin({}, {}), twice);
  assert.throws(() => pin({}, { set: { to: 1 }, violated: ["small"] }), twice);
  assert.throws(() => pin({ memory: "sc" }, {}), twice);
  assert.throws(
    () => pin({ memory: "lkmm" }, { memory: "lkmm", states: 2 }),
    /pins the same run twice: to=1 under lkmm/,
  );
  assert.doesNotThrow(() => pin({}, { memory: "tso" }, { memory: "lkmm" }, { set: { to: 2 } }));
  assert.throws(() => pin({ violated: ["small"], vacuous: ["small"] }), /pins 'small' as violated and as vacuous/);
  assert.throws(() => pin({ undecided: ["smal"] }), /expect names 'smal'.*did you mean 'small'/);
});
