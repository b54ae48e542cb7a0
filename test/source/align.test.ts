import assert from "node:assert/strict";
import { test } from "node:test";
import { setCurrentState, task, world, type Path } from "../../src/index.ts";
import { beside, lineOf, pathWith, said } from "./small.ts";

const TAKE = `
static int take_box(struct box *box, struct shelf *shelf)
{
	if (!get_box(box))
		return -1;
	lock_box(box);
	if (box->owner != shelf)
		goto unlock;
	map_lock(shelf, &box->ptl);
	box->count++;
	map_unlock(shelf, box->ptl);
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
  "spin_lock(ptl)",
  "box->count++",
  "spin_unlock(ptl)",
  "unlock: unlock_box(box)",
  "put_box(box)",
];

test("labels that are C find their lines, macros and the other way to write a test included", async () => {
  const { alignment } = await beside(pathWith("take_box", LABELS), TAKE);
  assert.deepEqual(
    alignment.rows.map(({ kind }) => kind),
    LABELS.map(() => "anchored"),
  );
  assert.deepEqual(
    LABELS.map((label) => lineOf(alignment.rows, label)),
    [4, 6, 7, 9, 10, 11, 13, 14],
  );
  assert.ok(alignment.isContent && alignment.isOfRelease);
});

test("all steps of one operation are where the operation is", async () => {
  const w = world({ writer: task });
  const steps = { "set_current_state(state)": setCurrentState((k: { writer: boolean }) => k.writer) };
  const taken = w.path("take_box", {}, steps as never, { file: "mm/box.c", release: "v1.2" }) as unknown as Path;
  const { alignment } = await beside(taken, "static void take_box(int state)\n{\n\tset_current_state(state);\n}\n");
  assert.deepEqual(
    alignment.rows.map(({ label, kind }) => [label, kind]),
    [
      ["set_current_state(state)", "anchored"],
      ["set_current_state(state): smp_mb()", "anchored"],
    ],
  );
});

test("two statements that have changed places are reordered, and nothing else is", async () => {
  const code = TAKE.replace(
    "\tlock_box(box);\n\tif (box->owner != shelf)\n\t\tgoto unlock;\n",
    "\tif (box->owner != shelf)\n\t\tgoto unlock;\n\tlock_box(box);\n",
  );
  const { alignment } = await beside(pathWith("take_box", LABELS), code);
  assert.deepEqual(said(alignment.rows, "reordered"), ["box->owner == shelf?"]);
  assert.equal(alignment.rows.find(({ kind }) => kind === "reordered")?.why, "before lock_box(box)");
  assert.deepEqual([said(alignment.rows, "missing"), said(alignment.rows, "new")], [[], []]);
  assert.ok(!alignment.isContent);
});

test("a call that is gone is missing", async () => {
  const { alignment } = await beside(pathWith("take_box", LABELS), TAKE.replace("\tunlock_box(box);\n", ""));
  assert.deepEqual(said(alignment.rows, "missing"), ["unlock: unlock_box(box)"]);
  assert.deepEqual(said(alignment.rows, "new"), []);
});

test("a put that was added is new, at its line", async () => {
  const code = TAKE.replace("\tput_box(box);\n", "\tput_box(box);\n\tput_box(box);\n");
  const { alignment } = await beside(pathWith("take_box", LABELS), code);
  const added = alignment.rows.filter(({ kind }) => kind === "new");
  assert.deepEqual(
    added.map(({ text, place, why }) => [text, place?.line, why]),
    [["put_box(box)", 15, "after put_box(box)"]],
  );
  assert.deepEqual(said(alignment.rows, "missing"), []);
});

test("whatever touches what is modelled is new: calls, barriers, stores, loads of entries, ways out", async () => {
  const added = [
    "smp_mb();",
    "atomic_inc(&box->users);",
    "box->owner = NULL;",
    "x = *slot;",
    "if (shelf->full) return 1;",
  ];
  for (const statement of added) {
    const code = TAKE.replace("\tunlock_box", `\t${statement}\n\tunlock_box`);
    const { alignment } = await beside(pathWith("take_box", LABELS), code);
    assert.equal(said(alignment.rows, "new").length, 1, statement);
  }
  const local = TAKE.replace("\tunlock_box", "\tx = y + 1;\n\tWARN_ON(box->owner);\n\tunlock_box");
  const { alignment } = await beside(pathWith("take_box", LABELS), local);
  assert.ok(alignment.isContent);
});

test("a return behind what a call has returned is the call's own", async () => {
  const code = TAKE.replace("\tunlock_box", "\tret = check_box(box);\n\tif (ret)\n\t\treturn ret;\n\tunlock_box");
  const { alignment } = await beside(pathWith("take_box", LABELS, { omits: { check_box: "it only looks" } }), code);
  assert.ok(alignment.isContent);
});

test("a function that has another name in this release is renamed, one of another kind is missing", async () => {
  const { alignment } = await beside(
    pathWith("take_box", LABELS),
    TAKE.replace("lock_box(box);\n\tif", "crate_lock(crate);\n\tif"),
    {
      release: "v2.1",
    },
  );
  assert.deepEqual(said(alignment.rows, "renamed"), ["lock_box(box)"]);
  assert.equal(alignment.rows.find(({ kind }) => kind === "renamed")?.why, "crate_lock");
  assert.equal(alignment.isOfRelease, false);
  const early = await beside(
    pathWith("take_box", LABELS),
    TAKE.replace("lock_box(box);\n\tif", "crate_lock(crate);\n\tif"),
  );
  assert.deepEqual(said(early.alignment.rows, "missing"), ["lock_box(box)"], "the name is of a later release");
  const other = await beside(pathWith("take_box", LABELS), TAKE.replace("\tlock_box(box)", "\tlock_barrel(box)"));
  assert.deepEqual(said(other.alignment.rows, "missing"), ["lock_box(box)"]);
  assert.deepEqual(said(other.alignment.rows, "new"), ["lock_barrel(box)"]);
});

test("a label that is no C is missing until the path says where, or why nowhere", async () => {
  const labels = [...LABELS.slice(0, 4), "one more box", "the user looks away", ...LABELS.slice(5)];
  const without = await beside(pathWith("take_box", labels), TAKE);
  assert.deepEqual(said(without.alignment.rows, "missing"), ["one more box", "the user looks away"]);
  const about = { at: { "one more box": "box->count++" }, notInSource: { "the user looks away": "a user is no C" } };
  const { alignment } = await beside(pathWith("take_box", labels, about), TAKE);
  assert.equal(lineOf(alignment.rows, "one more box"), 10);
  assert.deepEqual(said(alignment.rows, "not in source"), ["the user looks away"]);
  assert.ok(alignment.isContent);
});

test("an `at` that is not there is missing, whatever the label says", async () => {
  const about = { at: { "put_box(box)": "put_crates(box)" } };
  const { alignment } = await beside(pathWith("take_box", LABELS, about), TAKE);
  const row = alignment.rows.find(({ kind }) => kind === "missing");
  assert.deepEqual([row?.label, row?.why], ["put_box(box)", "'put_crates(box)' is not there"]);
  assert.deepEqual(said(alignment.rows, "new"), ["put_box(box)"]);
});

test("a step that stands for several operations has all of them, and several steps may have one", async () => {
  const labels = [...LABELS.slice(0, 3), "count the box", "and look at it", ...LABELS.slice(6)];
  const about = {
    at: { "count the box": ["map_lock()", "box->count++", "map_unlock()"], "and look at it": "box->count++" },
  };
  const { alignment } = await beside(pathWith("take_box", labels, about), TAKE);
  assert.deepEqual(
    alignment.rows.find(({ label }) => label === "count the box")?.also?.map(({ line }) => line),
    [10, 11],
  );
  assert.ok(alignment.isContent);
  const less = await beside(pathWith("take_box", labels, about), TAKE.replace("\tmap_unlock(shelf, box->ptl);\n", ""));
  assert.deepEqual(said(less.alignment.rows, "missing"), ["count the box"]);
});

test("of several that are alike, the one that is meant can be said", async () => {
  const code = "void f(struct box *box)\n{\n\tput_box(box);\n\tput_box(box);\nout:\n\tput_box(box);\n}\n";
  const at = async (text: string): Promise<number | undefined> => {
    const { alignment } = await beside(pathWith("f", ["it is put"], { at: { "it is put": text } }), code);
    return lineOf(alignment.rows, "it is put");
  };
  assert.deepEqual([await at("put_box(box)"), await at("put_box(box) #2"), await at("out: put_box(box)")], [3, 4, 6]);
  assert.equal(await at("put_box(box) #4"), undefined);
  assert.equal(await at("nowhere: put_box(box)"), undefined);
});

test("what is omitted has its reason, and an entry for what is gone is stale", async () => {
  const labels = LABELS.filter((label) => !label.includes("count"));
  const about = { omits: { "box->count++": "nobody counts", trace_box: "a tracepoint" } };
  const { alignment } = await beside(pathWith("take_box", labels, about), TAKE);
  assert.deepEqual(alignment.rows.find(({ kind }) => kind === "omitted")?.why, "nobody counts");
  assert.deepEqual(said(alignment.rows, "stale"), ["trace_box"]);
  assert.ok(!alignment.isContent);
});

test("a branch is omitted with its test, and the other branch is not", async () => {
  const code =
    "int f(struct box *box)\n{\n\tif (BoxIsHuge(box) && x) {\n\t\tsplit_box(box);\n\t\treturn 1;\n\t} else {\n\t\tput_box(box);\n\t}\n\tfree_box(box);\n}\n";
  const about = { omits: { "if (BoxIsHuge(box))": "no box is huge" } };
  const { alignment } = await beside(pathWith("f", ["free_box(box)"], about), code);
  assert.deepEqual(said(alignment.rows, "new"), ["put_box(box)"]);
  const loop =
    "void f(struct box *box)\n{\n\twhile (next_box(box)) {\n\t\tif (BoxIsHuge(box))\n\t\t\tcontinue;\n\t\tfree_box(box);\n\t}\n}\n";
  const around = await beside(pathWith("f", ["free_box(box)"], about), loop);
  assert.deepEqual(said(around.alignment.rows, "new"), ["next_box(box)"]);
  const both = { omits: { ...about.omits, "else (BoxIsHuge(box))": "put by the caller" } };
  assert.ok((await beside(pathWith("f", ["free_box(box)"], both), code)).alignment.isContent);
});

test("a jump back, or a second turn of a loop, is no other order", async () => {
  const code = `
void f(struct box *box)
{
	goto first;
second:
	put_box(box);
	return;
first:
	get_box(box);
	goto second;
}
void g(struct box *box)
{
	for_each_box(box, shelf) {
		lock_box(box);
		unlock_box(box);
	}
}
`;
  assert.ok((await beside(pathWith("f", ["get_box(box)", "put_box(box)"]), code)).alignment.isContent);
  const against = await beside(pathWith("f", ["put_box(box)", "get_box(box)"]), code);
  assert.equal(said(against.alignment.rows, "reordered").length, 1);
  const turns = [
    "next_box()",
    "lock_box(box)",
    "unlock_box(box)",
    "next_box(), 2nd",
    "lock_box(box), 2nd",
    "unlock_box(box), 2nd",
  ];
  assert.ok((await beside(pathWith("g", turns), code)).alignment.isContent);
});

test("without a loop, two steps have two places", async () => {
  const code = "void f(struct box *box)\n{\n\tput_box(box);\n}\n";
  const { alignment } = await beside(pathWith("f", ["put_box(box)", "put_box(box), again"]), code);
  assert.deepEqual(said(alignment.rows, "missing"), ["put_box(box), again"]);
});

test("two places of which neither leads to the other are in any order", async () => {
  const code = "void f(struct box *box)\n{\n\tif (test_box(box))\n\t\tlock_box(box);\n\telse\n\t\tput_box(box);\n}\n";
  const { alignment } = await beside(pathWith("f", ["test_box(box)", "put_box(box)", "lock_box(box)"]), code);
  assert.ok(alignment.isContent);
});

test("a helper is followed for a step that is nowhere else, but not where the path names its functions", async () => {
  const code = `
static void inner(struct box *box)
{
	put_box(box);
}
void f(struct box *box)
{
	lock_box(box);
	inner(box);
}
`;
  const found = await beside(pathWith("f", ["lock_box(box)", "put_box(box)"]), code);
  assert.ok(found.alignment.isContent);
  assert.equal(found.alignment.rows[1]?.place?.function, "inner");
  const said1 = await beside(pathWith("f", ["lock_box(box)", "put_box(box)"], { functions: ["f"] }), code);
  assert.deepEqual(said(said1.alignment.rows, "missing"), ["put_box(box)"]);
  const both = await beside(pathWith("f", ["lock_box(box)", "put_box(box)"], { functions: ["f", "inner"] }), code);
  assert.ok(both.alignment.isContent);
});

test("a helper in a header that only computes has to be accounted for by nobody, one that stores has", async () => {
  const code = "void f(struct box *box)\n{\n\tlock_box(box);\n\thelp(box);\n}\n";
  const header = (body: string): string => `static inline int help(struct box *box)\n{\n\t${body}\n}\n`;
  const quiet = await beside(pathWith("f", ["lock_box(box)"]), code, { header: header("return box->size + 1;") });
  assert.ok(quiet.alignment.isContent);
  const stores = await beside(pathWith("f", ["lock_box(box)"]), code, { header: header("box->owner = NULL;") });
  assert.deepEqual(said(stores.alignment.rows, "new"), ["help(box)"]);
  assert.deepEqual(stores.alignment.rows.at(-1)?.does, ["box->owner = NULL"]);
});

test("an indirect call is the function that the path names", async () => {
  const code = `
void box_map(struct box *box)
{
	lock_box(box);
}
void f(struct box *box)
{
	box->ops->map(box);
	put_box(box);
}
`;
  const path = pathWith("f", ["lock_box(box)", "put_box(box)"], { functions: ["f", "box_map"] });
  assert.ok((await beside(path, code)).alignment.isContent);
});

test("an indirect call through a member of another name is the function that the path says it is", async () => {
  const code = `
static int box_waker(struct box *box)
{
	lock_box(box);
}
void f(struct box *box)
{
	take_box(box);
	box->func(box);
	put_box(box);
}
`;
  const labels = ["take_box(box)", "lock_box(box)", "put_box(box)"];
  const one = await beside(pathWith("f", labels, { functions: ["f", "func: box_waker"] }), code);
  assert.ok(one.alignment.isContent);
  const other = await beside(pathWith("f", labels, { functions: ["f", "box_waker"] }), code);
  assert.deepEqual(said(other.alignment.rows, "new"), ["box->func(box)"]);
});

test("a function or a file that is not there is said, with what may be meant", async () => {
  const misspelt = await beside(pathWith("take_bax", ["lock_box(box)"]), TAKE);
  assert.match(misspelt.alignment.rows[0]?.why ?? "", /no function of this name; did you mean 'take_box'\?/);
  const nowhere = await beside(pathWith("f", ["lock_box(box)"], { file: "mm/nothing.c" }), TAKE);
  assert.equal(nowhere.alignment.rows[0]?.why, "the tree has no file mm/nothing.c");
  assert.ok(!nowhere.alignment.isContent);
});

test("a step that is never done is missing: behind a jump, under a condition that is never true, in #if 0", async () => {
  const ways = [
    "goto out;\n\tput_box(box);\nout:",
    "do {\n\t\tbreak;\n\t\tput_box(box);\n\t} while (0);",
    "if (0)\n\t\tput_box(box);",
    "#if 0\n\tput_box(box);\n#endif",
    "#if 0\n\tput_box(box);\n#else\n\tx = 1;\n#endif",
  ];
  for (const way of ways) {
    const { alignment } = await beside(pathWith("take_box", LABELS), TAKE.replace("put_box(box);", way));
    assert.deepEqual([said(alignment.rows, "missing"), said(alignment.rows, "new")], [["put_box(box)"], []], way);
  }
});

test("what #else has instead does not follow what #ifdef has, so that it is done where that returns", async () => {
  const way = "#ifdef CONFIG_BOX\n\tput_box(box);\n\treturn 0;\n#else\n\tsmp_mb();\n#endif\n\tput_shelf(shelf);";
  const { alignment } = await beside(pathWith("take_box", LABELS), TAKE.replace("put_box(box);", way));
  assert.deepEqual(said(alignment.rows, "missing"), []);
  assert.deepEqual(said(alignment.rows, "new").toSorted(), ["put_shelf(shelf)", "smp_mb()"]);
});

test("assembly, a function named in brackets, and other ways to write to the same place are new", async () => {
  const added = [
    'asm volatile("mfence" ::: "memory");',
    "(put_shelf)(shelf);",
    "*(&box->owner) = NULL;",
    "slot[0] = x;",
  ];
  for (const one of added) {
    const { alignment } = await beside(pathWith("take_box", LABELS), TAKE.replace("unlock:", `\t${one}\nunlock:`));
    assert.deepEqual(said(alignment.rows, "new"), [one.replace(/;$/, "")], one);
  }
  const cast = TAKE.replace("unlock:", "\tx = (pgoff_t)(start);\n\tx = (u64)(start);\nunlock:");
  assert.deepEqual(said((await beside(pathWith("take_box", LABELS), cast)).alignment.rows, "new"), []);
});

test("a return of what a step gives back is of the step, and no way out that the path does not have", async () => {
  const code = `
static int take_box(struct box *box, bool full)
{
	lock_box(box);
	if (full)
		return unlock_box(box);
	put_box(box);
	return 0;
}
`;
  const { alignment } = await beside(pathWith("take_box", ["lock_box(box)", "unlock_box(box)", "put_box(box)"]), code);
  assert.deepEqual(said(alignment.rows, "new"), []);
  const { alignment: other } = await beside(
    pathWith("take_box", ["lock_box(box)", "put_box(box)"]),
    code.replace("return unlock_box(box)", "return 1"),
  );
  assert.deepEqual(said(other.rows, "new"), ["return 1 under if (full)"]);
  const asked = pathWith("take_box", ["lock_box(box)", "full?", "put_box(box)"]);
  const { alignment: third } = await beside(asked, code.replace("return unlock_box(box)", "return 1"));
  assert.deepEqual(said(third.rows, "new"), []);
});
