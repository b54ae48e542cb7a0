import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

// This file runs as <package>/.build/test/golden.js; the golden files stay with the sources.
const GOLDEN = new URL("../../test/golden/", import.meta.url);

/** Compares a text with the file of that name under test/golden/; with UPDATE_GOLDEN=1 it becomes that file instead. */
export function assertGolden(name: string, actual: string): void {
  const file = fileURLToPath(new URL(name, GOLDEN));
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, actual);
  }
  assert.equal(actual, readFileSync(file, "utf8"), `differs from test/golden/${name}; UPDATE_GOLDEN=1 accepts it`);
}
