import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { readToken, writeToken } from "../../src/result/token.ts";
import { BUFFERING, faultline, filesUnder, inFolder, LOST_UPDATE, readJson } from "./recorded.ts";

async function tokensIn(folder: string, file: string): Promise<Readonly<Record<string, string>>> {
  const { specs } = (await readJson(folder, file)) as { specs: readonly { name: string; token?: string }[] };
  return Object.fromEntries(specs.flatMap(({ name, token }) => (token === undefined ? [] : [[name, token]])));
}

const contents = async (folder: string, names: readonly string[]): Promise<readonly string[]> =>
  Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));

test("every token of the fault-around runs gives the same files again", async () => {
  await inFolder({}, async (folder) => {
    for (const order of ["patch4", "december"]) {
      await faultline(folder, `check fault-around-vs-punch --set order=${order} --quiet`);
      const found = join(folder, "out/fault-around-vs-punch");
      const tokens = await tokensIn(found, "result.json");
      assert.ok(Object.keys(tokens).length > 0);
      for (const [spec, token] of Object.entries(tokens)) {
        const { code, err } = await faultline(folder, `replay ${token} --quiet --out again`);
        assert.equal(err, "");
        assert.equal(code, 1);
        const again = join(folder, "again/fault-around-vs-punch");
        const names = (await filesUnder(again)).filter((name) => name !== "result.json");
        assert.deepEqual(names, [`${spec}.dot`, `${spec}.svg`, `${spec}.txt`]);
        assert.deepEqual(await contents(again, names), await contents(found, names));
        await faultline(folder, `check fault-around-vs-punch --set order=${order} --quiet --spec ${spec} --out once`);
        const once = join(folder, "once/fault-around-vs-punch");
        assert.deepEqual(await contents(again, ["result.json"]), await contents(once, ["result.json"]));
      }
    }
  });
});

test("a token of the user's own file names it as it was given; a mail is read from standard input", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    await faultline(folder, "check ./race.ts --set threads=3");
    const text = await readFile(join(folder, "out/lost-update/sum.txt"), "utf8");
    const input = text.slice(text.indexOf("replay: ")).replaceAll(/^/gm, "> ");
    assert.match(input, /\.\/race\.ts:threads=3:sum:/);
    const { code, out } = await faultline(folder, "replay --out again", { input });
    assert.equal(code, 1);
    assert.match(out, /violated {3}sum/);
    assert.equal(await readFile(join(folder, "again/lost-update/sum.txt"), "utf8"), text);
    // The run that reaches a `sometimes` spec is good news.
    const { two } = await tokensIn(folder, "out/lost-update/result.json");
    assert.equal((await faultline(folder, `replay ${two}`)).code, 0);
  });
});

test("a token whose model has changed says which step does not apply, or what is different", async () => {
  const locked = LOST_UPDATE.replace("n: int(0, 3) });", "n: int(0, 3), lock: bool });")
    .replace("import {", "import { bool, wait,")
    .replace(`"old = n"`, `"lock": (k) => { if (k.lock) return wait; k.lock = true; },\n  "old = n"`)
    .replace(/("n = old \+ 1".*)/, `$1\n  "unlock": (k) => { k.lock = false; },`);
  const shorter = LOST_UPDATE.replace(/"old = n".*\n/, "").replace("k.n = me.old + 1", "k.n = 1; me.old = 0");
  const renamed = LOST_UPDATE.replace(`"old = n"`, `"old = READ_ONCE(n)"`);
  const harmless = LOST_UPDATE.replace("k.n >= 2", "k.n >= 1");
  const models = { "race.ts": LOST_UPDATE, "locked.ts": locked, "shorter.ts": shorter, "renamed.ts": renamed };
  await inFolder({ ...models, "harmless.ts": harmless }, async (folder) => {
    const tokenFor = async (file: string): Promise<string> => {
      // The schedule of the race as it was, in the name of the changed file.
      await faultline(folder, "check race.ts --quiet");
      const { sum } = await tokensIn(folder, "out/lost-update/result.json");
      return writeToken({ ...readToken(sum!), argument: file });
    };
    const refused = async (file: string, ...texts: readonly string[]): Promise<void> => {
      const { code, out, err } = await faultline(folder, `replay ${await tokenFor(file)}`);
      assert.equal(code, 2);
      assert.equal(out, "");
      for (const text of texts) assert.ok(err.includes(text), err);
    };
    await refused(
      "locked.ts",
      "error: the model has changed since the token was made: step 2 of 4 does not apply any more\n",
      "CPU1 (t1) waits in 'lock' of add_one: lock == true\n",
      "possible here: CPU0 (t0): old = n\n",
    );
    await refused("shorter.ts", "step 3 of 4 does not apply", "CPU1 (t1) is done", "nothing is possible here");
    await refused("harmless.ts", "error: the run does not end in 'sum' any more\n", "       it holds\n");
    await refused("gone.ts", "there is no file 'gone.ts'");
    const { code, err } = await faultline(folder, `replay ${await tokenFor("renamed.ts")} --quiet`);
    assert.equal(code, 1);
    assert.match(err, /^warning: the model has changed since the token was made: the run leads through other steps\n$/);
  });
});

test("a run that is not the shortest says so", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    await faultline(folder, "check race.ts --quiet --set threads=3");
    const { two } = await tokensIn(folder, "out/lost-update/result.json");
    const told = async (threads: readonly number[]): Promise<string> => {
      const moves = threads.map((thread) => ({ thread, picks: [] }));
      const token = writeToken({ ...readToken(two!), schedule: { initial: 0, moves } });
      const { code, out, err } = await faultline(folder, `replay ${token} --out again`);
      return code === 0 ? await readFile(join(folder, "again/lost-update/two.txt"), "utf8") : out + err;
    };
    assert.match(await told([0, 0, 1, 1]), /\n4 steps, 1 context switch; not reached with fewer steps, nor/);
    assert.match(
      await told([0, 0, 1, 2, 1]),
      /\n5 steps, 3 context switches; the search found 4 steps, 1 context switch\n/,
    );
    assert.match(
      await told([0, 0]),
      /the run does not end in 'two' any more\n.*\n {7}its last state does not meet it\n/,
    );
  });
});

test("--minimize is given again for the same files; without it, the report does not claim it", async () => {
  await inFolder({}, async (folder) => {
    const options = "--quiet --minimize switches";
    await faultline(folder, `check fault-around-vs-punch --set order=october --spec no-stale-pte ${options}`);
    const found = join(folder, "out/fault-around-vs-punch");
    const token = (await tokensIn(found, "result.json"))["no-stale-pte"];
    const files = ["no-stale-pte.txt", "no-stale-pte.dot", "result.json"];
    await faultline(folder, `replay ${token} ${options} --out again`);
    assert.deepEqual(await contents(join(folder, "again/fault-around-vs-punch"), files), await contents(found, files));
    await faultline(folder, `replay ${token} --quiet --out plain`);
    const [text] = await contents(join(folder, "plain/fault-around-vs-punch"), files);
    assert.match(text!, /;\s+no violation with fewer steps/);
  });
});

for (const memory of ["tso", "lkmm"])
  test(`a token carries ${memory}, and gives the same files`, async () => {
    await inFolder({ "b.ts": BUFFERING }, async (folder) => {
      await faultline(folder, `check b.ts --spec seen --memory ${memory} --itf --quiet`);
      const { seen } = await tokensIn(folder, "out/buffering/result.json");
      assert.match(seen!, new RegExp(`^b\\.ts:${memory}:seen:`));
      const { code, err } = await faultline(folder, `replay ${seen} --itf --quiet --out again`);
      assert.deepEqual([code, err], [1, ""]);
      const names = await filesUnder(join(folder, "out/buffering"));
      assert.ok(names.includes("seen.itf.json") && names.includes("seen.txt"));
      assert.deepEqual(
        await contents(join(folder, "again/buffering"), names),
        await contents(join(folder, "out/buffering"), names),
      );
      const told = await faultline(folder, `explore --from ${seen}`);
      assert.match(told.out, new RegExp(`^buffering under ${memory}\n[^]*\nviolated: seen: `));
      assert.match((await faultline(folder, `replay ${seen} --memory sc`)).err, /there is no option '--memory'/);
    });
  });

test("a run under lkmm that does not apply any more says at which step, and what it met there", async () => {
  const [without, harmless] = [
    BUFFERING.replace("load: once", "other: once"),
    BUFFERING.replace("seen > 0", "seen >= 0"),
  ];
  const ordered = BUFFERING.replace("mb && smpMb", "smpMb");
  const models = { "b.ts": BUFFERING, "without.ts": without, "harmless.ts": harmless, "ordered.ts": ordered };
  await inFolder(models, async (folder) => {
    await faultline(folder, "check b.ts --spec seen --memory lkmm --quiet");
    const { seen } = await tokensIn(folder, "out/buffering/result.json");
    const token = readToken(seen!);
    const replayed = async (change: Partial<typeof token>): Promise<string> =>
      (await faultline(folder, `replay ${writeToken({ ...token, ...change })} --quiet`)).err;
    assert.match(await replayed({ argument: "without.ts" }), /^warning: .* the run leads through other steps\n$/);
    assert.match(
      await replayed({ argument: "harmless.ts" }),
      /the run does not end in 'seen' any more\n.*\n +it holds/,
    );
    assert.match(await replayed({ argument: "ordered.ts" }), /the run does not end in 'seen' any more/);
    const moves = (...given: (typeof token)["schedule"]["moves"]): Partial<typeof token> => ({
      schedule: { initial: 0, moves: given },
    });
    const own = [0, 1].map((thread) => ({ thread, picks: [] }));
    assert.match(await replayed(moves(...own)), /any more\n.*\n +some thread is not done/);
    assert.match(
      await replayed(moves(...own, { thread: 1, picks: [], at: 1 })),
      /step 3 of 3 does not apply any more\n.*\n +CPU1 \(b\) cannot go on with the store of step 2 at load\n +possible here: CPU0/,
    );
    assert.match(await replayed(moves({ thread: 7, picks: [] })), /there is no CPU7/);
    const done = [...own, ...own];
    assert.match(await replayed(moves(...done, own[0]!)), /step 5 of 5 .*\n.*\n +CPU0 \(a\) cannot step/);
    assert.match(await replayed({ schedule: { initial: 4, moves: [] } }), /there is no initial state 4/);
  });
});

test("under tso the states of an ITF trace have what is in memory, not what waits in a buffer", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    await faultline(folder, "check b.ts --spec seen --memory tso --itf --quiet");
    const { states } = (await readJson(folder, "out/buffering/seen.itf.json")) as {
      states: readonly { readonly x: boolean; readonly y: boolean; readonly "mbt::actionTaken": string }[];
    };
    for (const [i, { x, y, "mbt::actionTaken": action }] of states.entries()) {
      const { x: wasX, y: wasY } = states[Math.max(i - 1, 0)]!;
      if (x !== wasX || y !== wasY) assert.match(action, /becomes visible/);
    }
    assert.deepEqual([states.at(-1)!.x, states.at(-1)!.y], [true, true]);
  });
});

test("replay without a token, or with half of one, says what is missing", async () => {
  const { code, err } = await faultline("/", "replay");
  assert.equal(code, 2);
  assert.match(err, /'' is no token/);
  assert.match((await faultline("/", "replay", { isTerminal: true })).err, /replay needs a token/);
  assert.match((await faultline("/", "replay two-faults:fault-maps:0x3")).err, /is no token|is not whole/);
  assert.match((await faultline("/", "replay --spec x")).err, /there is no option '--spec'/);
});
