import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, filesUnder, inFolder, LOST_UPDATE, modelWith, reportsOf } from "./recorded.ts";

test("--expected judges the pinned runs of a scenario, --set those that match", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const all = await faultline(folder, "check race.ts --expected --no-color");
    assert.equal(all.code, 0, all.err);
    assert.equal(
      all.out.replaceAll(/\d+\.\d s/g, "TIME"),
      `lost-update threads=2
  8 states, 9 transitions, depth 4: every interleaving was explored, up to who is who in t, TIME
  violated   sum  as expected; in 4 steps, 2 switches
  holds      two  as expected; reached in 4 steps
  holds      also checked: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes

lost-update threads=3
  20 states, 31 transitions, depth 6: every interleaving was explored, up to who is who in t, TIME
  violated   sum  as expected; in 6 steps, 3 switches
  holds      two  as expected; reached in 4 steps
  holds      also checked: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes

written to out/lost-update/: 14 files in 2 folders

2 of 2 runs as expected: 28 states, TIME
`,
    );
    const folders = ["threads=2", "threads=3"].flatMap((name) =>
      ["result.json", ...reportsOf("sum"), ...reportsOf("two")].map((file) => `${name}/${file}`),
    );
    assert.deepEqual(await filesUnder(join(folder, "out/lost-update")), folders);
    const one = await faultline(folder, "check race.ts --expected --set threads=3 --quiet");
    assert.equal(
      one.out,
      `lost-update threads=3
  violated   sum  as expected; in 6 steps, 3 switches
  holds      two  as expected; reached in 4 steps
  holds      also checked: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes
`,
    );
  });
});

test("many runs are made on all cores, and it cannot be seen", async () => {
  await inFolder({}, async (folder) => {
    const timeless = (text: string): string => text.replaceAll(/\d+\.\d(?=\s+s\b)/g, "TIME").replaceAll(/\s+/g, " ");
    const check = "check fault-around-vs-collapse --expected --html --itf --out";
    const alone = await faultline(folder, `${check} one --threads 1`);
    const together = await faultline(folder, `${check} two --threads 2`);
    assert.equal(together.code, 0);
    assert.equal(timeless(together.out).replaceAll("two/", "one/"), timeless(alone.out));
    assert.equal(together.err, "");
    const files = await filesUnder(join(folder, "one"));
    assert.ok(files.length > 9 && files.some((name) => name.endsWith(".svg")));
    assert.deepEqual(await filesUnder(join(folder, "two")), files);
    for (const file of files)
      assert.ok(
        readFileSync(join(folder, "one", file), "utf8") === readFileSync(join(folder, "two", file), "utf8"),
        file,
      );
  });
});

test("many runs were interrupted, and one that was begun was lost or one that was not begun was made", async () => {
  await inFolder({}, async (folder) => {
    const { code, out } = await faultline(folder, "check fault-around-vs-collapse --expected --threads 2", {
      interrupts: (interrupt) => interrupt(),
    });
    assert.equal(code, 3);
    assert.match(out, /^0 of 15 runs as expected, 1 undecided, 14 not started: /m);
  });
});

test("a run was short of memory because others ran beside it", async () => {
  await inFolder({}, async (folder) => {
    const check = "check fault-around-vs-collapse --expected --max-memory 1K";
    const alone = await faultline(folder, `${check} --threads 1`);
    const together = await faultline(folder, `${check} --threads 2`);
    assert.deepEqual([together.code, together.err], [2, alone.err]);
  });
});

test("--expected needs something pinned", async () => {
  const pinned = LOST_UPDATE.replace(/\{ set: \{ threads: 3 \}.*/, "");
  const nothing = LOST_UPDATE.replace(/ {2}expect: \[[\s\S]*\],\n/, "");
  await inFolder({ "one.ts": pinned, "none.ts": nothing }, async (folder) => {
    const one = await faultline(folder, "check one.ts --expected --set threads=3");
    assert.equal(one.code, 2);
    assert.equal(one.err, "error: no pinned run has these parameter values\n       pinned: lost-update threads=2\n");
    const none = await faultline(folder, "check none.ts --expected");
    assert.equal(none.code, 2);
    assert.match(none.err, /scenario 'lost-update' has no pinned runs\n {7}try: give it `expect/);
    const both = await faultline(folder, "check none.ts two-faults --expected --quiet");
    assert.equal(both.code, 0);
    assert.equal(both.err, "warning: scenario 'lost-update' has no pinned runs and is not checked\n");
  });
});

test("what is not as expected is said, and ends in exit code 1", async () => {
  const steps = `"a": (k) => { k.n = 1; return done; }, "b": () => {},`;
  const specs = `w.atEnd("one", "n is one", (k) => k.n === 1), w.sometimes("two", "n is two", (k) => k.n === 2)`;
  const lines = async (config: string): Promise<readonly string[]> => {
    let found: readonly string[] = [];
    await inFolder({ "m.ts": modelWith({ steps, specs, config }) }, async (folder) => {
      const { code, out, err } = await faultline(folder, "check m.ts --expected");
      assert.equal(code, out.includes("NOT AS EXPECTED") ? 1 : 0, err);
      assert.ok(code === 0 || out.includes("0 of 1 run as expected, 1 not as expected:"), out);
      found = out.split("\n").filter((line) => line.includes("NOT AS EXPECTED"));
    });
    return found;
  };
  const unreached = `unreached: () => ["p: b"],`;
  assert.deepEqual(await lines(`${unreached} expect: [{ vacuous: ["two"], states: 2 }],`), []);
  assert.deepEqual(await lines(`${unreached} expect: [{}],`), [
    "  vacuous    two  NOT AS EXPECTED: should hold; never reached",
  ]);
  assert.deepEqual(await lines(`${unreached} expect: [{ violated: ["one"], vacuous: ["two"] }],`), [
    "  holds      one  NOT AS EXPECTED: should be violated",
  ]);
  assert.deepEqual(await lines(`${unreached} expect: [{ violated: ["not-stuck"], vacuous: ["two"] }],`), [
    "  holds      not-stuck  NOT AS EXPECTED: should be violated",
  ]);
  assert.deepEqual(await lines(`${unreached} expect: [{ vacuous: ["two"], states: 3 }],`), [
    "  NOT AS EXPECTED: 2 states, expected 3",
  ]);
  assert.deepEqual(await lines(`expect: [{ vacuous: ["two"] }],`), [
    "  NOT AS EXPECTED: never taken, which the scenario does not declare: p: b",
  ]);
  assert.deepEqual(await lines(`unreached: () => ["p: *"], expect: [{ vacuous: ["two"] }],`), []);
});

test("a spec that is pinned as not judged could not be asked for by name", async () => {
  const model = modelWith({
    steps: `"lock": (k) => { k.lock = true; }, "n = 1": (k) => { k.n = 1; }`,
    specs: `w.always("small", "n is small without the lock", (k) => k.lock || k.n < 1)`,
    config: `expect: [{ memory: "lkmm", unjudged: ["small"] }, {}],`,
  });
  await inFolder({ "m.ts": model }, async (folder) => {
    const pinned = await faultline(folder, "check m.ts --expected --spec small --no-color");
    assert.equal(pinned.code, 0, pinned.err);
    assert.match(pinned.out, /not judged +small +as expected/);
    const asked = await faultline(folder, "check m.ts --spec small --memory lkmm");
    assert.equal(asked.code, 2);
    assert.match(asked.err, /^error: spec 'small' cannot be judged/);
  });
});
