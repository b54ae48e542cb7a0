import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, inFolder } from "./recorded.ts";

// Two CPUs store and then look for each other; a ghost takes note of what they saw.
const BUFFERING = `
import { ghost, int, once, release, scenario, smpMb, bool, world } from "faultline";
const w = world({ x: bool, y: bool, seen: ghost(int(0, 2)) });
const path = (name: string, mine: "x" | "y", other: "x" | "y", mb: boolean) => w.path(name, {}, {
  store: once((k) => { k[mine] = true; }),
  "smp_mb()": mb && smpMb,
  load: once((k) => { if (k[other]) k.seen++; }),
});
export default scenario("buffering", {
  about: "Two CPUs look for each other",
  world: w,
  params: { mb: bool },
  threads: ({ mb }) => ({ a: path("a", "x", "y", mb), b: path("b", "y", "x", mb) }),
  specs: [
    w.atEnd("seen", "one sees the other", (k) => k.seen > 0),
    w.always("in-order", "y is not stored to first", (k) => k.seen < 3 && (k.x || !k.y || k.x || k.seen >= 0)),
  ],
  expect: [{}],
});
`;

test("a spec is judged under the memory model that was asked for, and the command says which", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    assert.equal((await faultline(folder, "check b.ts --spec seen --quiet")).code, 0);
    for (const memory of ["tso", "lkmm"]) {
      const { code, out } = await faultline(folder, `check b.ts --spec seen --memory ${memory}`);
      assert.equal(code, 1, out);
      assert.match(out, new RegExp(`reproduce: faultline check b.ts --spec seen --memory ${memory}`));
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

test("a counterexample under lkmm is written as a litmus test", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    await faultline(folder, "check b.ts --memory lkmm --spec seen");
    const text = await readFile(join(folder, "out/buffering/seen.litmus"), "utf8");
    assert.match(text, /^C buffering_seen\n/);
    assert.match(text, /P0\(int \*x, int \*y\)\n\{\n\tint r1;\n\tWRITE_ONCE\(\*x, 1\);\n\tr1 = READ_ONCE\(\*y\);\n\}/);
    assert.match(text, /exists \(0:r1=0 \/\\ 1:r1=0 \/\\ x=1 \/\\ y=1\)/);
  });
});

test("what goes only with sequential consistency is refused with another model", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    for (const [options, text] of [
      ["--expected --memory tso", "--memory tso has no pinned verdicts"],
      ["--minimize switches --memory lkmm", "--minimize switches does not go with --memory lkmm"],
      ["--memory arm", "--memory cannot be 'arm'"],
    ] as const) {
      const { code, err } = await faultline(folder, `check b.ts ${options}`);
      assert.equal(code, 2);
      assert.ok(err.includes(text), err);
    }
  });
});
