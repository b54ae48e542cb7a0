import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { faultline, inFolder, LOST_UPDATE } from "./recorded.ts";

test("list shows every bundled scenario with what it is about", async () => {
  const { code, out } = await faultline("/", "list");
  assert.equal(code, 0);
  for (const { name, about } of scenarios)
    assert.ok(
      out
        .replaceAll(/\n {10,}/g, " ")
        .split("\n")
        .some((line) => line.startsWith(`${name} `) && line.endsWith(about)),
    );
  assert.ok(out.split("\n").every((line) => line.length <= 100));
  const { out: json } = await faultline("/", "list --format json");
  assert.deepEqual(
    JSON.parse(json),
    scenarios.map(({ name, about }) => ({ scenario: name, about })),
  );
});

test("list and check take a folder of scenarios, which check judges by its pinned runs", async () => {
  const { out } = await faultline("/", "list questions");
  const named = scenarios.map(({ name }) => name).filter((name) => name.startsWith("questions/"));
  assert.deepEqual(out.match(/^\S+/gm), named);
  assert.equal((await faultline("/", "list questions/")).out, out);
  await inFolder({}, async (folder) => {
    const { code, out: said, err } = await faultline(folder, "check questions --max-states 1 --quiet");
    assert.equal(code, 3, err);
    for (const name of named) assert.match(said, new RegExp(`^${name}\\b`, "m"));
    for (const line of ["check races --simulate 3", "graph races", "export races --to tla"]) {
      const wrong = await faultline(folder, line);
      assert.equal(wrong.code, 2, line);
      assert.match(
        wrong.err,
        /all pinned runs|'races' is a folder of scenarios\n +in it: races\/memory-failure-twice, races\/nopage/,
        line,
      );
    }
  });
});

test("a scenario that is not there is asked for by those of the same words, if these are few", async () => {
  const { code, err } = await faultline("/", "list vma");
  assert.equal(code, 2);
  assert.match(err, /^ +alike: vma-lock-vs-munmap, races\/vma-lock-anon-vma, [^\n]*$/m);
  assert.match((await faultline("/", "list nix")).err, /^ +bundled: fault-around-vs-punch, .*, \d+ in races\//m);
});

test("list shows what each bundled scenario is made of", async () => {
  for (const { name, params, specs } of scenarios) {
    const { code, out } = await faultline("/", `list ${name}`);
    assert.equal(code, 0);
    for (const part of [...Object.keys(params), ...specs.map((spec) => spec.name)])
      assert.match(out, new RegExp(`^ +.*\\b${part}\\b`, "m"));
    assert.match(out, /^[\x20-\x7e\n]*$/);
  }
  const { out } = await faultline("/", "list fault-around-vs-punch");
  assert.match(out, /^ {2}filemap_map_pages mm\/filemap\.c, v5\.9$/m);
  assert.match(out, /^ {4}left out: /m);
  assert.match(out, /^ {2}zap_pte_range mm\/memory\.c/m, "paths that are called are there too");
});

test("list shows a model of the user's own", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const { out } = await faultline(folder, "list race.ts");
    assert.equal(
      out,
      `lost-update: Threads add one without a lock

parameters, for --set name=value:
  threads  default 2  2..3

threads, with the parameters at their defaults:
  CPU0  t0  add_one
  CPU1  t1  add_one

paths:
  add_one

specs:
  atEnd      sum             every increment counts
  sometimes  two             n is two
  built in   no-bug          no bugOn() fires
  built in   no-oops         no step dereferences NULL or throws
  built in   in-range        every field stays in its range
  built in   guarded         every access to a guarded field holds its lock
  built in   not-stuck       some thread can always go on until all are done
  built in   never-finishes  every thread can still finish, whatever has happened so far

pinned runs, for --expected:
  threads=2  violated: sum; 8 states
  threads=3  violated: sum
`,
    );
    const { out: json } = await faultline(folder, "list race.ts --format json");
    const { params, pinned } = JSON.parse(json) as { params: unknown; pinned: unknown };
    assert.deepEqual(params, [{ name: "threads", range: "2..3", default: 2 }]);
    assert.deepEqual(pinned, [
      { set: { threads: 2 }, violated: ["sum"], vacuous: [], states: 8 },
      { set: { threads: 3 }, violated: ["sum"], vacuous: [] },
    ]);
  });
});

test("pinned runs that differ in their memory model alone looked alike", async () => {
  const model = LOST_UPDATE.replace(
    /expect: \[[^]*\],\n/,
    `expect: [
      { violated: ["sum"] },
      { memory: "tso", violated: ["sum"] },
      { memory: "lkmm", unjudged: ["two"], violated: ["sum"] },
      { set: { threads: 3 }, memory: "lkmm", violated: ["sum"], undecided: ["two"] },
    ],\n`,
  );
  await inFolder({ "race.ts": model }, async (folder) => {
    const { out } = await faultline(folder, "list race.ts");
    assert.equal(
      out.slice(out.indexOf("pinned runs")),
      `pinned runs, for --expected:
  (defaults)             violated: sum
  (defaults) under tso   violated: sum
  (defaults) under lkmm  violated: sum; not judged: two
  threads=3 under lkmm   violated: sum; undecided: two
`,
    );
    const { pinned } = JSON.parse((await faultline(folder, "list race.ts --format json")).out) as { pinned: object[] };
    assert.deepEqual(
      pinned.map((run) => ("memory" in run ? run.memory : "sc")),
      ["sc", "tso", "lkmm", "lkmm"],
    );
  });
});
