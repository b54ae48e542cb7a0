import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import type { Result } from "../../src/result/result.ts";
import { faultline, inFolder, readJson } from "../cli/recorded.ts";
import { ROOT, generatedPart, isUpdate, readDocument, table, writeDocument } from "./document.ts";

const DOCUMENT = "docs/recipes.md";
const FOLDER = "examples/recipes";

/** The recipes in the order of the document; each with the settings that it has verdicts for. */
const RECIPES: Readonly<Record<string, readonly string[]>> = {
  seqlock: ["noRmb=false", "noRmb=true"],
  "rcu-list": ["wait=synchronize_rcu", "wait=kfree_rcu", "wait=none"],
  refcount: ["inc=false", "inc=true"],
  "wait-event": ["early=false", "early=true"],
  "percpu-ref": ["wait=grace-period", "wait=none"],
  "lock-free-stack": ["pop=false", "pop=true"],
  "tlb-flush": ["flush=after", "flush=before"],
};

const fileOf = (name: string): string => `${FOLDER}/${name}.ts`;

test(`each file in ${FOLDER} is a recipe, and has 25 lines at most`, () => {
  assert.deepEqual(
    readdirSync(`${ROOT}${FOLDER}`).toSorted(),
    Object.keys(RECIPES)
      .map((name) => `${name}.ts`)
      .toSorted(),
  );
  for (const name of Object.keys(RECIPES)) {
    const { length } = readDocument(fileOf(name)).lines;
    assert.ok(length - 1 <= 25, `${fileOf(name)} has ${length - 1} lines`);
  }
});

/** What `check` finds: the specs that do not hold, with their verdicts. */
async function verdictOf(name: string, set: string, memory: string): Promise<string> {
  let said = "";
  await inFolder({}, async (folder) => {
    const line = `check ${fileOf(name)} --set ${set} --memory ${memory} --quiet --no-types --out ${join(folder, "out")}`;
    const { code, out, err } = await faultline(ROOT, line);
    assert.ok([0, 1, 3].includes(code), `${out}${err}`);
    const { specs } = (await readJson(folder, `out/${name}/result.json`)) as Result;
    const open = specs.filter(({ verdict }) => verdict !== "holds");
    said = open.map((spec) => `${spec.verdict}: \`${spec.name}\``).join(", ") || "holds";
  });
  return said;
}

test(`${DOCUMENT}: the verdicts are those of the tool`, async () => {
  const rows: string[][] = [];
  for (const [name, settings] of Object.entries(RECIPES))
    for (const set of settings) {
      const verdicts: string[] = [];
      for (const memory of MEMORY_MODELS) verdicts.push(await verdictOf(name, set, memory));
      rows.push([set === settings[0] ? `[${name}](#${name})` : "", `\`${set}\``, ...verdicts]);
    }
  const document = readDocument(DOCUMENT);
  const part = generatedPart(document, "verdicts");
  const lines = ["", ...table([["recipe", "with", ...MEMORY_MODELS.map((memory) => `\`${memory}\``)], ...rows]), ""];
  if (isUpdate) writeDocument(document, [{ ...part, lines }]);
  else assert.deepEqual(part.lines, lines, "UPDATE_GOLDEN=1 accepts it");
});
