import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { counterexampleText } from "../../src/report/text/text.ts";
import { factsLine, summary, writtenLines } from "../../src/report/text/summary.ts";
import { resolveParams, scenario } from "../../src/model/scenario.ts";
import { int } from "../../src/model/domain.ts";
import { world } from "../../src/model/world.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result } from "../../src/result/result.ts";
import { exploreAll } from "../explore-all.ts";

const w = world({ n: int(0, 3), m: int(0, 3) });
const count = w.path(
  "count",
  {},
  {
    "n = m = 1": (k) => {
      k.n = 1;
      k.m = 1;
    },
    "n = m = 2": (k) => {
      k.m = 2;
      k.n = 2;
      return "n = 3";
    },
    skipped: () => {},
    "n = 3": (k) => {
      k.n = 3;
    },
  },
);
const counting = scenario("counting", {
  about: `Two threads count ${"and count ".repeat(10)}until they are done`,
  world: w,
  params: {},
  threads: () => ({ a: count, b: count }),
  specs: [
    w.always("never-3", "n never becomes 3", (k) => k.n < 3 || "n is 3"),
    w.always("never-2", "n never becomes 2", (k) => k.n < 2 || "n is 2"),
    w.sometimes("never-0", "n is nothing that it can be", (k) => k.n > 5),
    w.sometimes("at-the-start", "n is 0", (k) => k.n === 0),
  ],
});

function resultWith(maxStates = Infinity): Result {
  const program = buildProgram(counting, resolveParams(counting, {}));
  return resultOf(program, exploreAll(program, { maxStates }), "faultline check counting");
}

test("a summary says everything that a run found, in lines of at most 100 characters", () => {
  const result = resultWith();
  const text = summary(result, { color: false, quiet: false });
  const shortest = result.specs.find(({ name }) => name === "never-2")!;
  assert.equal(
    text,
    `counting: Two threads count and count and count and count and count and count and count and count
  and count and count and count until they are done
  violated   never-3       in 3 steps, 0 switches
  violated   never-2       in 2 steps, 0 switches
  vacuous    never-0       never reached
  holds      at-the-start  reached in an initial state
  holds      also checked: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes

${factsLine(result.search)}
never taken: count: skipped

${counterexampleText(result, shortest)}
note: 2 steps touch several fields at once, and nothing says why they may: undeclaredAtomics in
  result.json
`,
  );
  assert.ok(text.split("\n").every((line) => line.length <= 100 && /^[\x20-\x7e]*$/.test(line)));
});

test("notes are behind the counterexample, in one line of each kind; without one, the first of them in full", () => {
  const result = resultWith();
  const oddities = ["one", "two", "three", "four", "five"];
  const violated = summary({ ...result, oddities }, { color: false, quiet: false });
  assert.match(violated, /\nreplay: [^]*\nnote: 5 things are odd about the model: oddities in result\.json\n$/);
  assert.doesNotMatch(violated, /note: one$/m);
  const specs = result.specs.filter(({ verdict }) => verdict !== "violated");
  const fine = summary({ ...result, specs, undeclaredAtomics: [], oddities }, { color: false, quiet: false });
  assert.match(
    fine,
    /\nnote: one\nnote: two\nnote: three\nnote: 2 more things are odd about the model: oddities in result\.json\n$/,
  );
  const single = summary({ ...result, undeclaredAtomics: [], oddities: ["one"] }, { color: false, quiet: false });
  const more = { ...result, specs, undeclaredAtomics: [], oddities: oddities.slice(0, 4) };
  const four = summary(more, { color: false, quiet: false });
  assert.match(four, /\nnote: three\nnote: four\n$/, "one more is shown, not counted");
  assert.match(single, /\nreplay: [^]*\nnote: one\n$/);
});

test("a summary of a cut search claims nothing that was not seen", () => {
  const text = summary(resultWith(2), { color: false, quiet: false });
  assert.match(text, /^ {2}undecided {2}never-3\n {2}undecided {2}never-2\n {2}undecided {2}never-0$/m);
  assert.match(text, /^ {2}undecided {2}also checked: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes$/m);
  assert.match(
    text,
    /^undecided: 2 states, \d transitions?, depth 1; stopped by --max-states 2; \d waiting\n\d steps not taken so far$/m,
  );
});

test("colour is on the verdict words alone", () => {
  const result = resultWith();
  const coloured = summary(result, { color: true, quiet: true });
  const plain = summary(result, { color: false, quiet: true });
  assert.equal(stripVTControlCharacters(coloured), plain);
  for (const [i, line] of coloured.split("\n").entries())
    if (line !== "") assert.ok(line.startsWith("  \u001b[") && line.endsWith(plain.split("\n")[i]!.slice(12)), line);
});

test("the files of one spec stand on one line", () => {
  const long = "a-very-long-name-of-a-spec-that-somebody-chose";
  assert.deepEqual(writtenLines("out/x", ["a.txt", "a.dot", "a.svg", `${long}.txt`, `${long}.dot`, "result.json"]), [
    "written to out/x/:",
    "  a.txt a.dot a.svg",
    `  ${long}.txt`,
    `  ${long}.dot`,
    "  result.json",
  ]);
});
