import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BUFFERING, faultline, filesUnder, HANDED_OVER, inFolder } from "./recorded.ts";

test("a spec is judged under the memory model that was asked for, and the command says which", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    assert.equal((await faultline(folder, "check b.ts --spec seen --quiet")).code, 0);
    for (const memory of ["tso", "lkmm"]) {
      const { code, out } = await faultline(folder, `check b.ts --spec seen --memory ${memory}`);
      assert.equal(code, 1, out);
      assert.match(out, new RegExp(`reproduce: faultline check b.ts --memory ${memory} --spec seen`));
      assert.equal((await faultline(folder, `check b.ts --spec seen --memory ${memory} --set mb=true`)).code, 0);
    }
  });
});

test("under tso a store that waits says so, and becomes visible in a row of its own", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    const { out } = await faultline(folder, "check b.ts --spec seen --memory tso");
    assert.match(out, /store .*\(in the store buffer\)|\(in the store buffer\)/);
    assert.match(out, /store of x becomes visible/);
    assert.match(out, /every interleaving on x86 was explored \(tso\)/);
    for (const engine of ["fast", "reference"])
      assert.equal((await faultline(folder, `check b.ts --spec seen --memory tso --engine ${engine} --quiet`)).code, 1);
  });
});

test("under lkmm a spec that looks at memory in the middle of a run is not judged", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    const { code, out } = await faultline(folder, "check b.ts --memory lkmm --set mb=true");
    assert.equal(code, 3, out);
    assert.match(out, /not judged {2}in-order {2}under lkmm: it reads x while CPUs still disagree about it/);
    const asked = await faultline(folder, "check b.ts --memory lkmm --spec in-order");
    assert.equal(asked.code, 2);
    assert.match(asked.err, /^error: spec 'in-order' cannot be judged under lkmm/);
  });
});

test("a spec that lkmm leaves open does not contradict what was explored: the line says what is not known", async () => {
  await inFolder({ "h.ts": HANDED_OVER }, async (folder) => {
    const { code, out } = await faultline(folder, "check h.ts --memory lkmm");
    assert.equal(code, 3, out);
    const open = /undecided {2}arrives {2}(.*\n {22}.*)\n/.exec(out)?.[1]?.replace(/\n */, " ");
    assert.equal(open, "whether LKMM allows a run that violates it is not known: docs/memory.md, What lkmm means");
    assert.match(out, /every run was explored that LKMM allows\n/);
    assert.doesNotMatch(out, /only runs/);
  });
});

test("--litmus writes the shortest counterexample under lkmm, from a search and from a token", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    // Its own file of an earlier run is replaced.
    await faultline(folder, "check b.ts --memory lkmm --spec seen --litmus seen.litmus");
    const { code, err } = await faultline(folder, "check b.ts --memory lkmm --spec seen --litmus seen.litmus");
    assert.deepEqual([code, err], [1, ""]);
    const text = await readFile(join(folder, "seen.litmus"), "utf8");
    assert.match(text, /^C buffering_seen\n/);
    assert.match(text, /P0\(int \*x, int \*y\)\n\{\n\tint r1;\n\tWRITE_ONCE\(\*x, 1\);\n\tr1 = READ_ONCE\(\*y\);\n\}/);
    assert.match(text, /exists \(0:r1=0 \/\\ 1:r1=0 \/\\ x=1 \/\\ y=1\)/);
    const report = await readFile(join(folder, "out/buffering/seen.txt"), "utf8");
    const token = report.slice(report.indexOf("replay: "));
    await faultline(folder, "replay --litmus again.litmus --quiet", { input: token });
    assert.equal(await readFile(join(folder, "again.litmus"), "utf8"), text);
  });
});

test("--litmus says what it needs, and writes nothing where nothing is violated", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    for (const memory of ["", " --memory tso"]) {
      const { code, err } = await faultline(folder, `check b.ts --litmus t.litmus${memory}`);
      assert.equal(code, 2);
      assert.match(err, /^error: --litmus needs a run under lkmm, and this one is under (sc|tso)\n/);
    }
    const held = await faultline(folder, "check b.ts --memory lkmm --spec seen --set mb=true --litmus t.litmus");
    assert.equal(held.code, 0);
    assert.equal(held.err, "warning: no --litmus file is written: nothing is violated\n");
    assert.ok(!(await filesUnder(folder)).includes("t.litmus"));
    const nowhere = await faultline(folder, "check b.ts --memory lkmm --spec seen --litmus b.ts/t.litmus --quiet");
    assert.equal(nowhere.code, 2);
  });
});

test("what goes only with sequential consistency is refused with another model", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    for (const [options, text] of [
      ["--expected --memory tso", "--memory tso does not choose among pinned runs"],
      ["--minimize switches --memory lkmm", "--minimize switches does not go with --memory lkmm"],
      ["--memory arm", "--memory cannot be 'arm'\n       values: sc, tso, lkmm\n"],
    ] as const) {
      const { code, err } = await faultline(folder, `check b.ts ${options}`);
      assert.equal(code, 2);
      assert.ok(err.includes(text), err);
    }
  });
});

test("--stats named the engine of lkmm where the plain explorer had searched", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    for (const [memory, engine, named] of [
      ["sc", "fast", "fast engine, 1 thread"],
      ["sc", "reference", "reference engine, 1 thread"],
      ["tso", "fast", "fast engine, 1 thread"],
      ["tso", "reference", "reference engine, 1 thread"],
      ["lkmm", "fast", "engine of lkmm, 1 thread"],
      ["lkmm", "reference", "reference engine, 1 thread"],
    ] as const) {
      const line = `check b.ts --spec seen --memory ${memory} --engine ${engine} --threads 1 --stats`;
      const { out } = await faultline(folder, line);
      assert.match(out, new RegExp(`^stats: .*\n  ${named}(?:; compiled.*)?$`, "m"), `${memory}, ${engine}`);
    }
  });
});
