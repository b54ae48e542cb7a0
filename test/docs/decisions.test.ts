import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { ROOT, generatedPart, isUpdate, readDocument, table, writeDocument } from "./document.ts";

const INDEX = "docs/decisions/README.md";

interface DecisionRecord {
  readonly number: string;
  readonly title: string;
  readonly date: string;
  readonly status: string;
  readonly file: string;
}

/** The head of a record, which must have its one form. */
function readRecord(file: string): DecisionRecord {
  const [first = "", empty, second = ""] = readDocument(`docs/decisions/${file}`).lines;
  const [, number, title] = /^# (\d{4}) (.+)$/.exec(first) ?? [];
  const [, date, status] =
    /^Date: (\d{4}-\d{2}-\d{2})\. Status: (accepted|finding|superseded by \d{4})\.$/.exec(second) ?? [];
  assert.ok(number !== undefined && title !== undefined, `${file} begins with '# <number> <title>': ${first}`);
  assert.equal(empty, "", `${file}: an empty line below its title`);
  assert.ok(date !== undefined && status !== undefined, `${file}: 'Date: ... Status: ....' below its title: ${second}`);
  assert.ok(file.startsWith(`${number}-`), `${file} has number ${number}`);
  return { number, title, date, status, file };
}

/** In the order of their numbers, each of which there is once. */
function readRecords(): readonly DecisionRecord[] {
  const files = readdirSync(`${ROOT}docs/decisions`).filter((name) => name !== "README.md");
  const records = files.toSorted().map(readRecord);
  const numbers = records.map(({ number }) => number);
  assert.deepEqual(
    numbers.filter((number, i) => numbers.indexOf(number) !== i),
    [],
    "a number twice",
  );
  return records;
}

const PARTS: Readonly<Record<string, (record: DecisionRecord) => boolean>> = {
  decisions: ({ status }) => status !== "finding",
  findings: ({ status }) => status === "finding",
};

for (const [name, belongs] of Object.entries(PARTS))
  test(`${INDEX}: the ${name} are all there are, in order`, () => {
    const records = readRecords();
    const rows = records
      .filter(belongs)
      .map(({ number, title, date, status, file }) => [
        `[${number}](${file})`,
        date,
        ...(name === "findings" ? [] : [status]),
        title,
      ]);
    for (const { file, status } of records) {
      const successor = /^superseded by (\d{4})$/.exec(status)?.[1];
      assert.ok(successor === undefined || records.some(({ number }) => number === successor), `${file}: ${status}`);
    }
    const head = ["number", "date", ...(name === "findings" ? [] : ["status"]), "title"];
    const document = readDocument(INDEX);
    const lines = ["", ...table([head, ...rows]), ""];
    const part = generatedPart(document, name);
    if (isUpdate) writeDocument(document, [{ ...part, lines }]);
    else assert.deepEqual(part.lines, lines, "UPDATE_GOLDEN=1 accepts it");
  });

test("decisions that the sources, the models and the documents name by number exist", () => {
  const numbers = new Set(readRecords().map(({ number }) => number));
  const named = ["src", "models", "specs", "test", "docs"].flatMap((folder) =>
    readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.(ts|md)$/.test(file))
      .flatMap((file) =>
        readDocument(`${folder}/${file}`).lines.flatMap((line) =>
          [...line.matchAll(/decisions\/(\d+)/g)].map(([, number]) => `${folder}/${file}: ${number!}`),
        ),
      ),
  );
  assert.ok(named.length > 10);
  assert.deepEqual(
    named.filter((one) => !numbers.has(one.slice(-4))),
    [],
  );
});
