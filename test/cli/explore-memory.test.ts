import assert from "node:assert/strict";
import { test } from "node:test";
import { BUFFERING, faultline, HANDED_OVER, inFolder, LOST_UPDATE, modelWith, type Recorded } from "./recorded.ts";

/** One CPU stores twice, another once, and a third waits for the first one's last. */
const PLACES = `
import { int, once, scenario, wait, world } from "faultline";
const w = world({ x: int(0, 3) });
const a = w.path("a", {}, { "x = 1": once((k) => { k.x = 1; }), "x = 2": once((k) => { k.x = 2; }) });
const b = w.path("b", {}, { "x = 3": once((k) => { k.x = 3; }) });
const c = w.path("c", {}, { "x == 2?": once((k) => { if (k.x !== 2) return wait; }) });
export default scenario("places", {
  about: "Stores to one word",
  world: w,
  params: {},
  threads: () => ({ a, b, c }),
  specs: [w.atEnd("three", "x is 3", (k) => k.x === 3)],
});
`;

const FILES = { "b.ts": BUFFERING, "h.ts": HANDED_OVER, "p.ts": PLACES, "race.ts": LOST_UPDATE };

async function explore(folder: string, line: string, ...commands: readonly string[]): Promise<Recorded> {
  return await faultline(folder, `explore ${line}`, { input: commands.map((command) => `${command}\n`).join("") });
}

/** What follows the last command. */
const last = ({ out }: Recorded): string => out.slice(out.indexOf("\n", out.lastIndexOf("\n> ") + 1) + 1);

/** The token that a session prints last. */
const tokenAfter = async (folder: string, line: string, ...commands: readonly string[]): Promise<string> =>
  last(await explore(folder, line, ...commands, "token")).trim();

test("a session under lkmm: each store that a load may return is a step, with whose it is and what it misses", async () => {
  await inFolder(FILES, async (folder) => {
    const ended = await explore(folder, "b.ts --memory lkmm", "1", "2", "4", "state", "specs", "undo", "1", "quit");
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    assert.equal(
      ended.out,
      `buffering under lkmm
after 0 steps: as at the start
 1  CPU0 (a): store [ x = true ]
 2  CPU1 (b): store [ y = true ]
> 1
after 1 step: x: false -> true
x: false, then true; CPU1 need not see true yet
 1  CPU0 (a): load [ y == false ]
 2  CPU1 (b): store [ y = true ]
> 2
after 2 steps: x: false -> true; y: false -> true
x: false, then true; CPU1 need not see true yet
y: false, then true; CPU0 need not see true yet
 1  CPU0 (a): load [ y == false; as at the start; CPU1's store of true
      not yet visible ]
 2  CPU0 (a): load [ y == true; CPU1's store of step 2 ]
 3  CPU1 (b): load [ x == false; as at the start; CPU0's store of true
      not yet visible ]
 4  CPU1 (b): load [ x == true; CPU0's store of step 1 ]
> 4
after 3 steps: x: false -> true; y: false -> true; seen: 0 -> 1
y: false, then true; CPU0 need not see true yet
 1  CPU0 (a): load [ y == false; as at the start; CPU1's store of true
      not yet visible ]
 2  CPU0 (a): load [ y == true; CPU1's store of step 2 ]
    CPU1 (b): done
> state
x == true
y == true
seen == 1 (ghost)
y: false, then true; CPU0 need not see true yet
> specs
holds       atEnd      seen
not judged  always     in-order: it reads x, which CPUs may not agree
                         about
> undo
after 2 steps: x: false -> true; y: false -> true
x: false, then true; CPU1 need not see true yet
y: false, then true; CPU0 need not see true yet
 1  CPU0 (a): load [ y == false; as at the start; CPU1's store of true
      not yet visible ]
 2  CPU0 (a): load [ y == true; CPU1's store of step 2 ]
 3  CPU1 (b): load [ x == false; as at the start; CPU0's store of true
      not yet visible ]
 4  CPU1 (b): load [ x == true; CPU0's store of step 1 ]
> 1
after 3 steps: x: false -> true; y: false -> true
x: false, then true; CPU1 need not see true yet
    CPU0 (a): done
 1  CPU1 (b): load [ x == false; as at the start; CPU0's store of true
      not yet visible ]
 2  CPU1 (b): load [ x == true; CPU0's store of step 1 ]
> quit
`,
    );
  });
});

test("under tso a store that becomes visible is a step, and a barrier waits for it", async () => {
  await inFolder(FILES, async (folder) => {
    const ended = await explore(
      folder,
      "b.ts --memory tso --set mb=true",
      "1",
      "why",
      "1",
      "undo",
      "redo",
      "1",
      "why 0",
    );
    assert.deepEqual([ended.code, ended.err], [0, ""]);
    const visible = `after 2 steps: x: false -> true
 1  CPU0 (a): smp_mb()
 2  CPU1 (b): store [ y = true; in the store buffer ]
`;
    const waiting = `after 1 step: as at the start
CPU0's store buffer: x = true
    CPU0 (a): waits: smp_mb()
 1  CPU0 (a): store of x becomes visible [ x = true ]
 2  CPU1 (b): store [ y = true; in the store buffer ]
`;
    assert.equal(
      ended.out,
      `buffering mb=true under tso
after 0 steps: as at the start
 1  CPU0 (a): store [ x = true; in the store buffer ]
 2  CPU1 (b): store [ y = true; in the store buffer ]
> 1
${waiting}> why
CPU0 (a) waits: smp_mb()
  CPU0's store buffer: x = true, not empty yet
> 1
${visible}> undo
${waiting}> redo
${visible}> 1
after 3 steps: x: false -> true
 1  CPU0 (a): load [ y == false ]
 2  CPU1 (b): store [ y = true; in the store buffer ]
> why 0
CPU0 (a) can step
`,
    );
    const stale = await explore(folder, "b.ts --memory tso", "1", "3", "2", "diagram");
    assert.match(stale.out, /CPU1 \(b\): load \[ x == true \]/);
    assert.match(stale.out, /CPU0 \(a\): load \[ y == false; CPU1's store of true not yet\s+visible \]/);
    assert.match(last(stale), /store of x becomes visible/);
  });
});

test("under lkmm a store that has several places says behind which store each is", async () => {
  await inFolder(FILES, async (folder) => {
    const places = await explore(folder, "p.ts --memory lkmm", "1", "1");
    assert.equal(
      last(places),
      `after 2 steps: x: 0 -> 2
x: 0, then 1, then 2; CPU2 need not see 1, 2 yet
    CPU0 (a): done
 1  CPU1 (b): x = 3 [ x = 3; behind the first value; takes effect before
      CPU0's store ]
 2  CPU1 (b): x = 3 [ x = 3; behind CPU0's store of step 1; takes effect
      before CPU0's store ]
 3  CPU1 (b): x = 3 [ x = 3; behind CPU0's store of step 2 ]
 4  CPU2 (c): x == 2? [ x == 2 ]
`,
    );
    const why = await explore(folder, "p.ts --memory lkmm", "1", "why");
    assert.equal(last(why), "CPU2 (c) waits: x == 2?\n  x == 1, set by CPU0 (a) in step 1: x = 1\n");
    const between = await explore(folder, "p.ts --memory lkmm", "1", "1", "2", "1");
    assert.match(last(between), /violated: three/);
    assert.match(await tokenAfter(folder, "p.ts --memory lkmm", "1", "1", "2", "1"), /:three:0\.0s0\.1s0\.2s1:/);
  });
});

test("a run that LKMM does not allow says so, and violates nothing", async () => {
  await inFolder(FILES, async (folder) => {
    const script = ["1", "1", "1", "2", "1", "2", "1"];
    const ended = await explore(folder, "h.ts --memory lkmm", ...script);
    const forbidden = "LKMM does not allow this run, by the axiom of propagation: no violation\n  of it counts\n";
    assert.ok(last(ended).endsWith(`CPU2 (third): done\n${forbidden}`), last(ended));
    assert.ok(last(await explore(folder, "h.ts --memory lkmm", ...script, "specs")).endsWith(forbidden));
    assert.match(await tokenAfter(folder, "h.ts --memory lkmm", ...script), /^h\.ts:lkmm:-:/);
    const goto = await explore(folder, "h.ts --memory lkmm", "goto arrives");
    assert.match(
      goto.err,
      /no run to 'arrives' was found\n +whether LKMM allows a run that violates it is not known: docs\/memory\.md, What lkmm means\n/,
    );
    const allowed = await explore(folder, "h.ts --memory lkmm", ...script.slice(0, -1), "2");
    assert.doesNotMatch(allowed.out, /does not allow/);
  });
});

for (const memory of ["tso", "lkmm"]) {
  test(`tokens under ${memory}: --from goes there without --memory, and replay reports what is violated`, async () => {
    await inFolder(FILES, async (folder) => {
      const line = `b.ts --memory ${memory}`;
      const token = await tokenAfter(folder, line, "goto seen");
      assert.match(token, new RegExp(`^b\\.ts:${memory}:seen:`));
      const there = await explore(folder, `--from ${token}`);
      assert.match(there.out, new RegExp(`^buffering under ${memory}\\n`));
      assert.match(there.out, /violated: seen: /);
      assert.equal((await explore(folder, `b.ts --from ${token}`)).out, there.out);
      assert.equal(last(await explore(folder, line, `goto ${token}`)), last(await explore(folder, line, "goto seen")));
      assert.equal((await faultline(folder, `replay ${token} --quiet`)).code, 1);
      const half = await tokenAfter(folder, line, "goto seen 3");
      assert.equal(await tokenAfter(folder, `--from ${half}`), half);
      const sc = await explore(folder, `b.ts --memory sc --from ${token}`);
      assert.equal(sc.code, 2);
      assert.match(sc.err, new RegExp(`the token is about a run under ${memory}, and this is sc\\n`));
      const forged = await explore(folder, `${line} --set mb=true`, `goto ${token}`);
      assert.match(forged.err, /the token is about another scenario, or other parameters/);
    });
  });

  test(`a random walk under ${memory} takes the same steps for the same seed, and ends where it violates`, async () => {
    await inFolder(FILES, async (folder) => {
      const walks = Array.from({ length: 16 }, (_, seed) =>
        explore(folder, `b.ts --memory ${memory}`, `random 9 ${seed}`, "token"),
      );
      const outs = (await Promise.all(walks)).map(({ out }) => out);
      assert.equal((await explore(folder, `b.ts --memory ${memory}`, "random 9 0", "token")).out, outs[0]);
      assert.ok(outs.some((out) => out.includes("violated: seen")));
      assert.ok(outs.some((out) => !out.includes("violated")));
      for (const out of outs) assert.match(out, /CPU0 \(a\): done\n {4}CPU1 \(b\): done/);
    });
  });

  test(`goto under ${memory} leads along a run that was found with threads taken for one another`, async () => {
    await inFolder(FILES, async (folder) => {
      const ended = await explore(folder, `race.ts --set threads=3 --memory ${memory}`, "goto sum");
      assert.deepEqual([ended.code, ended.err], [0, ""]);
      assert.match(last(ended), /violated: sum: /);
    });
  });
}

test("what a memory model refuses is said at once, as check says it", async () => {
  const twoWords = modelWith({
    steps: '"both": (k) => { if (k.lock) k.n = 1; k.lock = true; },',
    threads: "a: p, b: p",
  });
  await inFolder({ ...FILES, "two.ts": twoWords }, async (folder) => {
    for (const [line, commands, message] of [
      ["two.ts --memory tso", [], /^error: step 'both' of path 'p' uses several words of memory at once\n/],
      ["two.ts --memory lkmm", [], /uses several words of memory at once\n/],
      ["b.ts --memory lkmm", ["goto in-order"], /spec 'in-order' cannot be judged under lkmm: it reads x/],
      ["b.ts --memory lkmm --minimize switches", [], /--minimize switches does not go with --memory lkmm/],
      ["b.ts --memory arm", [], /--memory cannot be 'arm'\n +values: sc, tso, lkmm/],
    ] as const) {
      const { code, err } = await explore(folder, line, ...commands);
      assert.equal(code, 2, line);
      assert.match(err, message);
    }
  });
});
