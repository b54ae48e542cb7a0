import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { main } from "../../src/cli/main.ts";
import { ROOT } from "../docs/document.ts";
import { Recording, faultline, inFolder, readJson } from "./recorded.ts";

const EXTENSION = readFileSync(`${ROOT}examples/uffd-wp.ts`, "utf8");
const STACK = readFileSync(`${ROOT}test/cli/stack.ts`, "utf8");

test("in any folder, 30 lines add a field to the kernel and patch a step, and the bundled truncate runs through it", async () => {
  assert.ok(EXTENSION.trimEnd().split("\n").length <= 30);
  await inFolder({ "uffd-wp.ts": EXTENSION }, async (folder) => {
    const { code, out, err } = await faultline(folder, "check uffd-wp.ts --expected");
    assert.equal(code, 0, out + err);
    assert.match(out, /2 of 2 runs as expected/);
    const { out: listed } = await faultline(folder, "list uffd-wp.ts");
    assert.match(listed, /\n {2}zap_pte_range, patched mm\/memory\.c, v5\.9\n/);
    assert.match(
      listed,
      /\n {6}pte_none\(\*pte\)\?\n {4}! ptep_get_and_clear_full\(pte\)\n {6}page_remove_rmap\(page\)\n/,
    );
    const { out: json } = await faultline(folder, "list uffd-wp.ts --format json");
    const { paths } = JSON.parse(json) as { paths: { name: string; patch?: { label: string; change?: string }[] }[] };
    assert.deepEqual(
      paths.flatMap(({ name, patch = [] }) =>
        patch.flatMap(({ label, change }) => (change ? [[name, label, change]] : [])),
      ),
      [["zap_pte_range, patched", "ptep_get_and_clear_full(pte)", "replaced"]],
    );
    const io = new Recording(folder);
    assert.equal(await main(["graph", "uffd-wp.ts", "--path", "zap_pte_range, patched"], io), 0, io.err);
    assert.match(io.out, /^zap_pte_range, patched: 6 steps \(1 replaced\), as in uffd-wp zap=patched$/m);
    const dot = readFileSync(join(folder, "out/uffd-wp/graph/path-zap_pte_range%2C%20patched.dot"), "utf8");
    assert.match(dot, /! ptep_get_and_clear_full\(pte\)/);
    assert.match(dot, /table\[0\]\.pte\.uffdWp = false/);
  });
});

test("a run of a patched path is told by its name, with the lines of the patch, and replays", async () => {
  const step = 'replace: { "use it": once((k) => { k.node[0].taken = false; }) },';
  const source = STACK.replace('drop: ["use it"],', step);
  await inFolder({ "stack.ts": source }, async (folder) => {
    const { code, out } = await faultline(folder, "check stack.ts --set other=consumer");
    assert.equal(code, 1);
    assert.match(out, /consumer, putting one back\n/);
    assert.match(
      (await faultline(folder, "list stack.ts")).out,
      /\n {2}consumer, putting one back\n {6}llist_del_first\(\)\n {4}\+ llist_del_first\(\), again\n/,
    );
    const [token] = /stack\.ts:other=consumer:\S+/.exec(out)!;
    assert.equal((await faultline(folder, `replay ${token}`)).code, 1);
    const { sources, lines } = (await readJson(folder, "out/stack/result.json")) as Told;
    const name = "consumer, putting one back";
    const lineWith = (text: string): number => source.split("\n").findIndex((line) => line.includes(text)) + 1;
    assert.equal(sources[name], `stack.ts:${lineWith("consumer.with({")}`);
    assert.deepEqual(lines[name], { "use it": lineWith(step) });
  });
});

interface Told {
  readonly sources: Readonly<Record<string, string>>;
  readonly lines: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

test("a wrong patch is told with its line, what exists and what was meant", async () => {
  const wrong = (patch: string): string => EXTENSION.replace(/replace: \{.*\},$/m, patch);
  for (const [patch, ...texts] of [
    ['drop: ["page_remove_rmp(page)"],', "no label of path 'zap_pte_range'; did you mean 'page_remove_rmap(page)'?"],
    ['after: { "pte_none(*pte)?": { "pte_none(*pte)?": () => {} } },', "which path 'zap_pte_range' has already"],
    ['dorp: ["page_remove_rmap(page)"],', "a patch has no 'dorp'; did you mean 'drop'?"],
  ] as const)
    await inFolder({ "m.ts": wrong(patch) }, async (folder) => {
      const { code, err } = await faultline(folder, "check m.ts");
      assert.equal(code, 2);
      for (const text of [...texts, "m.ts:9:"]) assert.ok(err.includes(text), err);
    });
  await inFolder({ "m.ts": EXTENSION.replace("within: { Pte:", "within: { Ptee:") }, async (folder) => {
    const { err } = await faultline(folder, "check m.ts");
    assert.match(err, /^error: the world has no struct 'Ptee'; did you mean 'Pte'\?\n/);
    assert.match(err, /m\.ts:8:\d+/);
  });
  await inFolder({ "m.ts": EXTENSION.replace("uffdWp: inWord", "writable: inWord") }, async (folder) => {
    assert.match((await faultline(folder, "check m.ts")).err, /^error: struct 'Pte' has a field 'writable' already\n/);
  });
});

test("a struct that names itself without a function is told how to", async () => {
  await inFolder({ "m.ts": STACK.replace("ref(() => Node)", "ref(Node)") }, async (folder) => {
    const { code, err } = await faultline(folder, "check m.ts");
    assert.equal(code, 2);
    assert.match(err, /ref\(\(\) => Node\)/);
  });
});
