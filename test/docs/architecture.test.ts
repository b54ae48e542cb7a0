import assert from "node:assert/strict";
import { existsSync, readdirSync, type Dirent } from "node:fs";
import { test } from "node:test";
import { ROOT, readDocument } from "./document.ts";

const DOCUMENT = "docs/architecture.md";

/** The folders with a row in the table. */
const described = (): readonly string[] =>
  readDocument(DOCUMENT).lines.flatMap((line) => /^\| `([\w/]+?)\/?` \| /.exec(line)?.[1] ?? []);

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(`${ROOT}${folder}`, { withFileTypes: true })
    .filter((entry: Dirent) => entry.isDirectory())
    .map(({ name }) => `${folder}/${name}`);

// The folders are those of the machine's own folder: before there is one, the document is ahead of the tree.
const isAhead = !existsSync(`${ROOT}src/machine`);

test(`${DOCUMENT} has a sentence for each folder of the sources, and names no other`, { skip: isAhead }, () => {
  const folders = new Set(described());
  assert.ok(folders.size > 10);
  assert.deepEqual(
    [...folders].filter((folder) => !existsSync(`${ROOT}${folder}`)),
    [],
  );
  const isTold = (folder: string): boolean =>
    folders.has(folder) || foldersIn(folder).some((below) => folders.has(below));
  assert.deepEqual(
    foldersIn("src").filter((folder) => !isTold(folder)),
    [],
  );
});
