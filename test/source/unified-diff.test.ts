import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError } from "../../src/model/error.ts";
import { patchedTree } from "../../src/source/unified-diff.ts";
import { treeOf } from "./small.ts";

const BOX = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";
const tree = treeOf({ "mm/box.c": BOX, "mm/other.c": "other\n" });
const diff = (...hunks: readonly string[]): string => `--- a/mm/box.c\n+++ b/mm/box.c\n${hunks.join("")}`;
const refused = (text: string, cause: RegExp, of = tree): void =>
  assert.throws(
    () => patchedTree(of, text, "fix.diff"),
    (error: unknown) =>
      error instanceof ModelError &&
      /'fix\.diff' does not apply/.test(error.message) &&
      cause.test(error.explanation.cause ?? ""),
  );

test("hunks are applied where they say, each by the lines of the tree as it was", () => {
  const two = diff("@@ -1,2 +1,4 @@\n one\n+a\n+b\n two\n", "@@ -5,3 +7,2 @@\n five\n-six\n seven\n");
  const patched = patchedTree(tree, `Subject: a mail\n\n${two}-- \n2.39\n`, "fix.diff");
  assert.equal(patched.read("mm/box.c"), "one\na\nb\ntwo\nthree\nfour\nfive\nseven\n");
  assert.equal(patched.read("mm/other.c"), "other\n");
  assert.equal(tree.read("mm/box.c"), BOX, "the tree stays as it is");
});

test("a hunk whose lines have moved is applied where they are, if that is one place", () => {
  assert.equal(
    patchedTree(tree, diff("@@ -2 +2 @@\n-five\n+5\n"), "fix.diff").read("mm/box.c"),
    BOX.replace("five", "5"),
  );
  refused(diff("@@ -9 +9 @@\n-y\n+z\n"), /several places/, treeOf({ "mm/box.c": "x\ny\nx\ny\n" }));
});

test("what does not apply is refused with the hunk and the file", () => {
  refused(diff("@@ -1,2 +1,2 @@\n one\n-tow\n+2\n"), /'@@ -1,2 \+1,2 @@' of mm\/box\.c is nowhere there/);
  refused(diff("@@ -1,3 +1,2 @@\n one\n-two\n"), /'@@ -1,3 \+1,2 @@' of mm\/box\.c ends early/);
  refused("--- a/mm/gone.c\n+++ b/mm/gone.c\n@@ -1 +1 @@\n-x\n+y\n", /has no file mm\/gone\.c/);
  refused("no diff at all\n", /no hunk for a \.c or \.h file/);
});

test("lines that end in CRLF are the same lines, in the patch as in the tree", () => {
  const text = diff("@@ -1,2 +1,3 @@\n one\n+a\n two\n");
  const crlf = text.replaceAll("\n", "\r\n");
  const wanted = BOX.replace("one\n", "one\na\n");
  assert.equal(patchedTree(tree, crlf, "fix.diff").read("mm/box.c"), wanted);
  const other = treeOf({ "mm/box.c": BOX.replaceAll("\n", "\r\n") });
  assert.equal(patchedTree(other, text, "fix.diff").read("mm/box.c")?.replaceAll("\r", ""), wanted);
});

test("a file that the patch adds is there, and one that is there is not added", () => {
  const added = "--- /dev/null\n+++ b/include/new.h\n@@ -0,0 +1,2 @@\n+a\n+b\n";
  assert.equal(patchedTree(tree, added, "fix.diff").read("include/new.h"), "a\nb");
  refused(added, /several places/, treeOf({ "include/new.h": "x\n" }));
});
