import assert from "node:assert/strict";
import { test } from "node:test";
import type { Drafted } from "../../src/source/draft.ts";
import { patchOf } from "../../src/source/draft-patch.ts";

const draft = (steps: Readonly<Record<string, string>>): Drafted => ({
  steps: Object.entries(steps).map(([label, code]) => ({ label, code, isOpen: false })),
  locals: {},
  imports: {},
});
const WAS = { get: 'get.then("put")', lock: "lock", put: "put" };

test("two drafts that are the same have no difference", () => {
  assert.equal(patchOf(draft(WAS), draft(WAS)), undefined);
});

test("steps are replaced, dropped, and added behind the step that they follow, or before the first one", () => {
  const is = { first: "smpMb", get: "get", "smp_rmb()": "smpRmb", again: "look", put: "put" };
  assert.deepEqual(patchOf(draft(WAS), draft(is)), {
    replace: { get: "get" },
    before: { get: { first: "smpMb" } },
    after: { get: { "smp_rmb()": "smpRmb", again: "look" } },
    drop: ["lock"],
  });
});

test("a step with another place is dropped and added under a label of its own, to which jumps lead", () => {
  const was = { lock: 'lock.then("test")', get: "get", test: "test" };
  const is = { test: "test", lock: 'lock.then("test")', get: "get" };
  assert.deepEqual(patchOf(draft(was), draft(is)), {
    replace: { lock: 'lock.then("test, moved")' },
    before: { lock: { "test, moved": "test" } },
    after: {},
    drop: ["test"],
  });
});
