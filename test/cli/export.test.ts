import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, inFolder } from "./recorded.ts";

const COUNTER = `
import { always, int, scenario, world } from "faultline";
const w = world({ n: int(0, 2), "page.count": int(0, 1) });
const inc = w.path("inc", { seen: int(0, 2) }, {
  "READ_ONCE(n)": (k, me) => void (me.seen = k.n),
  "WRITE_ONCE(n)": (k, me) => void (k.n = me.seen + 1),
});
export default scenario("lost/update", {
  about: "Two CPUs count",
  world: w,
  params: {},
  threads: () => ({ inc: [inc, inc] }),
  specs: [
    w.atEnd("all-counted", "n is 2", (k) => k.n === 2),
    w.sometimes("one", "n is 1", (k) => k.n === 1),
  ],
});
`.replace("always, ", "");

const inCounter = (body: (folder: string) => Promise<void>): Promise<void> => inFolder({ "c.ts": COUNTER }, body);

test("export writes a text for each language, and says what to expect", async () => {
  await inCounter(async (folder) => {
    for (const [to, files] of [
      ["promela", ["lost_update.pml"]],
      ["tla", ["lost_update.cfg", "lost_update.tla"]],
      ["aut", ["lost_update.aut"]],
    ] as const) {
      const { code, out, err } = await faultline(folder, `export c.ts --to ${to} --out ${to}`);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /^lost\/update: \d+ states, violated: all-counted/);
      assert.deepEqual(readdirSync(join(folder, to, "lost/update/export")).toSorted(), files);
    }
    const read = (file: string): string => readFileSync(join(folder, file), "utf8");
    const pml = read("promela/lost/update/export/lost_update.pml");
    assert.match(pml, /Written by: faultline export c\.ts --to promela$/m);
    assert.match(pml, /^READ_ONCE_n: +\/\* READ_ONCE\(n\) \*\/$/m);
    const module = read("tla/lost/update/export/lost_update.tla");
    assert.match(module, /^---- MODULE lost_update ----$/m);
    const states = /Expected: (\d+) states; violated: all-counted; sometimes specs reached: one/;
    assert.equal(states.exec(pml)?.[1], states.exec(module)?.[1]);
    const [head, ...edges] = read("aut/lost/update/export/lost_update.aut").trimEnd().split("\n");
    const [, transitions, count] = /^des \(0, (\d+), (\d+)\)$/.exec(head!) ?? [];
    assert.equal(count, states.exec(pml)?.[1]);
    assert.equal(edges.length, Number(transitions));
    assert.ok(edges.includes('(0, "inc0: READ_ONCE(n)", 1)'));
    assert.ok(edges.some((edge) => edge.includes('"violated: all-counted"')));
    assert.ok(edges.some((edge) => edge.includes('"reached: one"')));
    // Nothing but a loop leaves the last states.
    for (const edge of edges)
      assert.match(edge, /^\((\d+), "(?:inc[01]: .*", \d+|(?:done|reached|violated)[^"]*", \1)\)$/);
    for (const line of `${pml}${module}`.split("\n")) assert.match(line, /^[\x20-\x7e\t]*$/);
  });
});

test("export refuses what it cannot say, and tells what there is", async () => {
  const wrong = async (line: string, ...texts: readonly string[]): Promise<void> => {
    const { code, out, err } = await faultline("/", line);
    assert.deepEqual([code, out], [2, ""], line);
    for (const text of texts) assert.ok(err.includes(text), `${line}: ${err}`);
  };
  await wrong("export two-faults", "needs a language", "--to promela");
  await wrong("export two-faults --to promla", "did you mean 'promela'?");
  await wrong("export --to aut", "needs a scenario", "bundled:");
  for (const memory of ["tso", "lkmm"])
    await wrong(`export two-faults --to tla --memory ${memory}`, `cannot be exported under --memory ${memory}`);
  await wrong("check two-faults --second spin --memory tso", "--second spin does not go with --memory tso");
  await wrong("check two-faults --second tlc", "values: spin");
});

test("what is not all there is exported with what is known, or not at all", async () => {
  await inCounter(async (folder) => {
    const { code, err, out } = await faultline(folder, "export c.ts --to promela --max-states 3");
    assert.equal(code, 3);
    assert.match(err, /warning: the search was cut, and what to expect is not known: --max-states 3/);
    assert.match(out, /more than 2 states/);
    const pml = readFileSync(join(folder, "out/lost/update/export/lost_update.pml"), "utf8");
    assert.match(pml, /faultline has not seen all of it \(--max-states 3\)/);
    const refused = await faultline(folder, "export c.ts --to aut --max-states 3");
    assert.equal(refused.code, 2);
    assert.match(refused.err, /not all states are known/);
  });
});
