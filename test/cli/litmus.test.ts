import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { faultline, inFolder } from "./recorded.ts";

const BIN = fileURLToPath(new URL("../../dist/src/cli/bin.cjs", import.meta.url));

const MP = `C MP
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x); }
exists (1:r0=1 /\\ 1:r1=0)
`;
const X86 = "X86 one\n{}\n P0 ;\n MOV [x],$1 ;\nforall (x=1)\n";
const SRCU = "C srcu\n{}\nP0(int *x)\n{\n\tsrcu_read_lock(x);\n}\nexists (x=0)\n";
const FILES = { "MP.litmus": MP, "one.litmus": X86, "srcu.litmus": SRCU };

test("a litmus test is answered as herd7 does", async () => {
  await inFolder(FILES, async (folder) => {
    const { code, out } = await faultline(folder, "litmus MP.litmus");
    assert.equal(code, 0);
    assert.equal(
      out,
      `Test MP Allowed
States 4
1:r0=0; 1:r1=0;
1:r0=0; 1:r1=1;
1:r0=1; 1:r1=0;
1:r0=1; 1:r1=1;
Ok
Witnesses
Positive: 1 Negative: 3
Condition exists (1:r0=1 /\\ 1:r1=0)
Observation MP Sometimes 1 3

`,
    );
    assert.match((await faultline(folder, "litmus MP.litmus --memory tso")).out, /^No$[^]*Never 0 3/m);
  });
});

test("an x86 test runs under tso, and the LKMM has nothing to say of it", async () => {
  await inFolder(FILES, async (folder) => {
    assert.match((await faultline(folder, "litmus one.litmus --quiet")).out, /^Observation one Always 1 0$/m);
    const { code, err } = await faultline(folder, "litmus one.litmus --memory lkmm");
    assert.equal(code, 2);
    assert.match(err, /the LKMM says nothing of x86 instructions/);
  });
});

test("what cannot be read in a folder is counted and named; a file of its own is an error", async () => {
  await inFolder(FILES, async (folder) => {
    const all = await faultline(folder, "litmus . --quiet");
    assert.equal(all.code, 0);
    assert.equal(all.out.split("\n").length, 3);
    assert.match(all.err, /not answered: 1 of 3\n {2}srcu\.litmus:5 srcu_read_lock\(\) is not supported/);
    const one = await faultline(folder, "litmus srcu.litmus");
    assert.equal(one.code, 2);
    assert.match(one.err, /srcu\.litmus:5/);
    const { tests, unread } = JSON.parse((await faultline(folder, "litmus . --format json")).out) as {
      tests: { name: string; states: unknown }[];
      unread: unknown[];
    };
    assert.deepEqual(
      tests.map(({ name }) => name),
      ["MP", "one"],
    );
    assert.deepEqual(tests[1]!.states, [{ "[x]": 1 }]);
    assert.equal(unread.length, 1);
  });
});

test("a bad file in the middle of a list ended it", async () => {
  await inFolder({ ...FILES, "not.litmus": "no test at all" }, async (folder) => {
    const line = "litmus MP.litmus srcu.litmus not.litmus missing.litmus one.litmus";
    const { code, out, err } = await faultline(folder, `${line} --quiet`);
    assert.equal(code, 2);
    assert.equal(out, "Observation MP Sometimes 1 3\nObservation one Always 1 0\n");
    assert.match(err, /^not answered: 3 of 5\n {2}srcu\.litmus:5 .*\n {2}not\.litmus:1 .*\n {2}.*'missing\.litmus'\n$/);
    const json = await faultline(folder, `${line} --format json`);
    assert.equal(json.code, 2);
    const { tests, unread } = JSON.parse(json.out) as { tests: unknown[]; unread: unknown[] };
    assert.deepEqual([tests.length, unread.length], [2, 3]);
    // A folder is taken as it is: what cannot be read in it is counted.
    await mkdir(join(folder, "sub"));
    await writeFile(join(folder, "sub/srcu.litmus"), SRCU);
    const mixed = await faultline(folder, "litmus MP.litmus sub one.litmus --quiet");
    assert.deepEqual([mixed.code, mixed.out.split("\n").length], [0, 3]);
    assert.match(mixed.err, /^not answered: 1 of 3\n {2}sub\/srcu\.litmus:5 /);
    await writeFile(join(folder, "t.tsv"), "file\tlkmm\tlkmm_states\nMP.litmus\tNever\t1\n");
    const compared = await faultline(folder, "litmus srcu.litmus MP.litmus --expect t.tsv --memory lkmm");
    assert.equal(compared.code, 1);
    assert.match(compared.out, /1 differ, 1 not answered\n/);
  });
});

test("a location that only `locations` names was refused", async () => {
  const c = MP.replace("exists", "locations [x; *y; z; 1:r0]\nexists");
  const x86 = X86.replace("forall", "locations [x; y;]\nforall");
  await inFolder({ "c.litmus": c, "x.litmus": x86, "not.litmus": MP.replace("1:r1=0", "zz=0") }, async (folder) => {
    for (const memory of ["sc", "tso", "lkmm"])
      assert.match(
        (await faultline(folder, `litmus c.litmus --memory ${memory}`)).out,
        /^1:r0=0; 1:r1=0; \[x\]=1; \[y\]=1; \[z\]=0;$/m,
      );
    assert.match((await faultline(folder, "litmus x.litmus")).out, /^\[?x\]?=1; \[?y\]?=0;$/m);
    assert.match((await faultline(folder, "litmus not.litmus")).err, /there is no location 'zz'/);
  });
});

test("a table is compared with, and a difference is exit status 1", async () => {
  const table = (verdict: string): string =>
    `file\tlkmm\tlkmm_states\ttso\ttso_states\nMP.litmus\t${verdict}\nsrcu.litmus\tNever\t1\t?\t?\n`;
  const files = { ...FILES, "same.tsv": table("Sometimes\t4\tNever\t3"), "other.tsv": table("Never\t5\tNever\t3") };
  await inFolder(files, async (folder) => {
    const same = await faultline(folder, "litmus . --expect same.tsv --memory lkmm");
    assert.equal(same.code, 0);
    assert.match(same.out, /^1 of 3 tests as expected under lkmm: 0 differ, 1 without a verdict/m);
    const other = await faultline(folder, "litmus . --expect other.tsv --memory lkmm");
    assert.equal(other.code, 1);
    assert.match(other.out, /fewer outcomes than expected: 1\n[^]*Sometimes 4, expected Never 5/);
    assert.match((await faultline(folder, "litmus . --expect same.tsv")).err, /--expect needs --memory/);
    assert.match((await faultline(folder, "litmus . --expect same.tsv --memory sc")).err, /no column 'sc'/);
    assert.match((await faultline(folder, "litmus . --expect none.tsv --memory sc")).err, /no table 'none.tsv'/);
  });
});

test("mistakes on the command line of litmus are named", async () => {
  await inFolder({ ...FILES, "empty.litmus": "" }, async (folder) => {
    for (const [line, message] of [
      ["litmus", /litmus needs a test/],
      ["litmus nothing.litmus", /no file or folder 'nothing.litmus'/],
      ["litmus empty.litmus", /this is no litmus test/],
      ["litmus MP.litmus --memory arm", /--memory cannot be 'arm'/],
    ] as const) {
      const { code, err } = await faultline(folder, line);
      assert.equal(code, 2, line);
      assert.match(err, message);
    }
  });
});

test("a test with too many states is undecided, and the next ones run; so it is where only one is named", async () => {
  await inFolder({ ...FILES, "table.tsv": "file\tlkmm\tlkmm_states\nMP.litmus\tSometimes\t4\n" }, async (folder) => {
    const { code, out, err } = await faultline(folder, "litmus MP.litmus one.litmus --max-states 3 --quiet");
    assert.equal(code, 3);
    assert.equal(out, "Observation one Always 1 0\n");
    assert.match(err, /^undecided: 1 of 2\n {2}MP\.litmus not all outcomes were seen: .*--max-states 3/m);
    const expecting = "litmus MP.litmus --max-states 3 --memory lkmm --expect table.tsv";
    const compared = await faultline(folder, expecting);
    assert.equal(compared.code, 3);
    assert.match(compared.out, /^0 of 1 tests as expected under lkmm: 0 differ, 1 undecided$/m);
    const { undecided } = JSON.parse((await faultline(folder, `${expecting} --format json`)).out) as {
      undecided: { file: string }[];
    };
    assert.deepEqual(
      undecided.map(({ file }) => file),
      ["MP.litmus"],
    );
  });
});

// What each load returns makes another way through the thread, and nothing that is asked for tells which: too many.
const LOCKS = Array.from({ length: 8 }, (_, i) => `spin_lock(l); r${i} = READ_ONCE(*x); spin_unlock(l);`).join(" ");
const MANY = `C many
{}
P0(spinlock_t *l, int *x) { int r0; int r1; int r2; int r3; int r4; int r5; int r6; int r7; ${LOCKS} }
P1(spinlock_t *l, int *x) { spin_lock(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); WRITE_ONCE(*x, 3); spin_unlock(l); int q = spin_is_locked(l); }
exists (x=3 /\\ 1:q=1)
`;

test("an outcome that no execution was found for is undecided, and said so", async () => {
  await inFolder({ "many.litmus": MANY }, async (folder) => {
    const { code, out } = await faultline(folder, "litmus many.litmus");
    assert.equal(code, 3);
    assert.match(out, /^States 0\nUndecided 2\n1:q=0; \[x\]=3;\n1:q=1; \[x\]=3;\nUndecided\n/m);
    assert.match(out, /^Observation many Undecided 0 0\nNote: of 2 more outcomes only executions were found/m);
  });
});

test("a litmus test is read from standard input, out of a mail", () => {
  const input = `Is this allowed?\n\n${MP.replaceAll(/^/gm, "> ")}\nThanks, it isn't clear to me.\n`;
  const out = execFileSync(process.execPath, [BIN, "litmus", "-", "--quiet"], { input, encoding: "utf8" });
  assert.equal(out, "Observation MP Sometimes 1 3\n");
});

const nested = (depth: number, statement: string): string =>
  `C deep\n{}\nP0(int *x)\n{\n${statement.repeat(depth)} WRITE_ONCE(*x, 1);${"}".repeat(depth)}\n}\nexists (x=1)\n`;

test("a test that is deep or long in itself passed for a bug of faultline", async () => {
  const files = {
    "parts.litmus": nested(5000, "if (1) {"),
    "sum.litmus": `C sum\n{}\nP0(int *x) { WRITE_ONCE(*x, ${"1 + ".repeat(20_000)} 1); }\nexists (x=1)\n`,
    "value.litmus": `C value\n{}\nP0(int *x) { WRITE_ONCE(*x, ${"(".repeat(20_000)}1${")".repeat(20_000)}); }\nexists (x=1)\n`,
    "condition.litmus": `C c\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists ${"(".repeat(20_000)}x=1${")".repeat(20_000)}\n`,
    "long.litmus": `C long\n{}\nP0(int *x)\n{\n${"WRITE_ONCE(*x, 1);\n".repeat(2500)}}\nexists (x=1)\n`,
    "few.litmus": nested(50, "if (1) {"),
  };
  await inFolder(files, async (folder) => {
    for (const [name, sentence] of [
      ["parts.litmus", "parts are nested more than 200 deep"],
      ["value.litmus", "parts are nested more than 200 deep"],
      ["condition.litmus", "parts are nested more than 200 deep"],
      ["sum.litmus", "there are more than 500 operators in one statement"],
    ] as const) {
      const { code, err } = await faultline(folder, `litmus ${name}`);
      assert.equal(code, 2, err);
      assert.match(err, new RegExp(`^error: ${sentence}\\n {7}${name}:\\d+\\n {7}try: `));
    }
    for (const name of ["long.litmus", "few.litmus"]) {
      const { code, out, err } = await faultline(folder, `litmus ${name}`);
      assert.equal(code, 0, err);
      assert.match(out, /^Observation \w+ Always 1 0$/m);
    }
  });
});

test("a test of which no run ends was answered with Never, and nothing said that it is no answer", async () => {
  const one = (body: string): string => `C one\n{}\nP0(int *x, spinlock_t *l)\n{\n${body}\n}\nexists (x=1)\n`;
  const write = "WRITE_ONCE(*x, 1);";
  const lock = "int r = READ_ONCE(*x); if (r == 0) { spin_lock(l); }";
  const files = {
    "rcu.litmus": one(`rcu_read_unlock();\n${write}`),
    "spin.litmus": one(`spin_unlock(l);\n${write}`),
    "twice.litmus": one(`spin_lock(l);\nspin_unlock(l);\nspin_unlock(l);\n${write}`),
    "sometimes.litmus": one(`${lock}\nspin_unlock(l);\n${write}`),
    "stuck.litmus": one(`spin_lock(l);\nspin_lock(l);\n${write}`),
    "good.litmus": one(`rcu_read_lock();\nspin_lock(l);\n${write}\nspin_unlock(l);\nrcu_read_unlock();`),
    "tried.litmus": one(`int r = spin_trylock(l); if (r) { spin_unlock(l); }\n${write}`),
  };
  await inFolder(files, async (folder) => {
    const said = async (name: string, how = ""): Promise<string> =>
      (await faultline(folder, `litmus ${name}.litmus ${how}`)).out.replaceAll(/\s+/g, " ");
    for (const how of ["", "--memory sc"]) {
      for (const [name, unlock] of [
        ["rcu", "line 5: rcu_read_unlock()"],
        ["spin", "line 5: spin_unlock(l)"],
        ["twice", "line 7: spin_unlock(l)"],
        ["sometimes", "line 6: spin_unlock(l)"],
      ] as const) {
        const out = await said(name, how);
        assert.ok(out.includes(`Note: ${unlock}: it is not locked there, and what comes to it has no outcome`), out);
        assert.equal(out.includes("Note: no run comes to its end"), name !== "sometimes", out);
        assert.ok(!out.includes("no variable"), out);
      }
      assert.match(await said("stuck", how), /Never 0 0 Note: no run comes to its end/);
      for (const name of ["good", "tried"]) assert.doesNotMatch(await said(name, how), /Note/);
    }
  });
});

test("a pipe that nobody writes to was waited for, for ever", async () => {
  await inFolder({ "MP.litmus": MP }, async (folder) => {
    execFileSync("mkfifo", [join(folder, "pipe")]);
    const { code, err } = await faultline(folder, "litmus pipe");
    assert.equal(code, 2);
    assert.match(err, /^error: 'pipe' cannot be read\n {7}it is a pipe, and no program writes to it\n/);
    const line = `${process.execPath} ${BIN} litmus <(sleep 0.3; cat MP.litmus; sleep 0.3) --quiet`;
    const out = execFileSync("bash", ["-c", line], { cwd: folder, encoding: "utf8" });
    assert.equal(out, "Observation MP Sometimes 1 3\n");
  });
});
