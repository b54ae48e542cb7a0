import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { counter } from "../../src/cli/output/progress.ts";
import type { SweepResult } from "../../src/result/sweep.ts";
import { faultline, inFolder, LOST_UPDATE, modelWith } from "./recorded.ts";

/** The lost update with more parameters: atomic or not, and how much each thread adds. */
const COUNTER = `
import { bool, done, int, oneOf, oneOfMany, scenario, symmetric, world } from "faultline";
const w = world({ n: int(0, 9) });
const add = (by, isAtomic) => w.path("add", { old: int(0, 9) }, {
  "n += by": isAtomic && ((k) => { k.n += by; return done; }),
  "old = n": (k, me) => { me.old = k.n; },
  "n = old + by": (k, me) => { k.n = me.old + by; },
});
export default scenario("counter", {
  about: "Threads add without a lock",
  world: w,
  params: {
    threads: int(1, 3), by: int(1, 2), atomic: bool, kind: oneOf("plain", "plus", "other"),
    locks: oneOfMany("letters of ab", ["", "a", "b", "ab"], (word) => [...word].map((one) => word.replace(one, ""))),
  },
  threads: ({ threads, by, atomic, locks }) => ({ t: symmetric(threads, () => add(by, atomic || locks.includes("a"))) }),
  specs: [w.atEnd("sum", "every increment counts", (k) => k.n >= 2)],
  unreached: ({ atomic, locks }) => (atomic || locks.includes("a") ? ["add: old = n", "add: n = old + by"] : []),
});
`;

const sweep = async (line: string): Promise<{ code: number; out: string; err: string }> => {
  let recorded = { code: -1, out: "", err: "" };
  await inFolder({ "m.ts": COUNTER, "race.ts": LOST_UPDATE }, async (folder) => {
    recorded = await faultline(folder, `sweep ${line}`);
  });
  return recorded;
};

const jsonOf = async (line: string): Promise<SweepResult> => {
  const { out, err } = await sweep(`${line} --format json`);
  assert.equal(err, "");
  return JSON.parse(out) as SweepResult;
};

const rowsOf = ({ rows }: SweepResult): readonly string[] => rows.map(({ params }) => Object.values(params).join(" "));

test("sweep shows a row for each combination, the worst first", async () => {
  const { code, out, err } = await sweep("m.ts --set threads=*,atomic=* --set by=1");
  assert.equal(err, "");
  assert.equal(
    out,
    `counter: Threads add without a lock
  with by=1 kind=plain locks=

threads  atomic  sum  states
1        true      1       2
1        false     2       3
2        false     4       8
3        false     6      20
2        true      -       3
3        true      -       4

a number is the length in steps of the shortest counterexample; - holds
holds in every row: no-bug, no-oops, in-range, guarded, not-stuck, never-finishes

6 combinations: 4 violated, 2 hold; 40 states
first row: faultline check m.ts --set atomic=true
`,
  );
  assert.equal(code, 1);
});

test("the table does not depend on the number of threads or on the engine", async () => {
  const line = "m.ts --set threads=*,by=*,atomic=* --format csv";
  const { out } = await sweep(line);
  assert.equal((await sweep(`${line} --threads 1`)).out, out);
  assert.equal(
    (await sweep(`${line} --engine reference --no-symmetry --spec sum`)).out.split("\n").length,
    out.split("\n").length,
  );
});

test("--set takes all values, ranges, lists and patterns, in any number of options", async () => {
  assert.deepEqual(rowsOf(await jsonOf("m.ts --set threads=2..3,by=2|1 --sort given")), ["2 2", "2 1", "3 2", "3 1"]);
  assert.deepEqual(rowsOf(await jsonOf("m.ts --set threads=1|2..3|3 --sort given")), ["1", "2", "3"]);
  assert.deepEqual(rowsOf(await jsonOf("m.ts --set kind=pl* --sort given")), ["plain", "plus"]);
  assert.deepEqual(rowsOf(await jsonOf("m.ts --set kind=*u* --set atomic=false|true --sort given")), ["false", "true"]);
  const one = await jsonOf("m.ts --set kind=other");
  assert.deepEqual(one.fixed, { threads: 1, by: 1, atomic: false, kind: "other", locks: "" });
  assert.equal(one.rows.length, 1);
});

test("rows that are alike can be merged", async () => {
  const { out } = await sweep("m.ts --set threads=*,atomic=* --group threads --format csv --spec sum");
  assert.equal(out, "atomic,sum,states,rows,threads\ntrue,1,2,1,1\nfalse,2..6,3..20,3,1 2 3\ntrue,-,3..4,2,2 3\n");
});

test("--format markdown has every spec", async () => {
  const { out } = await sweep("race.ts --set threads=* --format markdown --spec sum --spec two");
  assert.equal(
    out,
    `| threads | sum | two (reached) | states |
| ------- | --: | ------------: | -----: |
| 2       |   4 |             4 |      8 |
| 3       |   6 |             4 |     20 |
`,
  );
});

test("--minimal says which values hold, and which of them have nothing simpler that holds", async () => {
  const { minimal } = await jsonOf("m.ts --set locks=*,threads=1..2 --minimal");
  assert.deepEqual(minimal, [
    { param: "locks", others: { threads: 1 }, tried: 4, holding: [], minimal: [] },
    { param: "locks", others: { threads: 2 }, tried: 4, holding: ["a", "ab"], minimal: ["a"] },
    { param: "locks", others: null, tried: 4, holding: [], minimal: [] },
  ]);
  const { out } = await sweep("m.ts --set locks=*,threads=2 --minimal");
  assert.match(out, /\nlocks: where everything asked holds, .*\n {2}alone: 2 of 4 hold; minimal: a\n$/);
  const { code, err } = await sweep("m.ts --set kind=* --minimal");
  assert.equal(code, 2);
  assert.match(err, /^error: --minimal needs a parameter.*\n.*\n {7}parameters: locks\n$/);
});

test("an undecided row is counted as such, and what may be simpler and hold keeps others from being minimal", async () => {
  const line = "m.ts --set locks=*,threads=2 --minimal --max-states 5";
  assert.deepEqual((await jsonOf(line)).minimal, [
    { param: "locks", others: {}, tried: 2, holding: ["a", "ab"], undecided: ["", "b"], minimal: [] },
  ]);
  assert.match((await sweep(line)).out, /\n {2}alone: 2 of 2 hold, 2 undecided; minimal: not known\n$/);
  const all = await jsonOf("m.ts --set locks=*,threads=1..2 --minimal --max-states 5");
  assert.deepEqual(all.minimal?.at(-1), { param: "locks", others: null, tried: 4, holding: [], minimal: [] });
  const more = await jsonOf("m.ts --set locks=*,threads=2..3 --minimal --max-states 5");
  const row = { param: "locks", others: null, tried: 2, holding: ["a", "ab"], undecided: ["", "b"], minimal: [] };
  assert.deepEqual(more.minimal?.at(-1), row);
});

test("sweep ends as its worst row does", async () => {
  assert.equal((await sweep("m.ts --set atomic=true,threads=2..3")).code, 0);
  assert.equal((await sweep("m.ts --set atomic=true,threads=*")).code, 1);
  const cut = await sweep("m.ts --set atomic=true,threads=2..3 --max-states 2 --spec no-bug");
  assert.equal(cut.code, 3);
  assert.match(cut.out, /2 combinations: 2 undecided/);
  const vacuous = LOST_UPDATE.replace("k.n === 2)", "k.n === 3)");
  await inFolder({ "race.ts": vacuous }, async (folder) => {
    const { code, out } = await faultline(folder, "sweep race.ts --set threads=* --spec two");
    assert.equal(code, 4);
    assert.match(out, /\n2 +vacuous +8\n/);
  });
});

test("a step that no row takes is reported, and is no success", async () => {
  const steps = `"a": () => done, "b": () => {},`;
  await inFolder({ "m.ts": modelWith({ steps }).replace("params: {}", "params: { x: bool }") }, async (folder) => {
    const { code, out } = await faultline(folder, "sweep m.ts --set x=*");
    assert.equal(code, 4);
    assert.match(out, /^never taken in any row: p: b$/m);
  });
});

test("what is wrong with --set is said as for check", async () => {
  const errors: readonly (readonly [string, RegExp])[] = [
    ["m.ts --set treads=*", /scenario 'counter' has no parameter 'treads'; did you mean 'threads'\?/],
    ["m.ts --set threads=0..2", /parameter 'threads' of scenario 'counter' cannot be '0'\n {7}values: 1\.\.3/],
    ["m.ts --set threads=3..1", /--set threads=3\.\.1 is an empty range/],
    ["m.ts --set threads=0..99999999", /gives 100000000 values\n {7}a sweep makes at most 1000000/],
    ["m.ts --set kind=plan", /cannot be 'plan'; did you mean 'plain'\?\n {7}values: plain\|plus\|other/],
    ["m.ts --set locks=c", /cannot be 'c'.*\n {7}values: letters of ab/],
    ["m.ts --set kind=x*", /no value of parameter 'kind' is like 'x\*'/],
    ["m.ts --set by=1 --set by=2", /--set gives 'by' two values\n {7}try: give its values together/],
    ["m.ts --set by", /--set needs name=value, not 'by'/],
    ["m.ts --set threads=* --group by", /--group names 'by', .*\n {7}parameters: threads/],
    ["m.ts --spec sun", /there is no spec 'sun'; did you mean 'sum'\?/],
    ["m.ts --sort best", /--sort cannot be 'best'\n {7}values: worst, given/],
    ["m.ts --format dot", /--format cannot be 'dot'.*\n {7}values: text, json, csv, markdown/],
    ["", /'sweep' needs to be told what to work on/],
    ["nothing.ts", /there is no file 'nothing\.ts'/],
  ];
  for (const [line, message] of errors) {
    const { code, out, err } = await sweep(line);
    assert.deepEqual([code, out], [2, ""], line);
    assert.match(err, message);
  }
});

test("a mistake in the model ends the sweep with its line", async () => {
  const bad = COUNTER.replace("k.n += by;", "k.m += by;");
  await inFolder({ "m.ts": bad, "exit.ts": COUNTER.replace("k.n += by;", "process.exit(0);") }, async (folder) => {
    const { code, err } = await faultline(folder, "sweep m.ts --set atomic=*");
    assert.equal(code, 2, err);
    assert.match(err, /^error: there is no field 'm'.*\n.*m\.ts:5.*, step 'n \+= by' of path 'add'\n/);
    const ended = await faultline(folder, "sweep exit.ts --set atomic=true");
    assert.equal(ended.code, 2);
    assert.match(ended.err, /^error: step 'n \+= by' of path 'add' is not pure\n.*exit\.ts:5.*\n.*process\.exit\(\)/);
  });
});

test("Ctrl-C ends a sweep with what is known", async () => {
  await inFolder({ "m.ts": COUNTER }, async (folder) => {
    const { code, out } = await faultline(folder, "sweep m.ts --set threads=*,atomic=true", {
      interrupts: (interrupt) => interrupt(),
    });
    assert.equal(code, 3);
    assert.match(out, /^3 combinations: 3 not searched; 0 states; stopped by Ctrl-C$/m);
    assert.doesNotMatch(out, /holds in every row/);
  });
});

test("many combinations are announced; elsewhere than on a terminal, a line every 10 s says how far it is", () => {
  let text = "";
  let now = 0;
  const sink = { isTTY: false, write: (more: string) => void (text += more) };
  counter(sink, "few", 100, () => now).done();
  assert.equal(text, "");
  const many = counter(sink, "many", 200, () => now);
  for (let i = 0; i < 200; i++) {
    now += 250;
    many.done();
  }
  many.end();
  assert.equal(
    text,
    `many: 200 combinations
many: 40 of 200 done, about 40 s left
many: 80 of 200 done, about 30 s left
many: 120 of 200 done, about 20 s left
many: 160 of 200 done, about 10 s left
`,
  );
});

/** What shards print, and what `merge` makes of them; a shard that is given as text is taken as it is. */
async function inShards(
  command: string,
  body: (run: (line: string) => ReturnType<typeof faultline>, shards: readonly string[]) => Promise<void>,
  of = 3,
): Promise<void> {
  await inFolder({ "m.ts": COUNTER, "race.ts": LOST_UPDATE }, async (folder) => {
    const run = (line: string): ReturnType<typeof faultline> => faultline(folder, line);
    const files = Array.from({ length: of }, (_, i) => `${i + 1}.json`);
    for (const [i, file] of files.entries()) {
      const { out, err } = await run(`sweep ${command} --shard ${i + 1}/${of}`);
      assert.equal(err, "");
      await writeFile(join(folder, file), out);
    }
    await body(run, files);
  });
}

for (const how of ["", "--format json --set by=*", "--format csv --sort given", "--minimal --set locks=*"])
  test(`the shards of a sweep ${how}, merged in any order, are the bytes and the exit status of the whole`, async () => {
    const command = `m.ts --set threads=1..2,atomic=* ${how}`;
    await inShards(command, async (run, shards) => {
      const whole = await run(`sweep ${command}`);
      const merged = await run(`merge ${shards.toReversed().join(" ")}`);
      assert.deepEqual({ ...merged }, { ...whole });
    });
  });

test("more shards than combinations are merged, too", async () => {
  const command = "m.ts --set atomic=*";
  await inShards(
    command,
    async (run, shards) =>
      assert.deepEqual({ ...(await run(`merge ${shards.join(" ")}`)) }, { ...(await run(`sweep ${command}`)) }),
    4,
  );
});

test("what are not the shards of one sweep, each once and as it was written, is refused with what is wrong", async () => {
  await inFolder({ "m.ts": COUNTER, "race.ts": LOST_UPDATE }, async (folder) => {
    const write = async (name: string, line: string, change = (text: string): string => text): Promise<void> => {
      const { out, err } = await faultline(folder, `sweep ${line}`);
      assert.equal(err, "");
      await writeFile(join(folder, name), change(out));
    };
    const sweepOf = "m.ts --set threads=*";
    await write("1.json", `${sweepOf} --shard 1/2`);
    await write("2.json", `${sweepOf} --shard 2/2`);
    await write("whole.json", `${sweepOf} --format json`);
    await write("changed.json", `${sweepOf} --shard 2/2`, (text) => text.replace('"violated"', '"holds"'));
    await write("cut.json", `${sweepOf} --shard 2/2`, (text) => text.slice(0, text.length / 2));
    await write("empty.json", `${sweepOf} --shard 2/2`, () => "");
    await write("thirds.json", `${sweepOf} --shard 2/3`);
    await write("limited.json", `${sweepOf} --max-states 5 --shard 2/2`);
    await write("values.json", "m.ts --set threads=1..2 --shard 2/2");
    await write("fixed.json", `${sweepOf} --set by=2 --shard 2/2`);
    await write("race.json", "race.ts --set threads=* --shard 2/2");
    await writeFile(join(folder, "m.ts"), COUNTER.replace("me.old + by", "me.old + 2 * by"));
    await write("model.json", `${sweepOf} --shard 2/2`);
    await writeFile(join(folder, "newer.json"), '{ "format": "faultline-sweep-shard", "version": 2 }');
    for (const [files, said] of [
      ["1.json", /^error: a shard is missing: 2 of 2$/m],
      ["1.json 2.json 2.json", /^error: shard 2 of 2 is given twice\n +2\.json and 2\.json$/m],
      ["1.json whole.json", /'whole\.json' is a whole sweep/],
      ["1.json changed.json", /'changed\.json' is not what was written\n.*changed or damaged/],
      ["1.json cut.json", /'cut\.json' is no JSON: it is damaged/],
      ["1.json empty.json", /'empty\.json' is empty/],
      ["1.json newer.json", /'newer\.json' has version 2/],
      ["1.json thirds.json", /one is of 2 shards, the other of 3/],
      ["1.json limited.json", /the options of the sweep were others: max-states is null and "5"/],
      ["1.json values.json", /other values were swept/],
      ["1.json fixed.json", /the parameters have other values/],
      ["1.json race.json", /different scenarios: "counter" and "lost-update"/],
      ["1.json model.json", /the model was another one/],
      ["1.json none.json", /cannot read 'none\.json'\n +there is no such file/],
      ["", /merge needs the files of all shards/],
    ] as const) {
      const { code, out, err } = await faultline(folder, `merge ${files}`);
      assert.equal(code, 2, files);
      assert.equal(out, "");
      assert.match(err, said);
    }
    for (const word of ["0/2", "3/2", "1", "a/b", "1/0", "-1/2", "1/2/3"]) {
      const { code, err } = await faultline(folder, `sweep ${sweepOf} --shard ${word}`);
      assert.equal(code, 2, word);
      assert.match(err, /--shard/);
    }
  });
});
