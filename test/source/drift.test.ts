import assert from "node:assert/strict";
import { test } from "node:test";
import { driftMarkdown, driftText, driftTotal } from "../../src/report/text/drift.ts";
import { driftOf, type Drift } from "../../src/source/drift.ts";
import { NameTable } from "../../src/source/names.ts";
import { beside, NAMES, pathWith } from "./small.ts";

const PUT = `
int put_away(struct box *box, struct shelf *shelf)
{
	if (!get_box(box))
		return -1;
	lock_box(box);
	if (box->owner != shelf)
		goto unlock;
	box->count++;
	if (box->full)
		mark_full(box);
unlock:
	unlock_box(box);
	put_box(box);
	return 0;
}
`;
const LABELS = [
  "get_box(box)",
  "lock_box(box)",
  "box->owner == shelf?",
  "box->count++",
  "mark_full(box)",
  "unlock: unlock_box(box)",
  "put_box(box)",
];
const path = pathWith("put_away", LABELS);

async function drift(before: string, after: string, release = "v2.1"): Promise<Drift> {
  const [from, to] = [await beside(path, before), await beside(path, after, { release })];
  return driftOf(from, to, ["putting"], new NameTable(NAMES));
}

const changed = ({ changes }: Drift): readonly (readonly [string, string | undefined, string | undefined])[] =>
  changes.map(({ kind, label, text, why }) => [kind, label ?? text, why]);

test("a function that is the same, at other lines and under other names, has no change but names", async () => {
  const later = `/* moved */\n\n${PUT.replace("lock_box(box);", "crate_lock(crate);")}`;
  const found = await drift(PUT, later);
  assert.deepEqual(changed(found), [["renamed", "lock_box(box)", "crate_lock()"]]);
  assert.ok(found.isSame);
  assert.deepEqual([found.changes[0]?.before?.line, found.changes[0]?.after?.line], [6, 8]);
});

test("a step that was moved up is told by what it comes before now", async () => {
  const later = PUT.replace("\tlock_box(box);\n", "").replace("\tif (!get_box", "\tlock_box(box);\n\tif (!get_box");
  const found = await drift(PUT, later);
  assert.deepEqual(changed(found), [["moved", "lock_box(box)", "now before get_box(box)"]]);
});

test("a step that was moved down is told by what it comes after now", async () => {
  const later = PUT.replace("\tbox->count++;\n", "").replace("\tput_box(box);\n", "\tput_box(box);\n\tbox->count++;\n");
  const found = await drift(PUT, later);
  assert.deepEqual(changed(found), [["moved", "box->count++", "now after put_box(box)"]]);
});

test("what a tree has lost and what it has got are told, each with its place", async () => {
  const later = PUT.replace("\tlock_box(box);\n", "").replace("\tbox->count++;\n", "\tbox->count++;\n\tsmp_mb();\n");
  const found = await drift(PUT, later);
  assert.deepEqual(changed(found), [
    ["gone", "lock_box(box)", undefined],
    ["new", "smp_mb()", "after box->count++"],
  ]);
  const back = await drift(later, PUT);
  assert.deepEqual(changed(back), [
    ["appeared", "lock_box(box)", undefined],
    ["dropped", "smp_mb()", undefined],
  ]);
});

test("a step that depends on something else is told with the condition", async () => {
  const found = await drift(PUT, PUT.replace("if (box->full)", "if (box->full && !shelf->open)"));
  assert.deepEqual(changed(found), [
    ["condition", "mark_full(box)", "now under if (box->full && !shelf->open); was under if (box->full)"],
  ]);
});

test("C that is no step is told once, with every place, and only where it is done more often than before", async () => {
  const call = "\tput_label(box);\n";
  const once = PUT.replace("\tput_box(box);\n", `${call}\tput_box(box);\n`);
  const thrice = once.replace(call, call + call + call);
  const found = await drift(once, thrice);
  assert.deepEqual(
    found.changes.map(({ kind, text, after, also }) => [kind, text, after?.line, also?.map(({ line }) => line)]),
    [["new", "put_label(box)", 15, [16]]],
  );
});

test("the text names the path, the scenarios and both trees, and every line fits in a mail", async () => {
  const later = PUT.replace("\tlock_box(box);\n", "").replace("\tif (!get_box", "\tlock_box(box);\n\tif (!get_box");
  const found = await drift(PUT, later);
  const text = driftText([found], { full: false });
  assert.equal(
    text,
    [
      "put_away, as in v1.2",
      "in putting",
      "v1.2.3 to v2.1: 1 change",
      "  moved       lock_box(box) now before get_box(box)",
      "              mm/box.c:4, put_away()",
      "",
    ].join("\n"),
  );
  assert.equal(driftTotal([found]), "1 path compared: 1 changed, in 1 scenario\n");
  assert.match(
    driftMarkdown([found]),
    /^\| v2\.1 \| moved \| `lock_box\(box\)` now before `get_box\(box\)` \| `mm\/box\.c:4, /m,
  );
});

test("a step that a way out does as well has not moved because of that", async () => {
  const early = "\tif (box->locked) {\n\t\tput_box(box);\n\t\treturn -1;\n\t}\n";
  const found = await drift(PUT, PUT.replace("\tlock_box(box);\n", `${early}\tlock_box(box);\n`));
  assert.deepEqual(
    changed(found).filter(([kind]) => kind === "moved" || kind === "condition"),
    [],
  );
});

test("a step that is in the kernel by an option alone is told with it", async () => {
  const ifdef = PUT.replace("\tlock_box(box);\n", "#ifdef CONFIG_BOX\n\tlock_box(box);\n#endif\n");
  assert.deepEqual(changed(await drift(PUT, ifdef)), [["condition", "lock_box(box)", "now under #ifdef CONFIG_BOX"]]);
  const since = ifdef.replace("#ifdef CONFIG_BOX", "#if BOXES > 1");
  assert.deepEqual(changed(await drift(PUT, since)), [["condition", "lock_box(box)", "now under #if BOXES > 1"]]);
});

test("what ends a loop is no condition of the steps in it, that there is a loop is", async () => {
  const loop = (head: string): string => PUT.replace("\tbox->count++;\n", `\t${head} {\n\t\tbox->count++;\n\t}\n`);
  const [some, others] = [loop("for (i = 0; i < 3; i++)"), loop("while (shelf->more)")];
  const conditions = async (from: string, to: string) =>
    changed(await drift(from, to)).filter(([kind]) => kind === "condition");
  assert.deepEqual(await conditions(some, others), []);
  assert.deepEqual(await conditions(PUT, others), [["condition", "box->count++", "now under while (shelf->more)"]]);
});

test("a condition on the same value, kept elsewhere, is the same", async () => {
  const other = PUT.replace("if (box->full)", "if (unlikely(shelf->box->full))");
  assert.deepEqual(changed(await drift(PUT, other)), []);
});

test("the only call of a function is the step in another release, whatever its arguments are called there", async () => {
  const later = PUT.replace("put_box(box)", "put_box(shelf->last)");
  assert.deepEqual(changed(await drift(PUT, later)), []);
  const twice = later.replace("\tbox->count++;\n", "\tput_box(shelf->first);\n\tbox->count++;\n");
  assert.deepEqual(
    changed(await drift(PUT, twice)).filter(([kind]) => kind === "gone"),
    [["gone", "put_box(box)", undefined]],
  );
});

test("a cast is no call", async () => {
  const later = PUT.replace("box->count++", "box->count++;\n\tkeep = (long_t)(place) >> 1");
  assert.deepEqual(changed(await drift(PUT, later)), []);
});

test("a document tells what changed in one way in one function in one row", async () => {
  const later = PUT.replace("\tbox->count++;\n", "\tbox->count++;\n\tsmp_mb();\n\tcount_all(shelf);\n");
  const rows = driftMarkdown([await drift(PUT, later)])
    .split("\n")
    .filter((line) => line.startsWith("| v2.1"));
  assert.deepEqual(rows, ["| v2.1 | new | `smp_mb()`, `count_all(shelf)` | `mm/box.c:10,11, put_away()` |"]);
});

test("a wrapper with the old name is not taken for the function under its new name", async () => {
  const lock = pathWith("lock_box", ["mark_full(box)"]);
  const later = "static int lock_box(struct box *box)\n{\n\treturn crate_lock(box);\n}\n";
  const body = (name: string) => `int ${name}(struct box *box)\n{\n\tmark_full(box);\n\treturn 0;\n}\n`;
  const [from, to] = [
    await beside(lock, body("lock_box")),
    await beside(lock, body("crate_lock"), { release: "v2.1", header: later }),
  ];
  assert.deepEqual(driftOf(from, to, [], new NameTable(NAMES)).changes, []);
});

test("a test that is negated is told as that, whichever way it is written", async () => {
  for (const [now, then, label] of [
    ["!get_box", "get_box", "get_box(box)"],
    ["box->owner != shelf", "box->owner == shelf", "box->owner == shelf?"],
  ] as const)
    assert.deepEqual(
      changed(await drift(PUT, PUT.replace(now, then))).map(([kind, at]) => [kind, at]),
      [["negated", label]],
      then,
    );
  const turned = PUT.replace(
    "\tif (!get_box(box))\n\t\treturn -1;\n",
    "\tif (get_box(box))\n\t\tgoto got;\n\treturn -1;\ngot:\n",
  );
  assert.deepEqual(changed(await drift(PUT, turned)), [], "the other branch comes first");
});

test("a jump to another label, or one that is gone, leads the step before it elsewhere", async () => {
  const way = async (now: string, then: string) => changed(await drift(PUT, PUT.replace(now, then)));
  assert.deepEqual(await way("goto unlock", "return 0"), [
    ["elsewhere", "box->owner == shelf?", "now to the end; no longer to unlock: unlock_box(box)"],
  ]);
  assert.deepEqual(await way("\t\tgoto unlock;\n", "\t\t;\n"), [
    ["elsewhere", "box->owner == shelf?", "now to box->count++; no longer to unlock: unlock_box(box)"],
  ]);
  const early = await way("\tbox->count++;\n", "\tbox->count++;\n\tif (late)\n\t\treturn 0;\n");
  assert.deepEqual(early[0], ["elsewhere", "box->count++", "now to the end"]);
});

test("a step that compares by another operator asks something else", async () => {
  const least = (operator: string): string =>
    PUT.replace("\tlock_box(box);\n", `\tlock_box(box);\n\tif (box->count ${operator} most)\n\t\tgoto unlock;\n`);
  const asks = pathWith("put_away", ["get_box(box)", "box->count > most?", ...LABELS.slice(1)], {
    at: { "box->count > most?": "box->count > most" },
  });
  const [from, to] = [await beside(asks, least(">")), await beside(asks, least(">"), { release: "v2.1" })];
  assert.deepEqual(driftOf(from, to, [], new NameTable(NAMES)).changes, []);
  const said = pathWith("put_away", ["get_box(box)", "count", ...LABELS.slice(1)], {
    at: { count: "read_count(box)" },
  });
  const [old, now] = [">", ">="].map((operator) =>
    least(operator).replace("box->count " + operator, "read_count(box) " + operator),
  );
  const changes = driftOf(
    await beside(said, old!),
    await beside(said, now!, { release: "v2.1" }),
    [],
    new NameTable(NAMES),
  );
  assert.deepEqual(changed(changes), [
    ["condition", "count", "asks read_count(box) >= most, asked read_count(box) > most"],
  ]);
});
