import { readBody, seesType, skipType } from "./c-thread.ts";
import { readCondition } from "./condition.ts";
import type { Datum } from "./expression.ts";
import { locationTable, type Heading } from "./heading.ts";
import { readInit } from "./init.ts";
import type { LitmusTest, LitmusThread } from "./program.ts";
import { cursorOver, tokensOf, type Cursor } from "./tokens.ts";

/** Reads a C litmus test, as the kernel's tools/memory-model has them. */
export function readC(heading: Heading): LitmusTest {
  const { file, text } = heading;
  const cursor = cursorOver(file, text, tokensOf(file, text, heading.programStart));
  const table = locationTable();
  const initial = readInit(cursor, table.add);
  const plain = new Set<number>();
  const threads: LitmusThread[] = [];
  while (/^P\d+$/.test(cursor.peek().text)) {
    const name = cursor.next();
    if (name.text !== `P${threads.length}`)
      cursor.fail(`'${name.text}' stands where P${threads.length} is expected`, name, "number the threads from P0 on");
    const parameters = readParameters(cursor);
    for (const parameter of parameters) table.add(parameter);
    const registers = initial.registers.get(threads.length) ?? new Map<string, Datum>();
    cursor.expect("{");
    const instructions = readBody(cursor, {
      thread: name.text,
      locationOf: (word) => (parameters.has(word) ? table.find(word) : undefined),
      registers: new Set(registers.keys()),
      plain,
    });
    threads.push({ name: name.text, instructions, initial: registers });
  }
  if (threads.length === 0) cursor.fail("the test has no threads", undefined, "begin the first with P0(int *x) {");
  const condition = readCondition(cursor, {
    threads: threads.length,
    registerOf: (name) => name,
    locationOf: table.find,
    addLocation: table.add,
  });
  return {
    name: heading.name,
    language: "C",
    file,
    locations: table.names,
    initial: initial.locations,
    threads,
    condition,
    plain: [...plain].toSorted((a, b) => a - b),
  };
}

/** The names in `(int *x, spinlock_t *l)`: each is the location it points at. */
function readParameters(cursor: Cursor): ReadonlySet<string> {
  const names = new Set<string>();
  cursor.expect("(");
  if (cursor.sees("void") && cursor.sees(")", 1)) cursor.next();
  while (!cursor.take(")")) {
    if (!seesType(cursor)) cursor.fail(`the type of a parameter is expected before '${cursor.peek().text}'`);
    skipType(cursor);
    names.add(cursor.name("the name of a parameter").text);
    if (cursor.take("[")) cursor.expect("]");
    if (!cursor.sees(")")) cursor.expect(",");
  }
  return names;
}
