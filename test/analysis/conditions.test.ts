import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, bugOn, choose, int, oneOf, ref, struct, wait, world } from "faultline";
import type { Path } from "faultline";
import { conditionsOf, type Naming } from "../../src/analysis/conditions.ts";
import { effectsOfStep } from "../../src/analysis/step-effects.ts";
import { treeOf, type Leaf } from "../../src/analysis/decision-tree.ts";
import { toy } from "../machine/toy.ts";

const Page = struct({ locked: bool, count: int(0, 4) });
const w = world({
  n: int(0, 4),
  mode: oneOf("idle", "busy", "gone"),
  lock: bool,
  pages: array(2, Page),
  slot: ref(Page),
});

const naming: Naming = {
  isPointer: (cell) => cell.isLocal && cell.values[0] === null,
  name: (cell, known) => {
    if (cell.isLocal) return cell.name.replace(/^path\./, "");
    for (const [target, pointer] of known)
      if (cell.name.startsWith(`${target}.`)) return `${pointer}->${cell.name.slice(target.length + 1)}`;
    return cell.name;
  },
};

const targetOf = (leaf: Leaf): string | undefined => {
  if (leaf.kind === "broken" || (leaf.kind === "violation" && leaf.check !== "no-bug")) return undefined;
  return leaf.kind === "moved" ? `to ${leaf.next}` : leaf.kind;
};

const first = (path: Path) => treeOf(toy({ world: w, threads: { path } }).threads[0]!, 0);
const conditions = (path: Path) =>
  Object.fromEntries(
    [...conditionsOf(first(path), targetOf, naming)].map(([to, ways]) => [to, ways.map((tests) => tests.join(" && "))]),
  );

test("a step that always goes on has no condition", () => {
  assert.deepEqual(conditions(w.path("path", {}, { a: (k) => void (k.lock = k.n > 2), b: () => {} })), {
    "to 1": [""],
  });
});

test("runs of an integer's values are ranges", () => {
  const path = w.path(
    "path",
    {},
    {
      a: (k) => (k.n === 0 ? "b" : k.n < 3 ? "c" : "d"),
      b: () => {},
      c: () => {},
      d: () => {},
    },
  );
  assert.deepEqual(conditions(path), { "to 1": ["n == 0"], "to 2": ["1 <= n <= 2"], "to 3": ["n >= 3"] });
});

test("what leaves a field's range is no way to go", () => {
  assert.deepEqual(conditions(w.path("path", {}, { a: (k) => void k.n++, b: () => {} })), { "to 1": [""] });
});

test("all but one value of a word is written as what it is not", () => {
  const path = w.path("path", {}, { a: (k) => (k.mode === "busy" ? wait : "b"), b: () => {} });
  assert.deepEqual(conditions(path), { "to 1": ["mode != busy"], blocked: ["mode == busy"] });
});

test("a field behind a pointer is named after the pointer, whatever it points at", () => {
  const path = w.path(
    "path",
    { page: ref(Page) },
    {
      a: (_, { page }) => (page!.locked ? "b" : "c"),
      b: () => {},
      c: () => {},
    },
  );
  assert.deepEqual(conditions(path), { "to 1": ["page->locked == true"], "to 2": ["page->locked == false"] });
});

test("the comparison of two pointers is one test", () => {
  const path = w.path(
    "path",
    { page: ref(Page) },
    {
      a: (k, me) => (k.slot === me.page ? "b" : "c"),
      b: () => {},
      c: () => {},
    },
  );
  assert.deepEqual(conditions(path), { "to 1": ["page == slot"], "to 2": ["page != slot"] });
});

test("several ways to one place are each said, and a bugOn and a choice are places to go", () => {
  const path = w.path(
    "path",
    {},
    {
      a: (k) => {
        bugOn(k.mode === "gone", "BUG");
        if (k.lock) return "c";
        return choose("b", "c");
      },
      b: () => {},
      c: () => {},
    },
  );
  assert.deepEqual(conditions(path), {
    "to 1": ["mode != gone && lock == false && choice 1 of 2"],
    "to 2": ["mode != gone && lock == false && choice 2 of 2", "mode != gone && lock == true"],
    violation: ["mode == gone"],
  });
});

test("what a step does to shared fields reads as C", () => {
  const path = w.path(
    "path",
    { page: ref(Page), seen: bool },
    {
      a: (k, me) => {
        me.seen = true;
        k.lock = true;
        k.slot = me.page;
        me.page!.count -= 2;
        k.n = 4 - k.n;
        if (k.mode === "idle") k.mode = "idle";
      },
    },
  );
  assert.deepEqual(effectsOfStep(first(path), naming), ["lock = true", "slot = page", "page->count -= 2", "writes n"]);
});
