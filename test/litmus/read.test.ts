import assert from "node:assert/strict";
import { test } from "node:test";
import { ModelError } from "../../src/model/error.ts";
import { answer } from "../../src/litmus/answer.ts";
import { block } from "../../src/litmus/block.ts";
import { readLitmus } from "../../src/litmus/read.ts";

const body = (code: string, condition = "exists (0:r0=0)"): string =>
  `C test\n\n{}\n\nP0(int *x, int *y)\n{\n${code}\n}\n\n${condition}\n`;

const kinds = (code: string): readonly string[] =>
  readLitmus("t.litmus", body(`int r0; int r1;\n${code}`, "exists (x=0)")).threads[0]!.instructions.map(
    ({ kind, text }) => `${kind}: ${text}`,
  );

const fails = (text: string, where: string, sentence: RegExp): void => {
  assert.throws(
    () => readLitmus("t.litmus", text),
    (error) => {
      assert(error instanceof ModelError);
      assert.equal(error.explanation.where, where);
      assert.match(error.message, sentence);
      return true;
    },
  );
};

test("an access is one move, and what is computed from it another", () => {
  assert.deepEqual(kinds("r0 = READ_ONCE(*x);"), ["read: r0 = READ_ONCE(*x)"]);
  assert.deepEqual(kinds("r0 = READ_ONCE(*x) + 1;"), ["read: READ_ONCE(*x)", "assign: r0 = READ_ONCE(*x) + 1"]);
  assert.deepEqual(kinds("if (READ_ONCE(*x) == 1) WRITE_ONCE(*y, 1);"), [
    "read: READ_ONCE(*x)",
    "branch: if (READ_ONCE(*x) == 1)",
    "write: WRITE_ONCE(*y, 1)",
  ]);
  assert.deepEqual(kinds("smp_store_mb(*x, 1);"), ["write: smp_store_mb(*x, 1)", "fence: smp_store_mb(*x, 1)"]);
  assert.deepEqual(kinds("barrier();"), []);
});

test("(* opens a comment, but not in C", () => {
  assert.deepEqual(kinds("r0 = READ_ONCE(*(int *)x); (* a comment; r1 = 2; *)\nif (*x == 1) r1 = 1; // and one more"), [
    "read: r0 = READ_ONCE(*(int *)x)",
    "read: *x",
    "branch: if (*x == 1)",
    "assign: r1 = 1",
  ]);
  fails("C t\n\n(* never closed\n{}\n", "t.litmus:3", /never closed/);
});

test("lines of notes between the name and the initial state are passed over", () => {
  const text = '"Rfe DpAddr"\nPrefetch=0:x=F\n';
  const read = readLitmus("t.litmus", body("int r0 = READ_ONCE(*x);").replace("\n\n{}", `\n${text}\n{}`));
  assert.equal(read.name, "test");
});

test("the initial state may give types, addresses and registers", () => {
  const text = body("int *r0 = READ_ONCE(*x); int r2 = r1;", "exists (0:r0=y /\\ 0:r2=3)").replace(
    "{}",
    "{ int *x = &y; atomic_t y = ATOMIC_INIT(2); int z=-1; [w]=4; int u; 0:r1=3; }",
  );
  const { locations, initial } = readLitmus("t.litmus", text);
  assert.deepEqual(
    locations,
    ["y", "x", "z", "w", "u"].toSorted((a, b) => locations.indexOf(a) - locations.indexOf(b)),
  );
  assert.equal(initial.get("y"), 2);
  assert.equal(initial.get("z"), -1);
});

test("an answer has the form of herd7's, with addresses by name and connectives as they were", async () => {
  const text = body(
    "int *r0 = READ_ONCE(*x);\nint r1 = READ_ONCE(*r0);",
    "forall (0:r0=y /\\ (0:r1=5 \\/ ~(0:r1=0)))",
  ).replace("{}", "{ int *x = &y; int y = 5; }");
  assert.equal(
    block(await answer(readLitmus("t.litmus", text), "lkmm")),
    [
      "Test test Required",
      "States 1",
      "0:r0=y; 0:r1=5;",
      "Ok",
      "Witnesses",
      "Positive: 1 Negative: 0",
      "Condition forall (0:r0=y /\\ (0:r1=5 \\/ not (0:r1=0)))",
      "Observation test Always 1 0",
      "",
    ].join("\n"),
  );
});

test("a filter takes outcomes away, and looks at registers that the condition does not name", async () => {
  const text =
    "C t\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nP1(int *x) { int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*x); }\n";
  const run = async (tail: string): Promise<number> =>
    (await answer(readLitmus("t.litmus", `${text}${tail}\n`), "sc")).outcomes.length;
  assert.equal(await run("exists (1:r0=1)"), 2);
  assert.equal(await run("filter (1:r1=0) exists (1:r0=1)"), 1);
  assert.equal(await run("locations [1:r1; x] exists (1:r0=1)"), 3);
});

test("a pointer that may be NULL ends a run, and the answer says so", async () => {
  const text =
    "C t\n{}\nP0(int *p, int *x) { WRITE_ONCE(*p, x); }\nP1(int *p) { int *r0 = READ_ONCE(*p); int r1 = READ_ONCE(*r0); }\nexists (1:r1=0)\n";
  for (const memory of ["sc", "lkmm"] as const) {
    const { outcomes, notes } = await answer(readLitmus("t.litmus", text), memory);
    assert.equal(outcomes.length, 1);
    assert.match(notes.join(), /NULL pointer/, memory);
  }
  // In order, no execution that the LKMM allows sees the flag and not the pointer.
  const guarded =
    "C t\n{}\nP0(int *p, int *x, int *f) { WRITE_ONCE(*p, x); smp_store_release(f, 1); }\n" +
    "P1(int *p, int *f) { int *r0; int r1; int r2; r2 = smp_load_acquire(f); if (r2) { r0 = READ_ONCE(*p); r1 = READ_ONCE(*r0); } }\nexists (1:r2=1)\n";
  assert.deepEqual((await answer(readLitmus("t.litmus", guarded), "lkmm")).notes, []);
});

test("a run that ends early was not told of where a test has many states", async () => {
  const writer = (i: number): string =>
    `P${i}(int *y) {${[1, 2, 3, 4].map((n) => ` WRITE_ONCE(*y, ${4 * i + n});`).join("")} }\n`;
  const text =
    `C t\n{}\n${[0, 1, 2, 3, 4].map(writer).join("")}P5(int *p, int *x) { WRITE_ONCE(*p, x); }\n` +
    "P6(int *p) { int *r0 = READ_ONCE(*p); int r1 = READ_ONCE(*r0); }\nexists (6:r1=0)\n";
  const { notes } = await answer(readLitmus("t.litmus", text), "sc");
  assert.match(notes.join(), /NULL pointer/);
});

test("x86 tests are tables, in either order of operands, and a register has many names", async () => {
  const text =
    "X86_64 t\n{ 0:rbx=2; uint64_t x; }\n P0 | P1 ;\n xchgq %rbx,(x) | movl $1,%eax ;\n movl (x),%ecx | movl %eax,(x) ;\nexists (0:rbx=0 /\\ 0:ecx=1 /\\ [x]=1)\n";
  const { outcomes, observation } = await answer(readLitmus("t.litmus", text), "tso");
  assert.equal(observation, "Sometimes");
  assert.equal(outcomes.length, 3);
});

test("what is not supported is named with its line", () => {
  fails(body("srcu_read_lock(x);"), "t.litmus:7", /srcu_read_lock\(\) is not supported/);
  fails(body("int r0;\nwhile (r0 == 0) r0 = READ_ONCE(*x);"), "t.litmus:8", /'while' is not supported/);
  fails(body("int r0[2];"), "t.litmus:7", /arrays are not supported/);
  fails(body("int r0 = x->next;"), "t.litmus:7", /structs and arrays are not supported/);
  fails(body("int r0 = 1 && READ_ONCE(*x);"), "t.litmus:7", /to the right of &&/);
  fails("AArch64 t\n{}\n", "t.litmus:1", /AArch64 are not read/);
  fails("X86 t\n{}\n P0 ;\n INC [x] ;\nexists (x=1)\n", "t.litmus:4", /'INC' is not supported/);
});

test("a mistake is named with its line", () => {
  fails("", "t.litmus:1", /no litmus test/);
  fails("C t\n", "t.litmus:1", /no initial state/);
  fails(body("int r0 = READ_ONCE(*z);"), "t.litmus:7", /'z' is neither a parameter nor a variable of P0/);
  fails(body("int r0 = smp_mb();"), "t.litmus:7", /returns no value/);
  fails(body("int r0 = READ_ONCE(*x)"), "t.litmus:8", /';' is expected before '}'/);
  fails(body("int r0;", "exists (0:r0=0"), "t.litmus:11", /'\)' is expected/);
  fails(body("int r0;", "exists (3:r0=0)"), "t.litmus:10", /no thread P3/);
  fails(body("int r0;", "exists (q=0)"), "t.litmus:10", /no location 'q'/);
  fails(body("int r0;", "exists (x=0)\nhello"), "t.litmus:11", /before 'hello'/);
  fails(body("int r0 = 0x7fffffff;"), "t.litmus:7", /0x7fffffff is too large/);
  fails(body("x = 1;"), "t.litmus:7", /'x' is a location/);
});
