import assert from "node:assert/strict";
import { test } from "node:test";
import { definitionsIn, Functions } from "../../src/source/functions.ts";
import { isOfRelease, isSince, releaseIn } from "../../src/source/tree.ts";
import { treeOf } from "./small.ts";

const CODE = `
int take(int x);
static inline int
take(int x)
{
	return take_more(x);
}
#define take(x) nothing
void other(void)
{
	take(1);
}
__must_check struct box *find(struct box *box, int (*how)(int)) __acquires(lock)
{
	return box;
}
`;

test("a definition is told from a declaration, a call and a macro", () => {
  const [one, ...more] = definitionsIn(CODE, "take", "mm/box.c");
  assert.equal(more.length, 0);
  assert.equal(one?.line, 5);
  assert.match(one?.body ?? "", /^\{\n\treturn take_more\(x\);\n\}$/);
  assert.equal(definitionsIn(CODE, "find", "mm/box.c")[0]?.line, 14);
  assert.equal(definitionsIn(CODE, "box", "mm/box.c").length, 0);
});

test("of two definitions, under CONFIG options, the one that does something is taken", () => {
  const header =
    "static inline int lock(int x) { return 0; }\nstatic inline int lock(int x)\n{\n\treturn really(x);\n}\n";
  const functions = new Functions(treeOf({ "a.h": header }), ["a.h"]);
  assert.match(functions.find("lock")?.body ?? "", /really/);
  assert.equal(functions.find("unlock"), undefined);
});

test("a stub on one line ends there, and is passed over for what another file defines", () => {
  const header =
    "static inline void unmap(int x) { }\nstatic inline bool locked(int x) { return false; }\nvoid own(void)\n{\n\tg();\n}\n";
  const [stub] = definitionsIn(header, "unmap", "a.h");
  assert.equal(stub?.body, "{ }");
  assert.equal(definitionsIn(header, "locked", "a.h")[0]?.body, "{ return false; }");
  const code = "void unmap(int x)\n{\n\treally(x);\n}\n";
  const functions = new Functions(treeOf({ "a.h": header, "a.c": code }), ["a.h", "a.c"]);
  assert.match(functions.find("unmap")?.body ?? "", /really/);
  assert.equal(functions.find("locked")?.body, "{ return false; }");
});

test("files are read when they are needed, each once", () => {
  const asked: string[] = [];
  const tree = {
    name: "",
    release: "v1.0",
    read: (file: string) => (asked.push(file), file === "a.h" ? "void f(void)\n{\n\tg();\n}\n" : ""),
  };
  const functions = new Functions(tree, ["a.h", "b.h"]);
  functions.find("f");
  functions.find("f");
  assert.deepEqual(asked, ["a.h"]);
});

test("the release of a tree is in its Makefile", () => {
  const makefile = (extra: string): string =>
    `VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =${extra}\nNAME = x\n`;
  assert.equal(releaseIn(makefile("")), "v6.12.7");
  assert.equal(releaseIn(makefile(" -rc3")), "v6.12.7-rc3");
  assert.equal(releaseIn(makefile(" -custom")), "v6.12.7");
  assert.equal(releaseIn("all:\n\techo\n"), undefined);
});

test("a tree is of the release that a path names, and of no patched one", () => {
  assert.ok(isOfRelease("v5.9.1", "v5.9"));
  assert.ok(isOfRelease("v5.9", "v5.9"));
  assert.ok(
    !isOfRelease("v5.9.1", "v5.9.2") && !isOfRelease("v5.10", "v5.1") && !isOfRelease("v5.9", "v5.9, order GLCS"),
  );
  assert.ok(isSince("v6.1.7", "v6.1") && isSince("v7.1-rc1", "v7.1") && !isSince("v5.9", "v5.15"));
});
