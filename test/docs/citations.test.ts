import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { basename } from "node:path";
import { test } from "node:test";
import { VIEW } from "../../src/memory/lkmm/layout.ts";
import { ROOT, readDocument } from "./document.ts";

const FACTS = "docs/kernel-facts.md";
const MACHINE = "docs/lkmm-machine.md";

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`);

const textOf = (name: string): string => readDocument(name).lines.join("\n");

/** The sections of the facts: `### 2.7 to 2.9` is three of them. */
function sections(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of readDocument(FACTS).lines) {
    const [, first, word, last] = /^##+ (\d+(?:\.\d+)?)\.?(?: (to|and) (\d+\.\d+))?/.exec(line) ?? [];
    if (first === undefined) continue;
    found.add(first);
    if (last === undefined) continue;
    const [chapter, low] = first.split(".");
    const high = Number(last.split(".")[1]);
    assert.ok(word === "to" || high === Number(low) + 1, line);
    for (let number = Number(low); number <= high; number++) found.add(`${chapter!}.${number}`);
  }
  return found;
}

/** What stands in the facts under a name: sections, races (#18), invariants (I-COW), what must balance (Q-MAP), scenarios (T-DL); and claims. */
function citable(): ReadonlySet<string> {
  const text = textOf(FACTS);
  const races = [...text.matchAll(/^\| (\d+) \| /gm)].map(([, number]) => `#${number!}`);
  const codes = [...text.matchAll(/\b[IQT]-[A-Z]+\d?\b/g)].map(([code]) => code);
  const claims = [...textOf("docs/lock-page-series.md").matchAll(/^### (C\d+): /gm)].map(([, claim]) => claim!);
  return new Set([...sections(), ...races, ...codes, ...claims]);
}

const CODE = String.raw`[IQT]-[A-Z]+\d?\b`;
const NAMED = String.raw`(?:\d+(?:\.\d+)?\b|#\d+|${CODE}|C\d+\b)`;
/** What is named of the facts behind their file: `docs/kernel-facts.md 5 #18 and T-MRM`, also over the end of a line of a comment. */
const CITATION = new RegExp(String.raw`kernel-facts\.md(?: lists it under)?((?:(?:,| and|,? )? ?${NAMED})*)`, "g");

test(`what models, specs, sources and tests name of ${FACTS} is there`, () => {
  const known = citable();
  const files = ["models", "specs", "src", "test"]
    .flatMap(filesBelow)
    .filter((file) => file.endsWith(".ts") && !file.endsWith("citations.test.ts"));
  let citations = 0;
  const wrong = files.flatMap((file) => {
    const text = readFileSync(`${ROOT}${file}`, "utf8").replaceAll(/\n\s*(?:\*|\/\/) /g, " ");
    const cited = [...text.matchAll(CITATION)].flatMap(([, names]) => {
      citations++;
      const all = names!.match(new RegExp(NAMED, "g")) ?? [];
      return all.length > 0 ? all : ["(nothing)"];
    });
    const isModel = /^(?:models|specs)\//.test(file);
    const coded = isModel ? (text.match(new RegExp(String.raw`(?<![\w-])${CODE}`, "g")) ?? []) : [];
    return [...new Set([...cited, ...coded])].filter((name) => !known.has(name)).map((name) => `${file}: ${name}`);
  });
  assert.ok(citations > 40);
  assert.deepEqual(wrong, []);
});

test("the sources that the documents name are there", () => {
  const sources = ["src", "models", "specs", "test", "bench", "examples"].flatMap(filesBelow);
  const names = new Set(sources.map((file) => basename(file)));
  const documents = ["README.md", "CONTRIBUTING.md", ...readdirSync(`${ROOT}docs`).map((name) => `docs/${name}`)];
  const wrong = documents
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => {
      // Not what commands print, nor what a reader is asked to type.
      const text = textOf(name).replaceAll(/^```[^]*?^```$/gm, "");
      return [...text.matchAll(/`([\w./-]+\.ts)`/g)].flatMap(([, file]) =>
        (file!.includes("/") ? sources.includes(file!) : names.has(file!)) ? [] : [`${name}: ${file!}`],
      );
    });
  assert.deepEqual(wrong, []);
});

test(`${MACHINE} explains each view of a CPU`, () => {
  const rows = readDocument(MACHINE).lines.flatMap((line) => {
    const names = /^\| (`\w+`(?:, `\w+`)*) \| [^|]+ \| [^|]+ \|$/.exec(line)?.[1];
    return names?.match(/\w+/g) ?? [];
  });
  assert.deepEqual(rows, Object.keys(VIEW));
});
