import assert from "node:assert/strict";
import { test } from "node:test";
import { faultline, inFolder, LOST_UPDATE, modelWith, type Recorded } from "./recorded.ts";

const BLOCKING = modelWith({
  steps: `
    "lock": (k) => { if (k.lock) return wait; k.lock = true; },
    "pick": (k) => { k.n = choose(1, 2, 3); },
    "unlock": (k) => { bugOn(k.n === 3, "BUG_ON(n == 3)"); k.lock = false; },`,
  threads: "a: p, b: p",
  specs: `w.always("low", "n is below 3", (k) => k.n < 3 || \`n is \${k.n}\`), w.atEnd("free", "unlocked", (k) => !k.lock),
    w.sometimes("two", "n is 2", (k) => k.n === 2)`,
});

/** What a script gets to see, without the greeting. */
async function explore(folder: string, line: string, ...commands: readonly string[]): Promise<Recorded> {
  return await faultline(folder, `explore ${line}`, { input: commands.map((command) => `${command}\n`).join("") });
}

/** What follows the last command. */
const last = ({ out }: Recorded): string => out.slice(out.indexOf("\n", out.lastIndexOf("\n> ") + 1) + 1);

test("a session as a whole: the same bytes for the same script", async () => {
  await inFolder({ "m.ts": BLOCKING }, async (folder) => {
    const script = ["1", "why b", "why 1", "2", "specs", "diagram", "token", "quit", "nonsense"];
    const ended = await explore(folder, "m.ts", ...script.toSpliced(1, 1));
    assert.equal(ended.err, "");
    assert.equal(ended.code, 0);
    assert.equal(
      ended.out.replace(/[0-9a-f]{4}-[0-9a-f]{4}$/m, "CHECKS"),
      `mine
after 0 steps: as at the start
 1  CPU0 (a): lock [ lock = true ]
 2  CPU1 (b): lock [ lock = true ]
> 1
after 1 step: lock: false -> true
 1  CPU0 (a): pick (option 1) [ n = 1 ]
 2  CPU0 (a): pick (option 2) [ n = 2 ]
 3  CPU0 (a): pick (option 3) [ n = 3 ]
    CPU1 (b): waits: lock
> why 1
CPU1 (b) waits: lock
  lock == true, set by CPU0 (a) in step 1: lock
> 2
after 2 steps: n: 0 -> 2; lock: false -> true
 1  CPU0 (a): unlock [ lock = false ]
    CPU1 (b): waits: lock
> specs
holds     always     low
not yet   atEnd      free: not: unlocked
met       sometimes  two
> diagram
CPU0 (a)
p
----
lock [ lock: false -> true ]
pick [ n: 0 -> 2 ]
> token
m.ts:-:0.0/1:CHECKS
> quit
`.replace("\np\n", "\np()\n"),
    );
    assert.deepEqual(await explore(folder, "m.ts", ...script.toSpliced(1, 1)), ended);
  });
});

test("back, undo, redo and start move along the run", async () => {
  await inFolder({ "m.ts": BLOCKING }, async (folder) => {
    const at = async (...commands: readonly string[]): Promise<string> => {
      const { out, err } = await explore(folder, "m.ts", ...commands, "token");
      return /m\.ts:[\w-]+:([\w./]+):[^\n]*\n$/.exec(out)?.[1] ?? err;
    };
    assert.equal(await at("1", "2", "1"), "0.0/1.0");
    assert.equal(await at("1", "2", "1", "back"), "0.0/1");
    assert.equal(await at("1", "2", "1", "back 3"), "i0");
    assert.equal(await at("1", "2", "1", "back 2", "undo"), "0.0/1.0");
    assert.equal(await at("1", "2", "1", "back 2", "undo", "undo", "redo", "redo"), "0");
    assert.equal(await at("1", "2", "start", "undo"), "0.0/1");
    assert.match(await at("back"), /there is no step to go back/);
    assert.match(await at("undo"), /there is nothing to undo/);
    assert.match(await at("1", "undo", "2", "redo"), /there is nothing to redo/);
    assert.match(await at("1", "back 2"), /'2' is no number that back takes\n {7}values: 1 to 1\n/);
    assert.match(await at("start 1"), /values: 0 to 0/);
  });
});

test("goto leads along a counterexample, and a failed check ends the run", async () => {
  await inFolder({ "m.ts": BLOCKING }, async (folder) => {
    const low = await explore(folder, "m.ts", "goto low");
    assert.match(last(low), /^after 2 steps: .*\n 1 {2}CPU\d \(\w\): unlock .*-> no-bug\n.*\nviolated: low: n is 3\n$/);
    assert.match(last(await explore(folder, "m.ts", "goto low 1")), /^after 1 step: lock: false -> true\n/);
    const bug = await explore(folder, "m.ts", "goto no-bug", "why", "diagram");
    assert.match(bug.out, /the run has ended in no-bug\nviolated: no-bug: BUG_ON\(n == 3\)\n> why\nno CPU waits\n/);
    const token = /(m\.ts:\S+)\n$/.exec((await explore(folder, "m.ts", "goto no-bug", "token")).out)![1]!;
    assert.match(token, /^m\.ts:no-bug:/);
    assert.equal((await explore(folder, `m.ts --from ${token}`)).out, (await explore(folder, `--from ${token}`)).out);
    assert.match((await explore(folder, "m.ts", `goto ${token}`)).out, /BUG_ON/);
    const nowhere = await explore(folder, "m.ts", "goto lo");
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.err, /no run to 'lo' was found; did you mean 'low'\?\n {7}known: low, /);
    const cut = await explore(folder, "m.ts --max-states 3", "goto no-bug");
    assert.match(cut.err, /no run to 'no-bug' was found\n {7}the search was stopped by --max-states 3\n/);
    assert.match((await explore(folder, "m.ts", "goto")).err, /goto needs a spec or a token/);
  });
});

test("a token of the session is replayed, if its run ends in a spec, and refused where it does not fit", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "m.ts": BLOCKING }, async (folder) => {
    const tokenAfter = async (...commands: readonly string[]): Promise<string> =>
      (await explore(folder, "race.ts --set threads=3", ...commands, "token")).out.trim().split("\n").at(-1)!;
    const token = await tokenAfter("goto sum");
    const { code, out } = await faultline(folder, `replay ${token}`);
    assert.equal(code, 1);
    assert.match(out, /violated {3}sum/);
    assert.match((await faultline(folder, `replay ${await tokenAfter("1")}`)).err, /ends in no spec/);
    const wrong = await explore(folder, `m.ts --from ${token}`);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /about another scenario, or other parameters\n {7}it is about: race\.ts threads=3\n/);
  });
});

test("a random walk takes the same steps for the same seed, and stops at a violation", async () => {
  await inFolder({ "m.ts": BLOCKING, "race.ts": LOST_UPDATE }, async (folder) => {
    const walk = async (command: string): Promise<string> => (await explore(folder, "m.ts", command, "token")).out;
    assert.equal(await walk("random 9 4"), await walk("random 9 4"));
    const seeds = await Promise.all(Array.from({ length: 12 }, (_, seed) => walk(`random 9 ${seed}`)));
    assert.ok(new Set(seeds).size > 6);
    for (const out of seeds) assert.match(out, /violated: low|CPU0 \(a\): done\n {4}CPU1 \(b\): done/);
    assert.match((await explore(folder, "m.ts", "random x")).err, /'x' is no number that random takes/);
    assert.match((await explore(folder, "race.ts", "random")).out, /after 4 steps/);
  });
});

test("a script ends at its first mistake, a person goes on", async () => {
  await inFolder({ "m.ts": BLOCKING }, async (folder) => {
    const { code, out, err } = await explore(folder, "m.ts", "9", "1");
    assert.equal(code, 2);
    assert.match(err, /^error: there is no step 9 here\n {7}steps: 1 to 2\n$/);
    assert.ok(out.endsWith("> 9\n"), out);
    const person = await faultline(folder, "explore m.ts", { isTerminal: true, input: "fliberty\n1\n" });
    assert.equal(person.code, 0);
    assert.match(person.out, /error: there is no command 'fliberty'\n.*\nafter 1 step: /);
    for (const [commands, text] of [
      ["dagram", "did you mean 'diagram'?"],
      ["undo 3", "'3' is one word too many for 'undo'\n"],
      ["toString", "there is no command 'toString'"],
      ["why 7", "values: 0 to 1"],
    ] as const)
      assert.ok((await explore(folder, "m.ts", commands)).err.includes(text), commands);
    const help = (await explore(folder, "m.ts", "help")).out;
    for (const command of ["back", "goto", "random", "token", "quit"])
      assert.match(help, new RegExp(`^${command}\\b.{3,}`, "m"));
    assert.ok((await explore(folder, "m.ts", "state", "")).out.includes("lock == false\n> \nafter 0 steps"));
  });
});

test("explore needs one scenario, and refuses options that mean nothing to it", async () => {
  assert.match((await faultline("/", "explore")).err, /explore takes one scenario, or --from a token/);
  assert.match((await faultline("/", "explore two-fault")).err, /did you mean 'two-faults'/);
  assert.match((await faultline("/", "explore two-faults --junit x")).err, /there is no option '--junit'/);
  assert.match((await faultline("/", "explore two-faults --from x")).err, /'x' is no token/);
  assert.equal((await faultline("/", "explore two-faults")).code, 0);
});
