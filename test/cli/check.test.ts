import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import type { Result } from "../../src/result/result.ts";
import { faultline, filesUnder, inFolder, LOST_UPDATE, modelWith, readJson, reportsOf } from "./recorded.ts";

test("a named scenario is told the truth about: verdicts, facts, counterexample, files", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const { code, out, err } = await faultline(folder, "check race.ts");
    assert.equal(code, 1);
    assert.equal(err, "");
    const text = await readFile(join(folder, "out/lost-update/sum.txt"), "utf8");
    assert.equal(
      out,
      `lost-update threads=2: Threads add one without a lock
  violated   sum  in 4 steps, 2 switches
  holds      two  reached in 4 steps
  holds      also checked: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes

8 states, 9 transitions, depth 4: every interleaving was explored, up to who is who in t

${text}
written to out/lost-update/:
  sum.txt sum.dot sum.svg
  two.txt two.dot two.svg
  result.json
`,
    );
    assert.match(
      text,
      /\nreproduce: faultline check race\.ts --spec sum\nreplay: faultline replay race\.ts:sum:[0-9x.]+:\w{4}-\w{4}\n$/,
    );
    const files = await filesUnder(join(folder, "out/lost-update"));
    assert.deepEqual(files, ["result.json", ...reportsOf("sum"), ...reportsOf("two")]);
    assert.match(await readFile(join(folder, "out/lost-update/sum.svg"), "utf8"), /<svg/);
  });
});

test("the bundled scenarios answer to their names", async () => {
  await inFolder({}, async (folder) => {
    const good = await faultline(folder, "check fault-around-vs-punch --set order=trylock");
    assert.equal(good.code, 0, good.err);
    assert.match(good.out, /^\d+ states, \d+ transitions, depth \d+: every interleaving was explored$/m);
    const bad = await faultline(folder, "check fault-around-vs-punch --set order=patch4 --out here/and/there");
    assert.equal(bad.code, 1, bad.err);
    const files = await filesUnder(join(folder, "here/and/there/fault-around-vs-punch"));
    assert.ok(reportsOf("no-stale-pte").every((name) => files.includes(name)));
    assert.ok(bad.out.split("\n").every((line) => line.length <= 100 && /^[\x20-\x7e]*$/.test(line)));
  });
});

test("a step or a spec that is never reached is a vacuous success", async () => {
  const steps = `"a": () => done, "b": () => {},`;
  const specs = `w.sometimes("two", "n is two", (k) => k.n === 2)`;
  const models = {
    "step.ts": modelWith({ steps }),
    "spec.ts": modelWith({ steps, specs, config: `unreached: () => ["p: b"],` }),
    "declared.ts": modelWith({ steps, config: `unreached: () => ["p: b"],` }),
  };
  await inFolder(models, async (folder) => {
    const step = await faultline(folder, "check step.ts");
    assert.equal(step.code, 4);
    assert.match(
      step.out,
      /^never taken: p: b\nvacuous: 1 step is never taken; if that is meant: unreached: .*\["p: b"\]$/m,
    );
    const quiet = await faultline(folder, "check step.ts --quiet");
    assert.deepEqual([quiet.code, quiet.out.split("\n").at(-2)?.slice(0, 8)], [4, "vacuous:"]);
    const spec = await faultline(folder, "check spec.ts");
    assert.equal(spec.code, 4);
    assert.match(spec.out, /^ {2}vacuous {4}two {2}never reached$/m);
    const declared = await faultline(folder, "check declared.ts");
    assert.doesNotMatch(declared.out, /vacuous/);
    assert.equal(declared.code, 0);
    assert.match(declared.out, /^never taken, as the scenario declares: 1 step$/m);
  });
});

test("where runs end at a check that fails, what holds is said to hold as far as there", async () => {
  const steps = `"a": (k) => bugOn(true, "always"), "b": (k) => { k.n = 2; },`;
  const specs = `w.always("one", "n is at most 1", (k) => k.n <= 1)`;
  const both = `"a": (k) => { if (k.lock) k.n = 9; else bugOn(true, "unlocked"); },`;
  const lock = `init: (k) => { k.lock = choose(true, false); },`;
  const models = { "m.ts": modelWith({ steps, specs }), "two.ts": modelWith({ steps: both, specs, config: lock }) };
  await inFolder(models, async (folder) => {
    for (const memory of ["", " --memory tso", " --memory lkmm", " --engine reference"]) {
      const { code, out } = await faultline(folder, `check m.ts --spec one${memory}`);
      assert.equal(code, 4, out);
      assert.match(out, /^ {2}holds {6}one$/m);
      assert.match(out, /: every (interleaving|run) .* as far as no-bug holds$/m);
    }
    const { search } = (await readJson(folder, "out/mine/result.json")) as Result;
    assert.deepEqual(search.endsAt, ["no-bug"]);
    const { out } = await faultline(folder, "check two.ts");
    assert.match(out, /every interleaving was explored as far as no-bug and in-range hold$/m);
  });
});

test("a cut search is undecided, but what it found stays found", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const cut = await faultline(folder, "check race.ts --max-states 5");
    assert.equal(cut.code, 3);
    assert.match(cut.out, /^undecided: 5 states, \d+ transitions, depth 3; stopped by --max-states 5; \d+ waiting$/m);
    assert.match(cut.out, /^ {2}undecided {2}sum$/m);
    assert.doesNotMatch(cut.out, /holds/);
    const exact = await faultline(folder, "check race.ts --max-states 8");
    assert.equal(exact.code, 1);
    assert.match(exact.out, /every interleaving was explored/);
    const pinned = await faultline(folder, "check race.ts --expected --max-states 5");
    assert.equal(pinned.code, 3);
    assert.match(pinned.out, /^ {2}undecided {2}sum {2}should be violated$/m);
    assert.match(pinned.out, /^0 of 2 runs as expected, 2 undecided:/m);
  });
});

test("a violation counts, however much is left to see", async () => {
  const steps = `"a": (k) => { k.n = 1; }, "b": (k) => { k.n = 2; }, "c": (k) => { k.n = 3; },`;
  const specs = `w.always("none", "n is never 1", (k) => k.n !== 1)`;
  await inFolder({ "m.ts": modelWith({ steps, specs, config: "expect: [{}]," }) }, async (folder) => {
    const named = await faultline(folder, "check m.ts --max-states 3");
    assert.equal(named.code, 1);
    assert.match(named.out, /^ {2}violated {3}none {2}in 1 step, 0 switches$/m);
    assert.match(named.out, /^undecided: 3 states, 3 transitions, depth 2; stopped by --max-states 3$/m);
    assert.equal((await faultline(folder, "check m.ts --expected --max-states 3")).code, 1);
  });
});

test("of several scenarios the worst outcome counts", async () => {
  const vacuous = modelWith({ steps: `"a": () => done, "b": () => {},` });
  await inFolder({ "race.ts": LOST_UPDATE, "vacuous.ts": vacuous }, async (folder) => {
    assert.equal((await faultline(folder, "check vacuous.ts race.ts")).code, 1);
    assert.equal((await faultline(folder, "check vacuous.ts race.ts --max-states 2")).code, 3);
  });
});

test("--spec checks the named specs alone", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const two = await faultline(folder, "check race.ts --spec two --spec not-stuck");
    assert.equal(two.code, 0);
    assert.match(two.out, /^ {2}holds {6}two {2}reached in 4 steps\n {2}holds {6}also checked: not-stuck\n\n/m);
    assert.deepEqual(
      await filesUnder(join(folder, "out")),
      ["result.json", ...reportsOf("two")].map((name) => `lost-update/${name}`),
    );
    const builtIn = await faultline(folder, "check race.ts --spec not-stuck --quiet");
    assert.equal(builtIn.out, "  holds      not-stuck\n");
    assert.equal((await faultline(folder, "check --spec fault-maps --quiet")).code, 0);
    // What is asked of no step does not hold.
    for (const name of ["locking", "use-after-free"]) {
      const { code, err } = await faultline(folder, `check race.ts --spec two --spec ${name}`);
      assert.equal(code, 2);
      assert.match(err, new RegExp(`nothing here is checked for '${name}'`));
    }
  });
});

test("--quiet prints the verdicts alone", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "ok.ts": modelWith({ steps: `"a": () => {},` }) }, async (folder) => {
    const one = await faultline(folder, "check ok.ts --quiet");
    assert.equal(
      one.out,
      ["no-bug", "no-oops", "in-range", "guarded", "not-stuck", "never-finishes"]
        .map((name) => `  holds      ${name}\n`)
        .join(""),
    );
    const two = await faultline(folder, "check ok.ts race.ts --quiet");
    assert.match(two.out, /^mine\n(?: {2}holds.*\n){6}lost-update threads=2\n {2}violated/);
    assert.equal(two.err, "");
  });
});

test("verdicts are coloured on a terminal only, and only if nobody says no", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const out = async (line: string, isTerminal: boolean, env = {}): Promise<string> =>
      (await faultline(folder, `check race.ts ${line}`, { isTerminal, env })).out;
    const coloured = await out("", true);
    assert.ok(coloured.includes("\n  \u001b[31mviolated\u001b[39m   sum"));
    const plain = await out("", false);
    assert.equal(await out("--no-color", true), plain);
    assert.equal(await out("", true, { NO_COLOR: "1" }), plain);
    assert.equal(stripVTControlCharacters(coloured), plain);
  });
});

test("--format json prints one document, the one that is kept in result.json", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const { code, out, err } = await faultline(folder, "check race.ts --format json");
    assert.equal(code, 1);
    assert.equal(err, "written to out/lost-update/: 7 files\n");
    const document: unknown = JSON.parse(out);
    assert.deepEqual(document, await readJson(folder, "out/lost-update/result.json"));
    assert.ok(typeof document === "object" && document !== null && "files" in document);
    assert.deepEqual(document.files, ["sum.txt", "sum.dot", "sum.svg", "two.txt", "two.dot", "two.svg"]);
    const again = await faultline(folder, "check race.ts --format json --quiet");
    assert.equal(again.out, out, "the same bytes");
    assert.equal(again.err, "");
    const pinned: unknown = JSON.parse((await faultline(folder, "check race.ts --expected --format json")).out);
    assert.ok(Array.isArray(pinned));
    assert.deepEqual(
      pinned.map(({ expected }: { expected: unknown }) => expected),
      [2, 3].map(() => ({
        outcome: "same",
        verdicts: {
          sum: "violated",
          two: "holds",
          "no-bug": "holds",
          "no-oops": "holds",
          "in-range": "holds",
          guarded: "holds",
          "not-stuck": "holds",
          "never-finishes": "holds",
        },
        unexpected: [],
        differences: [],
      })),
    );
  });
});
