import assert from "node:assert/strict";
import { test } from "node:test";
import { testInMail } from "../../src/litmus/mail.ts";
import { readLitmus } from "../../src/litmus/read.ts";

const SB = `C SB

{}

P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	int r0 = READ_ONCE(*y);
}

P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	int r0 = READ_ONCE(*x);
}

exists (0:r0=0 /\\ 1:r0=0)`;

test("a litmus test is found in a mail, with its lines", () => {
  const mail = `Hi,\n\nisn't this one allowed?\n\n${SB}\n\nI don't see what (if anything) forbids it.\n`;
  const { name, threads } = readLitmus("-", testInMail(mail));
  assert.equal(name, "SB");
  assert.equal(threads[1]!.instructions[0]!.line, 17);
});

test("a litmus test is found in a quotation", () => {
  for (const quotation of ["> ", ">> ", "  "]) {
    const mail = `On Friday somebody wrote:\n${SB.replaceAll(/^/gm, quotation)}\n${quotation}\nThat's it.\n`;
    assert.equal(readLitmus("-", testInMail(mail)).threads.length, 2);
  }
});

test("a condition of several brackets is not cut", () => {
  const text = SB.replace(/exists.*/, "exists (0:r0=0) \\/ (1:r0=0 /\\ (0:r0=1))");
  const { condition } = readLitmus("-", testInMail(`${text}\nbye (now)`));
  assert.equal(condition.proposition.kind, "or");
});

test("a text without a test is left as it is", () => {
  assert.equal(testInMail("nothing here"), "nothing here");
});
