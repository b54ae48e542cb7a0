import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BUFFERING, faultline, filesUnder, HANDED_OVER, inFolder, LOST_UPDATE, modelWith } from "./recorded.ts";

test("graph draws the states of a user's file and says where", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE }, async (folder) => {
    const { code, out, err } = await faultline(folder, "graph lost.ts --png");
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /^lost-update threads=2: 12 states, 14 transitions\n/);
    const files = ["states.dot", "states.png", "states.svg"].map((name) => `out/lost-update/graph/${name}`);
    assert.deepEqual(await filesUnder(folder), ["lost.ts", ...files]);
    const before = await readFile(join(folder, files[0]!));
    assert.equal((await faultline(folder, "graph lost.ts --quiet")).out, "");
    assert.deepEqual(await readFile(join(folder, files[0]!)), before);
  });
});

test("graph takes parameters and a spec", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE }, async (folder) => {
    assert.match((await faultline(folder, "graph lost.ts --set threads=3")).out, /threads=3: \d+ states/);
    assert.equal((await faultline(folder, "graph lost.ts --spec two")).code, 0);
    const dot = await readFile(join(folder, "out/lost-update/graph/states.dot"), "utf8");
    assert.match(dot, /the shortest run that meets two/);
  });
});

test("graph draws the surroundings of the counterexample where there are too many states, and says so", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE }, async (folder) => {
    const { code, out } = await faultline(folder, "graph lost.ts --max-nodes 5");
    assert.equal(code, 0);
    assert.match(out, /more than --max-nodes 5; drawn: the run to sum and each step off it/);
  });
});

test("graph refuses too many states of a scenario in which nothing is violated", async () => {
  await inFolder(
    { "fine.ts": modelWith({ steps: '"a": (k) => void (k.n = 1), "b": (k) => void (k.n = 2),' }) },
    async (folder) => {
      const { code, err } = await faultline(folder, "graph fine.ts --max-nodes 2");
      assert.equal(code, 2);
      assert.match(err, /more than 2 states[^]*no spec is violated[^]*--max-nodes/);
      assert.deepEqual(await filesUnder(folder), ["fine.ts"]);
    },
  );
});

test("graph draws what a memory model allows, beside the picture of sequential consistency", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    for (const memory of ["sc", "tso", "lkmm"]) {
      const { code, out, err } = await faultline(folder, `graph b.ts --memory ${memory}`);
      assert.deepEqual([code, err], [0, ""]);
      const checked = await faultline(folder, `check b.ts --memory ${memory} --no-symmetry`);
      const counts = /\n(\d+ states, \d+ transitions),/.exec(checked.out)![1]!;
      const name = memory === "sc" ? "states" : `states-${memory}`;
      assert.ok(out.startsWith(`buffering mb=false${memory === "sc" ? "" : ` under ${memory}`}: ${counts}\n`), out);
      const dot = await readFile(join(folder, `out/buffering/graph/${name}.dot`), "utf8");
      assert.equal(dot.includes("bold: the shortest run that violates seen"), memory !== "sc");
    }
    assert.equal((await filesUnder(join(folder, "out/buffering/graph"))).length, 6);
  });
});

test("graph says of a spec whose runs LKMM forbids, as far as they were tried, that there is no run to draw", async () => {
  await inFolder({ "h.ts": HANDED_OVER }, async (folder) => {
    const none = "whether LKMM allows a run that violates it is not known: docs/memory.md, What lkmm means";
    const { code, out } = await faultline(folder, "graph h.ts --memory lkmm --spec arrives --max-nodes 1000");
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^handed-over under lkmm: \\d+ states, \\d+ transitions\narrives: ${none}\n`));
    const few = await faultline(folder, "graph h.ts --memory lkmm --spec arrives --max-nodes 5");
    assert.match(few.err, new RegExp(`there is no run to draw the surroundings of: ${none}\n`));
  });
});

test("graph refuses what check refuses under a memory model, and --memory with --path", async () => {
  await inFolder({ "b.ts": BUFFERING }, async (folder) => {
    for (const [line, message] of [
      ["b.ts --memory lkmm --spec in-order", /^error: spec 'in-order' cannot be judged under lkmm: it reads x/],
      ["b.ts --memory lkmm --set mb=true --max-nodes 3", /under lkmm has more than 3 states[^]*no spec is violated/],
      ["b.ts --memory arm", /--memory cannot be 'arm'/],
      ["b.ts --memory tso --path a", /^error: --memory does not go with --path\n.*\[ acquire \]\n/],
    ] as const) {
      const { code, err } = await faultline(folder, `graph ${line}`);
      assert.equal(code, 2, line);
      assert.match(err, message);
    }
  });
});

test("graph --path draws a path, lists them without a name, and helps with a wrong one", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE }, async (folder) => {
    assert.equal((await faultline(folder, "graph lost.ts --path")).out, "add_one\n");
    const { code, out } = await faultline(folder, "graph lost.ts --path add_one");
    assert.deepEqual([code, out.split("\n")[0]], [0, "add_one: 2 steps, as in lost-update threads=2"]);
    assert.deepEqual(await filesUnder(join(folder, "out")), [
      "lost-update/graph/path-add_one.dot",
      "lost-update/graph/path-add_one.svg",
    ]);
    const wrong = await faultline(folder, "graph lost.ts --path add_on");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /no path 'add_on'; did you mean 'add_one'\?\n +paths: add_one\n/);
  });
});

test("graph --path finds a path in the bundled scenarios", async () => {
  await inFolder({}, async (folder) => {
    const list = await faultline(folder, "graph --path");
    assert.match(list.out, /^filemap_map_pages +mm\/filemap\.c, v5\.9$/m);
    assert.equal((await faultline(folder, "graph --set order=patch4 --path filemap_map_pages")).code, 0);
  });
});

test("graph --path says with which parameters a path is there that the default ones do not have", async () => {
  await inFolder({}, async (folder) => {
    const { code, err } = await faultline(folder, "graph --path migrate_folio_unmap");
    assert.equal(code, 2);
    assert.match(err, /^error: there is no path 'migrate_folio_unmap' with these parameters\n/);
    const command = /`faultline (graph .*)`/.exec(err)![1]!;
    assert.equal(command, "graph fault-around --set release=v6.12 --set remover=migrate --path migrate_folio_unmap");
    assert.equal((await faultline(folder, command)).code, 0);
  });
});

test("in a list of names, one that has a comma is quoted", async () => {
  const other = `const q = w.path("q, then r", {}, { "a": () => done });`;
  const model = modelWith({ steps: '"a": () => done,', more: other, threads: "a: p, b: q" });
  await inFolder({ "m.ts": model }, async (folder) => {
    assert.match((await faultline(folder, "graph m.ts --path x")).err, /paths: p, 'q, then r'\n/);
  });
});

for (const [line, message] of [
  ["graph", /graph needs a scenario\n +bundled: /],
  ["graph a b", /one word too many for 'graph'/],
  ["graph two-faults --spec nix", /there is no spec 'nix'[^]*specs: fault-maps/],
  ["graph two-faults --max-nodes 0", /--max-nodes needs a whole number/],
  ["graph two-faults --max-nodes x", /--max-nodes needs a whole number/],
  ["graph two-faults --set nix=1", /no parameter 'nix'/],
  ["graph --set nix=1 --path", /no scenario has all of the parameters nix/],
  ["graph two-faults --path a --path b", /--path is given twice/],
  ["graph nix", /there is no scenario 'nix'/],
] as const)
  test(`${line}: is told what is wrong`, async () => {
    await inFolder({}, async (folder) => {
      const { code, err } = await faultline(folder, line);
      assert.equal(code, 2);
      assert.match(err, message);
      assert.deepEqual(await filesUnder(folder), []);
    });
  });

test("graph says what is in its way when it cannot write", async () => {
  await inFolder({ "lost.ts": LOST_UPDATE, out: "" }, async (folder) => {
    const { code, err } = await faultline(folder, "graph lost.ts");
    assert.equal(code, 2);
    assert.match(err, /cannot write 'out\/lost-update\/graph'/);
  });
});
