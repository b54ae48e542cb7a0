import assert from "node:assert/strict";
import { test } from "node:test";
import type { Drafting } from "../../src/index.ts";
import { draftOf, type Drafted } from "../../src/source/draft.ts";
import { Functions } from "../../src/source/functions.ts";
import { cParser } from "../../src/source/grammar.ts";
import { NameTable } from "../../src/source/names.ts";
import { NAMES, treeOf } from "./small.ts";

/** Primitives of a kernel of our own, whose pages are boxes. */
const BOXES: Drafting = {
  calls: {
    lock_box: { code: "lockBox()", page: 0, isPath: true },
    trylock_box: { code: "trylockBox", page: 0, isTest: true },
    put_box: { code: "putBox", page: 0 },
    map_lock: { code: "lockMap(i)" },
    spin_lock: { code: "lockMap(i)", of: "map" },
    next_box: { code: "nextBox", givesPage: true },
    smp_mb: { code: "smpMb" },
  },
  objects: {
    box: {
      code: "page",
      isPage: true,
      fields: { owner: { name: "owner", values: { NULL: "null", shelf: '"shelf"' } } },
    },
  },
  modules: { faultline: ["smpMb"], boxes: ["trylockBox", "putBox", "lockMap"] },
};

async function draft(code: string, own: readonly string[] = ["take"]): Promise<Drafted> {
  const tree = treeOf({ "mm/box.c": code, "include/box.h": "", "mm/other.c": "" });
  const functions = new Functions(tree, ["mm/box.c", "include/box.h"]);
  const reading = { tree, parse: await cParser(), names: new NameTable(NAMES) };
  return draftOf({ reading, functions, root: functions.find("take")!, own }, BOXES);
}

const steps = ({ steps: all }: Drafted): Readonly<Record<string, string>> =>
  Object.fromEntries(all.map(({ label, code }) => [label, code]));

test("what the table knows is written as its primitive, with the page of its argument", async () => {
  const found = await draft("void take(struct box *box)\n{\n\tsmp_mb();\n\tput_box(box);\n\tput_box(old_box);\n}\n");
  assert.deepEqual(steps(found), {
    "smp_mb()": "smpMb",
    "put_box(box)": "putBox",
    "put_box(old_box)": "putBox.with((_k: unknown, me: Me) => ({ page: me.oldBox }))",
  });
  assert.deepEqual(found.locals, { page: "ref(Page)", oldBox: "ref(Page)" });
  assert.deepEqual(found.imports, { faultline: ["smpMb"], boxes: ["putBox"] });
  assert.ok(found.steps.every(({ isOpen }) => !isOpen));
});

test("a lock is the primitive's only where it is that lock, and not what a call has returned", async () => {
  const found = await draft(`
void take(struct box *box)
{
	spin_lock(&shelf->map);
	spin_lock(&shelf->inode->lock);
	old_map = other_lock(shelf);
	spin_lock(old_map);
}
`);
  assert.deepEqual(steps(found), {
    "spin_lock(&shelf->map)": "lockMap(i)",
    "spin_lock(&shelf->inode->lock)": 'todo("what spin_lock() does here")',
    "old_map = other_lock(shelf)": 'todo("what other_lock() does here")',
    "spin_lock(old_map)": 'todo("what spin_lock() does here")',
  });
});

test("a variable that is set to more than true and false is no truth value that was false all along", async () => {
  const code = (set: string): string =>
    `void take(struct box *box)\n{\n\tbool wide = false;\n\t${set}\n\tif (wide)\n\t\tput_box(box);\n\tsmp_mb();\n}\n`;
  for (const set of ["wide = box_size(box) + 1;", "wide = shelf && box;", "wide = quiet_size(box);"]) {
    const found = steps(await draft(code(set)));
    assert.match(found["wide?"]!, /^todo\("when wide is true"\)/, set);
  }
  assert.match(steps(await draft(code("if (last_box(box)) wide = true;")))["wide?"]!, /wide \? undefined/);
});

test("branches, loops and jumps lead where those of C do", async () => {
  const found = await draft(`
int take(struct box *box)
{
	if (!trylock_box(box))
		goto out;
	while (more_boxes(shelf)) {
		if (bad_box(shelf))
			continue;
		if (last_box(shelf))
			break;
		map_lock(shelf);
	}
	smp_mb();
	return 0;
out:
	put_box(box);
	return 1;
}
`);
  assert.deepEqual(steps(found), {
    "trylock_box(box)?": 'trylockBox.then({ false: "put_box(box)" })',
    "more_boxes(shelf)?": 'todo("what more_boxes() does here").then({ false: "smp_mb()" })',
    "bad_box(shelf)?": 'todo("what bad_box() does here").then({ true: "more_boxes(shelf)?" })',
    "last_box(shelf)?": 'todo("what last_box() does here").then({ true: "smp_mb()" })',
    "map_lock(shelf)": 'lockMap(i).then("more_boxes(shelf)?")',
    "smp_mb()": "smpMb.then(done)",
    "put_box(box)": "putBox",
  });
});

test("conditions that are joined are a step each, and lead to where the whole does", async () => {
  const found = await draft(`
void take(struct box *box)
{
	if (a_is(box) && (b_is(box) || !c_is(box)))
		put_box(box);
	smp_mb();
}
`);
  assert.deepEqual(
    found.steps.map(({ code }) => code.replace(/^todo\("[^"]*"\)/, "")),
    [
      '.then({ false: "smp_mb()" })',
      '.then({ true: "put_box(box)" })',
      '.then({ true: "smp_mb()" })',
      "putBox",
      "smpMb",
    ],
  );
});

test("a truth value that tests set is a local, and is tested as one", async () => {
  const found = await draft(`
void take(struct box *box)
{
	bool got = false;
	if (want(box))
		got = trylock_box(box);
	smp_mb();
	if (got)
		put_box(box);
}
`);
  assert.deepEqual(steps(found), {
    "got = false": "(_k: unknown, me: Me) => { me.got = false; }",
    "want(box)?": 'todo("what want() does here").then({ false: "smp_mb()" })',
    "got = trylock_box(box)": "trylockBox.then((_k: unknown, me: Me, is) => { me.got = is; })",
    "smp_mb()": "smpMb",
    "got?": "(_k: unknown, { got }: Me) => (got ? undefined : done)",
    "put_box(box)": "putBox",
  });
});

test("fields that the world has are read and written there, and others are to be decided", async () => {
  const found = await draft(`
void take(struct box *box, struct shelf *shelf)
{
	if (box->owner != shelf)
		return;
	WRITE_ONCE(box->owner, NULL);
	box->count++;
}
`);
  assert.deepEqual(steps(found), {
    "box->owner == shelf?": 'once((_k: unknown, { page }: Me) => (page!.owner === "shelf" ? undefined : done))',
    "WRITE_ONCE(box->owner, NULL)": "once((_k: unknown, { page }: Me) => { page!.owner = null; })",
    "box->count++": 'todo("which field of the world box->count++ is about")',
  });
});

test("a call that is unknown says what it does, and one that is named is written in its place", async () => {
  const code = `
static void tidy(struct box *box)
{
	smp_mb();
	put_box(box);
}
void take(struct box *box)
{
	tidy(box);
	x = y + 1;
}
`;
  const open = await draft(code);
  assert.deepEqual(steps(open), { "tidy(box)": 'todo("what tidy() does here; it has smp_mb(); put_box(box)")' });
  const followed = await draft(code, ["take", "tidy"]);
  assert.deepEqual(steps(followed), { "smp_mb()": "smpMb", "put_box(box)": "putBox" });
});

test("what decides nothing that others see is left out, and what guards a step is not", async () => {
  const found = await draft(`
void take(struct box *box)
{
	if (size > 3)
		size = 3;
	BUG_ON(box->owner);
	if (size > 2)
		put_box(box);
}
`);
  assert.deepEqual(Object.keys(steps(found)), ["size > 2?", "put_box(box)"]);
});

test("a comparison of several calls is where the last of them is", async () => {
  const { steps: all } = await draft(`
void take(struct box *box)
{
	if (count_of(box) > rest_of(box) + 1)
		return;
	put_box(box);
}
`);
  assert.deepEqual(
    all.map(({ label, at }) => [label, at]),
    [
      ["count_of(box)", undefined],
      ["rest_of(box)", undefined],
      ["count_of(box) > rest_of(box) + 1?", "rest_of(box)"],
      ["put_box(box)", undefined],
    ],
  );
});
