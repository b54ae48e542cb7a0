import assert from "node:assert/strict";
import { test } from "node:test";
import { publicEntries, reference } from "./api.ts";
import { generatedPart, isUpdate, readDocument, writeDocument } from "./document.ts";

const DOCUMENT = "docs/api.md";

test("everything that a model may import has a comment", () => {
  const exported = publicEntries().filter(({ isExported }) => isExported);
  assert.ok(exported.length > 30);
  assert.deepEqual(
    exported.filter(({ comment }) => comment === "").map(({ name, source }) => `${source}: ${name}`),
    [],
  );
});

test(`${DOCUMENT} is what the declarations say`, () => {
  const document = readDocument(DOCUMENT);
  const part = generatedPart(document, "reference");
  const lines = ["", ...reference()];
  if (isUpdate) writeDocument(document, [{ ...part, lines }]);
  else assert.deepEqual(part.lines, lines, "UPDATE_GOLDEN=1 accepts it");
});
