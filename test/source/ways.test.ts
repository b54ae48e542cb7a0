import assert from "node:assert/strict";
import { test } from "node:test";
import {
  acquire,
  array,
  bool,
  done,
  full,
  int,
  oneOf,
  once,
  release,
  scenario,
  world,
  type Path,
  type StateOf,
} from "../../src/index.ts";
import { waysIn } from "../../src/cli/paths.ts";
import type { About } from "../../src/model/about.ts";
import { align, type Aligned } from "../../src/source/align.ts";
import { cParser } from "../../src/source/grammar.ts";
import { NameTable } from "../../src/source/names.ts";
import { NAMES, treeOf } from "./small.ts";

const boxes = world({ users: int(0, 3), locked: bool, owner: oneOf("nobody", "shelf", "crate"), full: bool });

type Boxes = StateOf<typeof boxes>;

const ABOUT = { file: "mm/box.c", release: "v1.2" };
const take = (about: About = {}) =>
  boxes.path(
    "take_box",
    {},
    {
      "get_box(box)": full((k: Boxes) => {
        if (k.users === 0) return false;
        k.users++;
        return true;
      }).then({ false: done }),
      "trylock_box(box)": acquire((k: Boxes) => {
        if (k.locked) return false;
        k.locked = true;
        return true;
      }).then({ false: "put: put_box(box)" }),
      "box->owner == shelf?": once((k) => {
        if (k.owner !== "shelf") return "unlock: unlock_box(box)";
      }),
      "BoxFull(box)?": once((k: Boxes) => k.full).then({ true: "unlock: unlock_box(box)" }),
      "box->count++": once((k) => {
        k.full = true;
      }),
      "unlock: unlock_box(box)": release((k) => {
        k.locked = false;
      }),
      "put: put_box(box)": full((k) => {
        k.users--;
      }),
    },
    { ...ABOUT, ...about } as never,
  ) as Path;

const TAKE = `
int take_box(struct box *box, struct shelf *shelf)
{
	if (!get_box(box))
		return -1;
	if (!trylock_box(box))
		goto put;
	if (unlikely(box->owner != shelf) || BoxFull(box))
		goto unlock;
	box->count++;
unlock:
	unlock_box(box);
put:
	put_box(box);
	return 0;
}
`;

async function beside(path: Path, code: string): Promise<Aligned> {
  const alone = scenario("alone", { about: "One path", world: boxes, threads: () => ({ t: path }) });
  const tree = treeOf({ "mm/box.c": code, "include/box.h": "", "mm/other.c": "" });
  const reading = { tree, parse: await cParser(), names: new NameTable(NAMES, "v1.2.3") };
  return align(path, reading, waysIn({ path, scenario: alone, set: {} }));
}

test("a path that leads where its C does is accounted for", async () => {
  const { alignment } = await beside(take(), TAKE);
  assert.deepEqual(
    alignment.rows.map(({ kind, label }) => [kind, label]),
    take().labels.map((label) => ["anchored", label]),
  );
});

const astray = ({ alignment: { rows } }: Aligned): readonly (readonly [string, string | undefined])[] =>
  rows.filter(({ kind }) => kind !== "anchored").map(({ kind, label, text }) => [kind, label ?? text]);

test("a test that is negated, or compares the other way round, is negated", async () => {
  const ways: Readonly<Record<string, readonly [string, string]>> = {
    "get_box(box)": ["!get_box", "get_box"],
    "trylock_box(box)": ["!trylock_box", "trylock_box"],
    "box->owner == shelf?": ["box->owner != shelf", "box->owner == shelf"],
    "BoxFull(box)?": ["|| BoxFull", "|| !BoxFull"],
  };
  for (const [label, [now, then]] of Object.entries(ways))
    assert.deepEqual(astray(await beside(take(), TAKE.replace(now, then))), [["negated", label]], then);
  const whole = TAKE.replace(
    "(unlikely(box->owner != shelf) || BoxFull(box))",
    "(!(unlikely(box->owner != shelf) || BoxFull(box)))",
  );
  assert.deepEqual(
    astray(await beside(take(), whole)).map(([kind]) => kind),
    ["elsewhere", "negated"],
  );
});

test("a jump to another label, or one that is gone, leads elsewhere", async () => {
  const ways: readonly (readonly [string, string, string])[] = [
    ["\t\treturn -1;", "\t\t;", "get_box(box)"],
    ["\t\treturn -1;", "\t\tgoto unlock;", "get_box(box)"],
    ["\t\tgoto put;", "\t\t;", "trylock_box(box)"],
    ["\t\tgoto put;", "\t\tgoto unlock;", "trylock_box(box)"],
    ["\t\tgoto unlock;", "\t\tgoto put;", "box->owner == shelf?"],
    ["\tbox->count++;", "\tbox->count++;\n\tgoto put;", "box->count++"],
    ["\tunlock_box(box);", "\tunlock_box(box);\n\treturn 0;", "unlock: unlock_box(box)"],
    ["||", "&&", "box->owner == shelf?"],
  ];
  for (const [now, then, label] of ways) {
    const rows = astray(await beside(take(), TAKE.replace(now, then)));
    assert.ok(
      rows.some(([kind, at]) => kind === "elsewhere" && at === label),
      `${then}: ${JSON.stringify(rows)}`,
    );
  }
});

test("a row that leads elsewhere says where the path goes, and where the C does", async () => {
  const { alignment } = await beside(take(), TAKE.replace("\t\tgoto put;", "\t\tgoto unlock;"));
  const row = alignment.rows.find(({ kind }) => kind === "elsewhere");
  assert.equal(row?.why, "to put: put_box(box), in C to box->owner == shelf?, unlock: unlock_box(box)");
  assert.equal(row?.place?.line, 6);
  assert.ok(!alignment.isContent);
  const negated = await beside(take(), TAKE.replace("!get_box", "get_box"));
  assert.equal(
    negated.alignment.rows.find(({ kind }) => kind === "negated")?.why,
    "where get_box(box): to trylock_box(box), in C to the end",
  );
});

test("why a step leads elsewhere can be said, as long as it does", async () => {
  const said = take({ leads: { "trylock_box(box)": { "put: put_box(box)": "a box that is locked is put, too" } } });
  const { alignment } = await beside(said, TAKE.replace("\t\tgoto put;", "\t\treturn 0;"));
  assert.ok(alignment.isContent);
  assert.equal(alignment.rows[1]?.why, "a box that is locked is put, too");
  assert.deepEqual(astray(await beside(said, TAKE)), [["stale", "trylock_box(box)"]]);
});

test("a reason for one way does not excuse another", async () => {
  const said = take({ leads: { "trylock_box(box)": { "put: put_box(box)": "a box that is locked is put, too" } } });
  const rows = astray(await beside(said, TAKE.replace("!trylock_box", "trylock_box")));
  assert.deepEqual(rows, [
    ["negated", "trylock_box(box)"],
    ["stale", "trylock_box(box)"],
  ]);
});

test("a test that is negated twice is none", async () => {
  for (const test of ["!(!!get_box(box))", "!!!get_box(box)", "unlikely(!(unlikely(get_box(box))))"])
    assert.deepEqual(astray(await beside(take(), TAKE.replace("!get_box(box)", test))), [], test);
});

test("a path with a step that reads too much to be taken apart is laid beside its source all the same", async () => {
  const many = world({ some: array(12, int(0, 3)) });
  const path = many.path(
    "f",
    {},
    {
      "get_box(box)": once((k) => {
        if (k.some.every((one) => one > 1)) return done;
      }),
      "read_all(box)": once((k) => {
        k.some[0] = k.some.reduce((sum, one) => sum + one, 0) % 4;
      }),
    },
    ABOUT,
  ) as Path;
  const alone = scenario("alone", { about: "One path", world: many, threads: () => ({ t: path }) });
  const code = "void f(struct box *box)\n{\n\tif (!get_box(box))\n\t\treturn;\n\tread_all(box);\n}\n";
  const tree = treeOf({ "mm/box.c": code, "include/box.h": "", "mm/other.c": "" });
  const reading = { tree, parse: await cParser(), names: new NameTable(NAMES, "v1.2.3") };
  const { alignment } = align(path, reading, waysIn({ path, scenario: alone, set: {} }));
  assert.ok(alignment.isContent);
});

test("branches, turns of a loop and ways out that the path leaves out lead nowhere else", async () => {
  const ways: readonly (readonly [string, string])[] = [
    ["\tbox->count++;", "\tif (!huge)\n\t\tbox->count++;"],
    ["\tif (!trylock_box(box))", "\tif (late)\n\t\tgoto put;\n\tif (!trylock_box(box))"],
    ["\tif (!trylock_box(box))\n\t\tgoto put;", "\tif (trylock_box(box)) {\n\t\t;\n\t} else {\n\t\tgoto put;\n\t}"],
    ["box->owner != shelf", "shelf != box->owner"],
  ];
  for (const [now, then] of ways) assert.deepEqual(astray(await beside(take(), TAKE.replace(now, then))), [], then);
  const loops = ["while (more)", "for (i = 0; i < 3; i++)", "for (;;)", "for_each_box(box, shelf)", "do"];
  for (const loop of loops) {
    const body = TAKE.slice(TAKE.indexOf("\tif (!try"), TAKE.indexOf("\treturn 0"));
    const end = loop === "do" ? "} while (more);" : loop === "for (;;)" ? "\tif (last)\n\t\tbreak;\n}" : "}";
    const code = TAKE.replace(body, `\t${loop} {\n${body}\t${end}\n`);
    const rows = astray(await beside(take(), code)).filter(([kind]) => kind !== "new");
    assert.deepEqual(rows, [], loop);
  }
});

test("a loop without another turn is left by its break alone, and a continue of do-while asks its test", async () => {
  const tail = (loop: string): string => `
int take_box(struct box *box, struct shelf *shelf)
{
	${loop}
}
`;
  const path = (next: string) =>
    boxes.path(
      "take_box",
      {},
      {
        "get_box(box)": full((k: Boxes) => k.full).then({ false: next }),
        "put_box(box)": full((k: Boxes) => {
          k.full = false;
        }),
        "free_box(box)": full((k: Boxes) => {
          k.full = true;
        }),
      } as never,
      ABOUT,
    ) as Path;
  const doWhile = tail(
    "do {\n\t\tif (!get_box(box))\n\t\t\tcontinue;\n\t\tput_box(box);\n\t} while (more);\n\tfree_box(box);",
  );
  assert.deepEqual(astray(await beside(path("free_box(box)"), doWhile)), []);
  assert.deepEqual(astray(await beside(path("put_box(box)"), doWhile)), [["negated", "get_box(box)"]]);
  const endless = tail("for (;;) {\n\t\tif (!get_box(box))\n\t\t\tbreak;\n\t\tput_box(box);\n\t}\n\tfree_box(box);");
  assert.deepEqual(astray(await beside(path("free_box(box)"), endless)), []);
});

test("what a callee gives back decides where its caller goes on, if it is always the same", async () => {
  const code = `
static int get(struct box *box)
{
	if (!get_box(box))
		return 0;
	if (!trylock_box(box)) {
		put_box(box);
		return 0;
	}
	return 1;
}
int take_box(struct box *box, struct shelf *shelf)
{
	if (!get(box))
		return 0;
	unlock_box(box);
}
`;
  const path = boxes.path(
    "take_box",
    {},
    {
      "get_box(box)": full((k: Boxes) => k.users > 0).then({ false: done }),
      "trylock_box(box)": full((k: Boxes) => !k.locked).then({ true: "unlock_box(box)" }),
      "put_box(box)": full((k) => {
        k.users--;
        return done;
      }),
      "unlock_box(box)": release((k) => {
        k.locked = false;
      }),
    },
    { ...ABOUT, functions: ["take_box", "get"] },
  ) as Path;
  assert.deepEqual(astray(await beside(path, code)), []);
  const rows = astray(await beside(path, code.replace("return 1", "return 0")));
  assert.deepEqual(rows, [["missing", "unlock_box(box)"]]);
});
