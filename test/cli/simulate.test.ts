import assert from "node:assert/strict";
import { test } from "node:test";
import { BUFFERING, faultline, HANDED_OVER, inFolder, LOST_UPDATE, modelWith, readJson } from "./recorded.ts";
import type { Result } from "../../src/result/result.ts";

const FILES = { "race.ts": LOST_UPDATE, "b.ts": BUFFERING, "over.ts": HANDED_OVER };

test("random walks that meet a violation tell it, and hold for nothing else", async () => {
  await inFolder(FILES, async (folder) => {
    const { code, out, err } = await faultline(folder, "check race.ts --simulate 20");
    assert.equal(err, "");
    assert.equal(code, 1);
    assert.match(out, /^ {2}violated +sum +in 4 steps, 2 switches$/m);
    assert.match(out, /^ {2}holds +two +reached in 4 steps$/m);
    assert.match(out, /^ {2}undecided +also checked: no-bug/m);
    assert.match(out, /found by random walks and made shorter: not known to be shortest/);
    assert.match(
      out,
      /20 random walks \(seed 1\): 80 steps, at most 4 in a walk, to \d+ states;\s+not every interleaving/,
    );
    assert.match(out, /reproduce: faultline check race.ts --simulate 20 --seed 1 --spec sum/);
    const { search, specs } = (await readJson(folder, "out/lost-update/result.json")) as Result;
    assert.deepEqual(search.walks, { made: 20, of: 20, seed: 1 });
    assert.equal(search.cut, "--simulate 20");
    const [sum] = specs;
    assert.equal(sum!.foundBy, "walks");
    assert.equal(sum!.trace!.minimal, undefined);
    const replayed = await faultline(folder, `replay ${sum!.token!}`);
    assert.match(replayed.out, /violated +sum/);
  });
});

test("random walks that meet nothing are undecided, whatever they have seen", async () => {
  await inFolder({ "m.ts": modelWith({ steps: `"a": (k) => { k.n = 1; },` }) }, async (folder) => {
    const { code, out } = await faultline(folder, "check m.ts --simulate 5");
    assert.equal(code, 3);
    assert.doesNotMatch(out, /holds|every interleaving was explored|vacuous/);
    assert.match(out, /undecided: 5 random walks \(seed 1\): 5 steps, at most 1 in a walk, to 2 states; not every/);
  });
});

test("the same seed makes the same walks on every engine, and another seed others", async () => {
  await inFolder(FILES, async (folder) => {
    const runs = async (how: string): Promise<string> =>
      (await faultline(folder, `check race.ts --set threads=3 --format json --simulate 3 ${how}`)).out;
    const first = await runs("--seed 7");
    assert.equal(await runs("--seed 7 --threads 1"), first);
    assert.equal((await runs("--seed 7 --engine reference")).replace(" --engine reference", ""), first);
    const others = await Promise.all(["--seed 8", "--seed 0", "--seed 9007199254740991"].map(runs));
    assert.equal(new Set([first, ...others].map((out) => JSON.stringify((JSON.parse(out) as Result).search))).size, 4);
  });
});

test("under tso and lkmm walks find what stores that are not visible yet make", async () => {
  await inFolder(FILES, async (folder) => {
    for (const memory of ["tso", "lkmm"]) {
      const { code, out } = await faultline(folder, `check b.ts --memory ${memory} --simulate 30`);
      assert.equal(code, 1, out);
      assert.match(out, /violated +seen/);
    }
    assert.equal((await faultline(folder, "check b.ts --simulate 30")).code, 3);
    assert.equal((await faultline(folder, "check b.ts --memory lkmm --set mb=true --simulate 30")).code, 3);
    // Its machine has such a run, and the axioms forbid it.
    const { code, out } = await faultline(folder, "check over.ts --memory lkmm --simulate 200");
    assert.equal(code, 3, out);
  });
});

test("what gets stuck, fails in a step, waits where it may, or never ends is met or left undecided", async () => {
  const stuck = modelWith({
    steps: `"a": (k) => k.n === 1 ? wait : undefined, "b": (k) => { k.n = 1; },`,
    threads: "a: p, b: p",
  });
  const bug = modelWith({ steps: `"a": (k) => { bugOn(k.n === 1); k.n++; },`, threads: "a: p, b: p" });
  const idle = modelWith({ steps: `"a": (k) => k.n === 0 ? wait : undefined,`, config: `idle: () => ["a"],` });
  const endless = modelWith({ steps: `"a": (k) => { k.n = (k.n + 1) % 3; return "a"; },` });
  await inFolder({ "stuck.ts": stuck, "bug.ts": bug, "idle.ts": idle, "endless.ts": endless }, async (folder) => {
    const check = (file: string, how = ""): ReturnType<typeof faultline> =>
      faultline(folder, `check ${file} --simulate 3 ${how}`);
    assert.match((await check("stuck.ts")).out, /violated +not-stuck/);
    assert.match((await check("bug.ts", "--spec no-bug")).out, /violated +no-bug +in 2 steps/);
    assert.equal((await check("idle.ts")).code, 3);
    const { code, out } = await check("endless.ts");
    assert.equal(code, 3);
    assert.match(out, /3 random walks \(seed 1\): 30000 steps, at most 10000 in a walk, to 3 states/);
  });
});

test("walks end where there is no room for more states", async () => {
  await inFolder(FILES, async (folder) => {
    const { code, out } = await faultline(
      folder,
      "check race.ts --set threads=3 --simulate 1000000000000 --max-states 5",
    );
    assert.ok(code === 1 || code === 3);
    assert.match(out, /of 1000000000000 random walks \(seed 1\): .*stopped by\s+--max-states 5/s);
  });
});

test("what does not go together with random walks is refused with a sentence", async () => {
  await inFolder(FILES, async (folder) => {
    for (const [how, said] of [
      ["race.ts --simulate 0", /--simulate needs a whole number from 1 on, not '0'/],
      ["race.ts --simulate -1", /--simulate/],
      ["race.ts --simulate=-1", /--simulate needs a whole number from 1 on, not '-1'/],
      ["race.ts --simulate many", /--simulate needs a whole number from 1 on, not 'many'/],
      ["race.ts --simulate 1e12", /--simulate needs a whole number from 1 on, not '1e12'/],
      ["race.ts --simulate 3 --seed x", /--seed needs a whole number from 0 on, not 'x'/],
      ["race.ts --seed 3", /--seed says which random walks are made, and none are/],
      ["race.ts --simulate 3 --expected", /--simulate does not go with --expected/],
      ["--simulate 3", /--simulate does not go with all pinned runs/],
      ["race.ts --simulate 3 --prove", /--simulate does not go with --prove/],
      ["race.ts --simulate 3 --minimize switches", /--simulate does not go with --minimize switches/],
    ] as const) {
      const { code, err } = await faultline(folder, `check ${how}`);
      assert.equal(code, 2, how);
      assert.match(err, said);
    }
  });
});

test("Ctrl-C ends walks with what they have found", async () => {
  await inFolder(FILES, async (folder) => {
    let presses = 0;
    const interrupts = (interrupt: () => void): void => {
      presses++;
      setTimeout(interrupt, 2_500);
    };
    const { code, out } = await faultline(folder, "check race.ts --simulate 1000000000000", { interrupts });
    assert.ok(presses > 0);
    assert.equal(code, 1, out);
    assert.match(out, /\d+ of 1000000000000 random walks .*stopped by\s+Ctrl-C/s);
  });
});
