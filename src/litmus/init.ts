import { seesType, skipType } from "./c-thread.ts";
import { addressOf, type Datum } from "./expression.ts";
import type { Cursor } from "./tokens.ts";

/** The initial state of a test. */
export interface Init {
  readonly locations: ReadonlyMap<string, Datum>;
  /** By thread. */
  readonly registers: ReadonlyMap<number, ReadonlyMap<string, Datum>>;
}

/**
 * Reads `{ x=1; int *p=&x; atomic_t a = ATOMIC_INIT(1); 0:r1=x; }`. `add` makes a location and gives its index;
 * `registerOf` is the register that a name stands for.
 */
export function readInit(
  cursor: Cursor,
  add: (location: string) => number,
  registerOf: (name: string) => string = (name) => name,
): Init {
  const locations = new Map<string, Datum>();
  const registers = new Map<number, Map<string, Datum>>();
  cursor.expect("{");
  while (!cursor.take("}")) {
    if (cursor.take(";")) continue;
    if (seesType(cursor)) skipType(cursor);
    if (cursor.sees(":", 1)) {
      const thread = Number(cursor.next().text.replace(/^P/, ""));
      cursor.expect(":");
      cursor.take("%");
      const name = registerOf(cursor.name("a register").text);
      const ofThread = registers.get(thread) ?? new Map<string, Datum>();
      registers.set(thread, ofThread.set(name, cursor.take("=") ? readValue(cursor, add) : 0));
    } else {
      const isInBrackets = cursor.take("[");
      const name = cursor.name("a location").text;
      if (isInBrackets) cursor.expect("]");
      else if (cursor.sees("[")) cursor.fail("arrays are not supported");
      add(name);
      if (cursor.take("=")) locations.set(name, readValue(cursor, add));
    }
    if (!cursor.sees("}")) cursor.expect(";");
  }
  return { locations, registers };
}

function readValue(cursor: Cursor, add: (location: string) => number): Datum {
  if (cursor.take("(")) {
    const isCast = seesType(cursor);
    if (isCast) skipType(cursor);
    const inner = isCast ? undefined : readValue(cursor, add);
    cursor.expect(")");
    return inner ?? readValue(cursor, add);
  }
  if (cursor.take("ATOMIC_INIT")) {
    cursor.expect("(");
    const value = cursor.number("a value");
    cursor.expect(")");
    return value;
  }
  cursor.take("&");
  if (cursor.peek().kind !== "name") return cursor.number("a value");
  const name = cursor.next().text;
  return /SPIN_LOCK_UNLOCKED/.test(name) ? 0 : addressOf(add(name));
}
