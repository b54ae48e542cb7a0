import { readCondition } from "./condition.ts";
import { addressOf, constant, register, type Datum, type Expression } from "./expression.ts";
import { locationTable, type Heading } from "./heading.ts";
import { readInit } from "./init.ts";
import type { Instruction, LitmusTest } from "./program.ts";
import { cursorOver, tokensOf, type Cursor, type Token } from "./tokens.ts";

const REGISTER = /^(?:[er]?([abcd])x|[er]?(si|di|bp|sp)|r(\d+)[dwb]?)$/i;

/** The register that a name stands for, whatever width it names: `EAX` in X86 tests, `rax` in X86_64 tests. */
function registerOf(name: string, is64: boolean): string {
  const [, letter, word, number] = REGISTER.exec(name) ?? [];
  if (number !== undefined) return `r${number}`;
  const rest = letter === undefined ? word : `${letter}x`;
  if (rest === undefined) return name;
  return is64 ? `r${rest.toLowerCase()}` : `E${rest.toUpperCase()}`;
}

type Operand =
  | { readonly kind: "memory"; readonly address: Expression }
  | { readonly kind: "register"; readonly name: string }
  | { readonly kind: "immediate"; readonly value: Datum };

/** Reads an X86 or X86_64 litmus test: a table with a column for each thread. X86_64 tests are in AT&T order. */
export function readX86(heading: Heading): LitmusTest {
  const { file, text } = heading;
  const is64 = heading.language === "X86_64";
  const cursor = cursorOver(file, text, tokensOf(file, text, heading.programStart));
  const table = locationTable();
  const named = (name: string): string => registerOf(name, is64);
  const initial = readInit(cursor, table.add, named);
  cursor.take(";");
  const count = readColumns(cursor);
  const threads: Instruction[][] = Array.from({ length: count }, () => []);
  while (!/^(exists|forall|locations|filter|~)$/.test(cursor.peek().text)) {
    for (let column = 0; !cursor.take(";"); column++) {
      if (column > 0) cursor.expect("|");
      if (column >= count) cursor.fail(`this row has more than ${count} columns`);
      if (!cursor.sees("|") && !cursor.sees(";")) threads[column]!.push(...readInstruction(cursor, is64, table.add));
    }
  }
  const condition = readCondition(cursor, {
    threads: count,
    registerOf: named,
    locationOf: table.find,
    addLocation: table.add,
  });
  return {
    name: heading.name,
    language: "X86",
    file,
    locations: table.names,
    initial: initial.locations,
    threads: threads.map((instructions, i) => ({
      name: `P${i}`,
      instructions,
      initial: initial.registers.get(i) ?? new Map<string, Datum>(),
    })),
    condition,
    plain: [],
  };
}

/** `P0 | P1 ;` */
function readColumns(cursor: Cursor): number {
  let count = 0;
  do {
    const name = cursor.name("the name of a thread");
    if (name.text !== `P${count}`) cursor.fail(`'${name.text}' stands where P${count} is expected`, name);
    count++;
  } while (cursor.take("|"));
  cursor.expect(";");
  return count;
}

function readInstruction(cursor: Cursor, is64: boolean, add: (location: string) => number): readonly Instruction[] {
  const start = cursor.name("an instruction");
  const mnemonic = start.text.toLowerCase();
  const placed = (): { text: string; line: number } => ({ text: cursor.textFrom(start), line: start.line });
  if (mnemonic === "mfence") return [{ ...placed(), kind: "fence", fence: "mb" }];
  // Stores become visible in order anyway, and loads are done in order.
  if (mnemonic === "sfence" || mnemonic === "lfence") return [];
  const operation = /^(mov|xchg)[bwlq]?$/.exec(mnemonic)?.[1];
  if (operation === undefined) return cursor.fail(`the instruction '${start.text}' is not supported`, start);
  const first = readOperand(cursor, is64, add);
  cursor.expect(",");
  const second = readOperand(cursor, is64, add);
  const [target, source] = is64 ? [second, first] : [first, second];
  return [operation === "xchg" ? xchg(cursor, start, first, second) : mov(cursor, start, target, source)];
}

function mov(cursor: Cursor, start: Token, target: Operand, source: Operand): Instruction {
  const placed = { text: cursor.textFrom(start), line: start.line };
  if (target.kind === "memory" && source.kind !== "memory")
    return { ...placed, kind: "write", order: "once", address: target.address, value: valueOf(source) };
  if (target.kind !== "register") return cursor.fail("mov cannot do this", start, "move to or from a register");
  if (source.kind === "memory")
    return { ...placed, kind: "read", order: "once", address: source.address, into: target.name };
  return { ...placed, kind: "assign", value: valueOf(source), into: target.name };
}

/** XCHG with memory is locked: a full barrier on both sides. */
function xchg(cursor: Cursor, start: Token, first: Operand, second: Operand): Instruction {
  const [memory, other] = first.kind === "memory" ? [first, second] : [second, first];
  if (memory.kind !== "memory" || other.kind !== "register")
    return cursor.fail("xchg is supported between memory and a register alone", start);
  return {
    text: cursor.textFrom(start),
    line: start.line,
    kind: "rmw",
    order: "full",
    address: memory.address,
    operands: [register(other.name)],
    update: (old, [value]) => ({ stored: value, returned: old }),
    into: other.name,
  };
}

const valueOf = (operand: Exclude<Operand, { kind: "memory" }>): Expression =>
  operand.kind === "register" ? register(operand.name) : constant(operand.value);

function readOperand(cursor: Cursor, is64: boolean, add: (location: string) => number): Operand {
  for (const [open, close] of [
    ["[", "]"],
    ["(", ")"],
  ] as const)
    if (cursor.take(open)) {
      cursor.take("%");
      const { text } = cursor.name("a location");
      cursor.expect(close);
      const address = REGISTER.test(text) ? register(registerOf(text, is64)) : constant(addressOf(add(text)));
      return { kind: "memory", address };
    }
  if (cursor.take("$") || cursor.sees("-") || cursor.peek().kind === "number")
    return { kind: "immediate", value: cursor.number("a value") };
  cursor.take("%");
  const token = cursor.name("a register");
  if (!REGISTER.test(token.text)) cursor.fail(`'${token.text}' is no register`, token, "write a location as [x]");
  return { kind: "register", name: registerOf(token.text, is64) };
}
