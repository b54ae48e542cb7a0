import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, claim, scenario, world, type Claim } from "faultline";
import { claimLines } from "../../src/report/text/claims.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { casesOf, judgeClaim, type JudgedClaim } from "../../src/result/claim.ts";
import { exploreAll } from "../explore-all.ts";

const w = world({ a: bool, b: bool });
const set = scenario("set", {
  about: "Sets a, and b if it is told to",
  world: w,
  params: { both: bool, wrong: bool },
  threads: ({ both, wrong }) => ({
    t: w.path("set", {}, { "a = true": (k) => void (k.a = !wrong), "b = true": both && ((k) => void (k.b = true)) }),
  }),
  specs: [w.atEnd("a-set", "a is set", (k) => k.a), w.sometimes("b-set", "b is set", (k) => k.b)],
});

const base = { name: "T1", source: "test", says: "It works.", because: "It does." };
const plain = { scenario: set, vacuous: ["b-set"] };
const both = { scenario: set, set: { both: true } };
const wrong = { scenario: set, set: { both: true, wrong: true }, violated: ["a-set"] };

type Given = Omit<Claim, "name" | "source" | "says" | "because">;

/** Each case sees as many states as `limits` says, or all. */
function judged(given: Given, limits: readonly number[] = []): JudgedClaim {
  const one = claim({ ...base, ...given });
  const results = casesOf(one).map(([, { scenario, set: values }], i) => {
    const program = buildProgram(scenario, resolveParams(scenario, values ?? {}));
    const exploration = exploreAll(program, { maxStates: limits[i] ?? Infinity });
    return resultOf(program, exploration, "faultline check set");
  });
  return judgeClaim(one, results);
}

test("a claim is true if all its cases come out as claimed", () => {
  assert.equal(judged({ cases: [both], verdict: "true" }).verdict, "true");
  assert.equal(judged({ cases: [plain], verdict: "false" }).verdict, "false");
  assert.equal(judged({ cases: [{ ...plain, claims: { "a-set": "holds" } }], verdict: "true" }).verdict, "true");
  assert.equal(judged({ cases: [{ ...plain, claims: { "b-set": "vacuous" } }], verdict: "true" }).verdict, "true");
  assert.equal(judged({ cases: [{ ...wrong, claims: { "a-set": "violated" } }], verdict: "true" }).verdict, "true");
});

test("a claim is true only if ... when the condition makes it true, and nothing less does", () => {
  const provided = (met: typeof plain | typeof both, lacking: typeof wrong | typeof both) => ({
    cases: [wrong],
    provided: { condition: "both are set", met: [met], lacking: [lacking] },
    verdict: "true only if" as const,
  });
  assert.equal(judged(provided(both, wrong)).verdict, "true only if");
  assert.equal(judged(provided(plain, wrong)).verdict, "false", "the condition is not enough");
  assert.equal(judged(provided(both, both)).verdict, "false", "the condition is more than needed");
});

test("a claim is as expected if its verdict and all pinned verdicts are", () => {
  assert.equal(judged({ cases: [both], verdict: "true" }).standing, "as expected");
  const other = judged({ cases: [both], verdict: "false" });
  assert.equal(other.standing, "different");
  assert.deepEqual(claimLines(other, false, undefined).at(-1), "  NOT AS EXPECTED: should be false");
  const unpinned = judged({ cases: [{ ...wrong, violated: [] }], verdict: "false" });
  assert.equal(unpinned.standing, "different");
  assert.ok(
    claimLines(unpinned, false, undefined).includes("  NOT AS EXPECTED: set both=true wrong=true: a-set violated"),
  );
});

test("a search that was cut hid a run that speaks against the claim", () => {
  const claimed = { cases: [both, wrong], verdict: "false" } as const;
  const one = judged(claimed, [1]);
  assert.equal(one.cases[0]!.result.search.cut, "--max-states 1");
  // Of the verdicts that are pinned of the other run, nothing is known.
  assert.deepEqual([one.verdict, one.standing], ["false", "open"]);
  assert.equal(judged(claimed, [Infinity, 1]).verdict, "undecided");
});

test("the run to look at speaks against the claim, if one does", () => {
  assert.equal(judged({ cases: [both, wrong], verdict: "false" }).deciding?.spec.name, "a-set");
  assert.equal(judged({ cases: [both], verdict: "true" }).deciding?.spec.name, "b-set");
  assert.equal(judged({ cases: [{ ...plain, claims: { "a-set": "holds" } }], verdict: "true" }).deciding, undefined);
});

test("a claim names only what exists", () => {
  const fails = (given: Partial<Claim>): RegExp | string => {
    try {
      claim({ ...base, cases: [both], verdict: "true", ...given });
      return "";
    } catch (error) {
      return String(error);
    }
  };
  assert.match(String(fails({ cases: [{ ...both, violated: ["a-sett"] }] })), /no spec of 'set'; did you mean 'a-set'/);
  assert.match(String(fails({ cases: [{ scenario: set, set: { bth: true } }] })), /no parameter 'bth'/);
  assert.match(String(fails({ cases: [] })), /there are no cases/);
  assert.match(String(fails({ name: "three" })), /cannot be the name of a claim/);
});
