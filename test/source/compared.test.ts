import assert from "node:assert/strict";
import { test } from "node:test";
import { align } from "../../src/source/align.ts";
import { comparedWord, keptFor } from "../../src/source/compared.ts";
import { cParser } from "../../src/source/grammar.ts";
import { NameTable } from "../../src/source/names.ts";
import type { Alignment } from "../../src/source/result.ts";
import { NAMES, pathWith, treeOf } from "./small.ts";

const TAKE = `
static int take_box(struct box *box, struct shelf *shelf, bool full)
{
	lock_shelf(shelf);
	lock_box(box);
	unlock_shelf(shelf);
	smp_mb();
	if (full)
		put_box(box);
	count_box(box);
	count_shelf(shelf);
	if (!shelf)
		goto out;
	set_box(shelf, &box->slot, full);
out:
	unlock_box(box);
	return 0;
}
`;
const PATH = pathWith("take_box", ["lock_box(box)", "put_box(box)", "set_box(slot)", "out: unlock_box(box)"], {
  omits: { "lock_shelf, unlock_shelf, smp_mb, count_box, count_shelf": "nobody else has the shelf" },
});

/** A path beside a tree that was `was` when they were compared, and is `is` now. */
async function since(was: string, is: string, { path = PATH, release = "v1.2.3" } = {}): Promise<Alignment> {
  const parse = await cParser();
  const names = new NameTable(NAMES, "v1.2.3");
  const first = align(PATH, { tree: treeOf({ "mm/box.c": was }), parse, names });
  assert.ok(first.alignment.isContent && !first.alignment.isCompared);
  const compared = { "v1.2.3": { take_box: comparedWord(PATH, first.flow, first.anchored, names) } };
  return align(path, { tree: treeOf({ "mm/box.c": is }, release), parse, names, compared }).alignment;
}

const changedIn = ({ rows }: Alignment): readonly string[] =>
  rows.flatMap(({ kind, label }) => (kind === "changed" ? [label!] : []));

test("what has changed since a path was compared is told at the step that it leads to, or is", async () => {
  const cases: readonly (readonly [from: string, to: string, steps: readonly string[]])[] = [
    ["if (full)", "if (!full)", ["put_box(box)", "set_box(slot)", "out: unlock_box(box)"]],
    ["	if (!shelf)\n		goto out;\n", "", ["set_box(slot)", "out: unlock_box(box)"]],
    ["!shelf", "shelf", ["set_box(slot)", "out: unlock_box(box)"]],
    [
      "	count_box(box);\n	count_shelf(shelf);",
      "	count_shelf(shelf);\n	count_box(box);",
      ["set_box(slot)", "out: unlock_box(box)"],
    ],
    ["	lock_box(box);\n	unlock_shelf(shelf);", "	unlock_shelf(shelf);\n	lock_box(box);", PATH.labels],
    ["	unlock_shelf(shelf);\n	smp_mb();", "	smp_mb();\n	unlock_shelf(shelf);", PATH.labels.slice(1)],
    ["&box->slot, full", "&box->slot, true", ["set_box(slot)"]],
    ["put_box(box)", "put_box(other_box(box))", ["put_box(box)"]],
  ];
  for (const [from, to, steps] of cases) {
    const alignment = await since(TAKE, TAKE.replace(from, to));
    assert.notEqual(TAKE.replace(from, to), TAKE);
    const told = changedIn(alignment);
    assert.ok(!alignment.isContent, from);
    assert.deepEqual(
      told.filter((label) => !steps.includes(label)),
      [],
      from,
    );
    assert.ok(told.length > 0, from);
  }
});

test("comments, blanks and new lines change nothing", async () => {
  const same = TAKE.replace("lock_box(box);", "/* first */\n\n	lock_box( box );").replace("bool full", "int full");
  const alignment = await since(TAKE, same);
  assert.deepEqual(changedIn(alignment), []);
  assert.ok(alignment.isContent && alignment.isCompared);
});

test("what is kept is of one path, and of one tree: in another update of its series it is told, and is no drift", async () => {
  const negated = TAKE.replace("if (full)", "if (!full)");
  const later = await since(TAKE, negated, { release: "v1.2.4" });
  assert.deepEqual(
    [later.isCompared, later.isContent, changedIn(later), later.comparedWith],
    [false, true, [], "v1.2.3"],
  );
  assert.ok(later.differs!.includes("put_box(box)"));
  // A line more before it, as in another file of the tree, makes no difference.
  const same = await since(TAKE, `\nint other;\n${TAKE}`, { release: "v1.2.4" });
  assert.deepEqual([same.comparedWith, same.differs], ["v1.2.3", []]);
  const next = await since(TAKE, negated, { release: "v1.3.3" });
  assert.deepEqual([next.isCompared, next.comparedWith, next.differs], [false, undefined, undefined]);
  const fewer = pathWith("take_box", PATH.labels.slice(0, 2), { omits: { ...PATH.about.omits, set_box: "x" } });
  const other = await since(TAKE, negated, { path: fewer });
  assert.deepEqual([other.isCompared, changedIn(other), other.comparedWith], [false, [], undefined]);
});

test("of the updates of a series, the nearest is compared with", () => {
  const kept = { "v1.2.3": {}, "v1.2.30": {}, "v1.20.4": {} };
  for (const [release, expected] of [
    ["v1.2.30", "v1.2.30"],
    ["v1.2.12", "v1.2.3"],
    ["v1.2.99", "v1.2.30"],
    ["v1.2", "v1.2.3"],
    ["v1.20.1", "v1.20.4"],
    ["v1.3.4", undefined],
  ] as const)
    assert.equal(keptFor(release, kept), expected, release);
});

test("what comes behind the last step is told as what leads to the end", async () => {
  const alignment = await since(TAKE, TAKE.replace("	return 0;", "	count_box(box);\n	return 0;"));
  assert.deepEqual(changedIn(alignment), ["the end"]);
});
