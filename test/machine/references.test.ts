import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, ghost, guarded, hardware, int, oneOf, ref, spinlock, struct, world } from "faultline";
import type { Drafts } from "faultline";
import type { Cell } from "../../src/model/access.ts";
import { check, modelError, specOf, toy } from "./toy.ts";

const Page = struct({ locked: bool, refcount: int(0, 3) });
const Folio = struct({ locked: bool });
const fields = {
  pages: array(2, Page),
  slot: ref(Page),
  other: ref(Page),
  folio: Folio,
  state: oneOf("idle", "busy"),
  x: int(0, 3),
  flags: array(2, bool),
} as const;
const w = world(fields);
type K = Drafts<typeof fields>;

/** Runs one step and says what it left in `x`. */
function xAfter(step: (k: K) => void): number {
  const specs = [0, 1, 2, 3].map((x) => w.sometimes(`x${x}`, `x ends as ${x}`, (k) => k.x === x && k.state === "busy"));
  const busy = w.path("busy", {}, { step, done: (k) => void (k.state = "busy") });
  const result = check(toy({ world: w, threads: { busy }, specs }));
  return [0, 1, 2, 3].find((x) => specOf(result, `x${x}`).verdict === "holds")!;
}

test("two references to one struct are two names for it", () => {
  assert.equal(
    xAfter((k) => {
      k.slot = k.pages[1];
      k.other = k.slot;
      k.slot.refcount = 2;
      k.x = k.other.refcount + k.pages[1].refcount - k.pages[0].refcount - 1;
    }),
    3,
  );
});

test("a reference keeps pointing where it points when another one moves", () => {
  assert.equal(
    xAfter((k) => {
      k.slot = k.pages[0];
      const page = k.slot;
      k.slot = k.pages[1];
      page.refcount = 1;
      k.x = k.pages[0].refcount;
    }),
    1,
  );
});

test("references start as null and compare by identity", () => {
  assert.equal(
    xAfter((k) => {
      k.x += k.slot === null ? 1 : 0;
      k.slot = k.pages[0];
      k.other = k.pages[0];
      k.x += k.slot === k.other && k.slot === k.pages[0] ? 1 : 0;
      k.other = k.pages[1];
      k.x += k.slot === k.other ? 0 : 1;
    }),
    3,
  );
});

test("following a null pointer is an oops that names the pointer, and a run to it", () => {
  const busy = w.path("busy", {}, { step: (k) => void k.slot!.refcount++ });
  const { verdict, trace } = specOf(check(toy({ world: w, threads: { busy } })), "no-oops");
  assert.equal(verdict, "violated");
  assert.equal(trace?.ending.reason, "NULL pointer dereference: slot is NULL");
});

test("an array of structs can be walked, searched and destructured", () => {
  assert.equal(
    xAfter((k) => {
      for (const page of k.pages) page.refcount = 1;
      const [, second] = k.pages;
      second.refcount++;
      k.x = k.pages.reduce((sum, { refcount }) => sum + refcount, 0);
      k.flags[k.pages.findIndex((page) => page.refcount === 2)] = true;
      if (!k.flags.includes(true) || k.flags[0] || k.pages.length !== 2) k.x = 0;
    }),
    3,
  );
});

const mistakes: readonly (readonly [string, (k: K) => void, RegExp, RegExp])[] = [
  ["a number for a bool", (k) => (k.flags[0] = 1 as never), /'flags\[0\]' was set to 1/, /values: false, true/],
  ["a string for an int", (k) => (k.x = "1" as never), /'x' was set to '1'/, /integers from 0 to 3/],
  ["a fraction for an int", (k) => (k.x = 0.5), /'x' was set to 0.5/, /integers from 0 to 3/],
  ["NaN for an int", (k) => (k.x = Number("y")), /'x' was set to NaN/, /integers from 0 to 3/],
  ["nothing for an int", (k) => (k.x = k.flags[5 as number] as never), /there is no 'flags\[5\]'/, /indices: 0 to 1/],
  ["an unknown word", (k) => (k.state = "bussy" as never), /'state' was set to 'bussy'/, /values: idle, busy/],
  ["undefined for a pointer", (k) => (k.slot = undefined as never), /'slot' was set to undefined/, /NULL, pages\[0\]/],
  ["another struct", (k) => (k.slot = k.folio as never), /'slot' was set to an object/, /NULL, pages\[0\], pages\[1\]/],
  ["a copy of a struct", (k) => (k.slot = { ...k.pages[0] }), /'slot' was set to an object/, /pages\[1\]/],
  ["a name for a pointer", (k) => (k.slot = "pages[0]" as never), /'slot' was set to 'pages\[0\]'/, /values: NULL/],
  [
    "a struct as a whole",
    (k) => ((k as { folio: unknown }).folio = { locked: true }),
    /'folio' cannot be assigned as a whole/,
    /one by one/,
  ],
  [
    "an array as a whole",
    (k) => ((k as { flags: unknown }).flags = [true, true]),
    /'flags' cannot be assigned as a whole/,
    /one by one/,
  ],
  [
    "an element that is a struct",
    (k) => ((k.pages as unknown as unknown[])[0] = k.pages[1]),
    /'pages\[0\]' cannot be assigned/,
    /one by one/,
  ],
  [
    "reading a field that is not there",
    (k) => void (k.pages[0] as unknown as { loked: boolean }).loked,
    /no field 'pages\[0\]\.loked'; did you mean 'locked'\?/,
    /fields: locked, refcount/,
  ],
  [
    "writing a field that is not there",
    (k) => ((k as unknown as { y: number }).y = 1),
    /no field 'y'/,
    /fields: pages, slot/,
  ],
  ["reading past the end", (k) => void k.pages[2 as number], /there is no 'pages\[2\]'/, /indices: 0 to 1/],
  ["reading before the start", (k) => void k.pages[-1 as number], /there is no 'pages\[-1\]'/, /indices: 0 to 1/],
  ["writing past the end", (k) => (k.flags[2 as number] = true), /there is no 'flags\[2\]'/, /indices: 0 to 1/],
];
for (const [name, step, message, remedy] of mistakes)
  test(`refused: ${name}`, () => {
    const error = modelError(() => xAfter(step));
    assert.match(error.message, message);
    assert.match(error.explanation.remedy!, remedy);
    assert.match(error.explanation.where!, /references\.test\.[jt]s:\d+:\d+, step 'step' of path 'busy'/);
  });

test("an array has a fixed length", () => {
  assert.match(
    modelError(() => xAfter((k) => void (k.flags as boolean[]).push(true))).message,
    /fixed length|there is no 'flags\[2\]'/,
  );
});

test("a draft is only bound to a state while a step runs", () => {
  let kept: K | undefined;
  xAfter((k) => void (kept = k));
  assert.match(modelError(() => kept!.x).message, /a field was used outside a step, a spec or init/);
  assert.match(modelError(() => kept!.pages[0].refcount++).message, /outside a step/);
});

test("a reference to a struct that the world does not have is refused", () => {
  assert.match(
    modelError(() => world({ page: ref(Page) })).message,
    /'page' refers to a struct that is not in the world/,
  );
});

test("init sets values of the field's type and range, or is refused by name", () => {
  const path = w.path("path", {}, { step: () => {} });
  const errorOf = (init: (k: K) => void) => modelError(() => check(toy({ world: w, threads: { path }, init })));
  assert.match(errorOf((k) => void (k.x = 4)).message, /'x' was set to 4/);
  assert.match(errorOf((k) => void (k.x = 4)).explanation.where!, /init of scenario 'toy'/);
  assert.match(errorOf((k) => void (k.state = "away" as never)).message, /'state' was set to 'away'/);
});

test("what is said of the elements of an array holds for each of them", () => {
  const kernel = world({
    lock: spinlock,
    notes: array(2, ghost(bool)),
    entries: array(2, hardware(bool)),
    counts: array(2, guarded("lock", bool)),
  });
  const { cells } = toy({ world: kernel, threads: { t: kernel.path("t", {}, { step: () => {} }) } });
  const those = (is: (cell: Cell) => boolean): readonly string[] => cells.filter(is).map(({ name }) => name);
  assert.deepEqual(
    those(({ isGhost }) => isGhost),
    ["notes[0]", "notes[1]"],
  );
  assert.deepEqual(
    those(({ isHardware }) => isHardware === true),
    ["entries[0]", "entries[1]"],
  );
  assert.deepEqual(
    those(({ guard }) => guard?.name === "lock"),
    ["counts[0]", "counts[1]"],
  );
});
