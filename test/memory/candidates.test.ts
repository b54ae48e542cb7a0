import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";
import { translate } from "../../src/litmus/scenario.ts";
import { lkmmEnds } from "../../src/memory/lkmm/ends.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { Candidates } from "../../src/memory/lkmm/candidates.ts";
import { layoutLkmm } from "../../src/memory/lkmm/layout.ts";
import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { searchLkmm } from "../../src/memory/lkmm/search.ts";
import type { Cell } from "../../src/model/access.ts";
import type { Value } from "../../src/model/domain.ts";
import { threads } from "./classics.ts";
import { numbers, randomProgram } from "./random-programs.ts";

type Ends = ReadonlyMap<Cell, Value>;

/** More ends than this are not gone through one by one: what the machine reaches of each cell is combined instead. */
const MOST_ENDS = 20_000;

/** All values that these cells can have together. */
const combinations = (cells: readonly Cell[], valuesOf: (cell: Cell) => readonly Value[]): readonly Ends[] =>
  cells.reduce<readonly Ends[]>(
    (all, cell) => all.flatMap((ends) => valuesOf(cell).map((value) => new Map([...ends, [cell, value]]))),
    [new Map()],
  );

/** Litmus tests with more executions than are gone through. */
const TOO_MANY: ReadonlySet<string> = new Set([
  "vma-start-write.litmus",
  "vma-start-write+rmb.litmus",
  "vma-start-write+unlock-lock.litmus",
]);

/** What the axioms say of each end, against what the machine reaches and a run of it certifies. */
function compare(
  program: Program,
  cells: readonly Cell[],
  isTooMany = false,
): { readonly allowed: number; readonly forbidden: number } {
  const { allowed, undecided } = lkmmEnds(new Lkmm(program), cells, 60_000);
  assert.deepEqual(undecided, []);
  const reached = new Set(allowed.map((values) => JSON.stringify(values)));
  const candidates = new Candidates(layoutLkmm(program), initialStates(program)[0]!);
  const isLarge = cells.reduce((product, { values }) => product * values.length, 1) > MOST_ENDS;
  const ends = combinations(cells, (cell) =>
    isLarge ? [...new Set(allowed.map((values) => values[cells.indexOf(cell)]!))] : cell.values,
  );
  for (const end of ends) {
    const values = JSON.stringify([...end.values()]);
    assert.equal(candidates.allows(end), isTooMany ? "unknown" : reached.has(values), values);
  }
  return { allowed: reached.size, forbidden: ends.length - reached.size };
}

test("going through all executions finds the ends of the bundled litmus tests that the machine finds, and no others", () => {
  const folder = fileURLToPath(new URL("../../../test/litmus/tests", import.meta.url));
  const seen = { allowed: 0, forbidden: 0 };
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".litmus") && !file.startsWith("X86"))) {
    const litmus = readLitmus(name, readFileSync(`${folder}/${name}`, "utf8"));
    const { scenario, fieldOf } = translate(litmus);
    const program = buildProgram(scenario, {});
    const fields = new Set(litmus.condition.observed.map(fieldOf));
    const { allowed, forbidden } = compare(
      program,
      program.cells.filter((cell) => fields.has(cell.name)),
      TOO_MANY.has(name),
    );
    seen.allowed += allowed;
    seen.forbidden += forbidden;
  }
  assert.ok(seen.allowed > 100 && seen.forbidden > 50, JSON.stringify(seen));
});

test("so it is on random programs", () => {
  const next = numbers(11);
  const seen = { allowed: 0, forbidden: 0 };
  for (let run = 0; run < 25; run++) {
    const program = threads(...randomProgram(next, 3));
    const cells = program.cells.filter(({ name }) => /^(x|y|seen\[[01]\]\.r)$/.test(name));
    const { allowed, forbidden } = compare(program, cells);
    seen.allowed += allowed;
    seen.forbidden += forbidden;
  }
  assert.ok(seen.allowed > 30 && seen.forbidden > 1000, JSON.stringify(seen));
});

/** The same with a grace period in the place of a barrier, a critical section, and a bug if a load at the end of a thread returns this. */
function failingProgram(next: (below: number) => number): readonly string[] {
  const texts = randomProgram(next, 3).map((text, t) => {
    const instructions = text.split("; ").map((one) => (one === "mb" && next(2) === 0 ? "gp" : one));
    // What is left out of a section waits for no other, and no lock is held where it waits.
    return t === 1 && !instructions.some((one) => ["gp", "L", "U"].includes(one)) && next(2) === 0
      ? ["rcu(", ...instructions, "rcu)"].join("; ")
      : instructions.join("; ");
  });
  const fails = `F ${["x", "y", "z"][next(3)]!} ${next(3)} ${["once", "acquire"][next(2)]!}`;
  return texts.map((text, t) => (t === 0 ? `${text}; ${fails}` : text));
}

test("some execution fails a check if a certified run of the machine does, and none does if the machine has no such run", () => {
  const next = numbers(23);
  const seen = { fails: 0, holds: 0 };
  for (let run = 0; run < 150; run++) {
    const texts = failingProgram(next);
    const program = threads(...texts);
    const lkmm = new Lkmm(program);
    const answer = new Candidates(lkmm.layout, initialStates(program)[0]!).fails("no-bug");
    if (answer === "unknown") continue;
    const slices = searchLkmm(lkmm);
    let slice = slices.next();
    while (slice.done !== true) slice = slices.next();
    const { found, uncertain } = slice.value;
    assert.equal(answer, found.has("no-bug"), texts.join(" || "));
    assert.ok(!uncertain.has("no-bug"));
    seen[answer ? "fails" : "holds"]++;
  }
  assert.ok(seen.fails > 30 && seen.holds > 30, JSON.stringify(seen));
});

const verdict = async (body: string): Promise<string> => {
  const { observation, undecided } = await answer(readLitmus("t.litmus", `C t\n{ }\n${body}\n`), "lkmm");
  assert.equal(undecided.length, 0);
  return observation;
};

test("a grace period is ordered with the sections that coherence puts before it or behind it, too", async () => {
  const read = (inside: string): string => `P1(int *x, int *y) { rcu_read_lock(); ${inside} rcu_read_unlock(); }`;
  const sync = "P0(int *x, int *y) { WRITE_ONCE(*x, 1); synchronize_rcu(); int r0 = READ_ONCE(*y); }";
  const exists = "exists (0:r0=0 /\\ 1:r1=0)";
  const buffering = read("WRITE_ONCE(*y, 1); int r1 = READ_ONCE(*x);");
  assert.equal(await verdict(`${sync}\n${buffering}\n${exists}`), "Never");
  assert.equal(await verdict(`${sync.replace("synchronize_rcu();", "")}\n${buffering}\n${exists}`), "Sometimes");
  const same = "P0(int *x) { rcu_read_lock(); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); rcu_read_unlock(); }";
  const twice = "P1(int *x) { int r0 = READ_ONCE(*x); synchronize_rcu(); int r1 = READ_ONCE(*x); }";
  assert.equal(await verdict(`${same}\n${twice}\nexists (1:r0=1 /\\ 1:r1=1)`), "Never");
});

test("two grace periods in a row outlast two critical sections, one does not", async () => {
  const program = (periods: string): string => `
P0(int *x, int *y) { WRITE_ONCE(*x, 2); ${periods} WRITE_ONCE(*y, 1); }
P1(int *y, int *z) { rcu_read_lock(); WRITE_ONCE(*y, 2); WRITE_ONCE(*z, 1); rcu_read_unlock(); }
P2(int *z, int *x) { rcu_read_lock(); WRITE_ONCE(*z, 2); WRITE_ONCE(*x, 1); rcu_read_unlock(); }
exists (x=2 /\\ y=2 /\\ z=2)`;
  assert.equal(await verdict(program("synchronize_rcu();")), "Sometimes");
  assert.equal(await verdict(program("synchronize_rcu(); synchronize_rcu();")), "Never");
});

test("how a lock that is not taken was found is a load of it: it orders nothing, and is in coherence", async () => {
  const holder = "P0(spinlock_t *l, int *x) { spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l); }";
  const look = (first: string, second: string): string => `P1(spinlock_t *l, int *x) { ${first} ${second} }`;
  const [locked, load] = ["int r0 = spin_is_locked(l);", "int r1 = READ_ONCE(*x);"];
  const late = "P2(spinlock_t *l, int *x) { int r2 = READ_ONCE(*x); smp_mb(); int r3 = spin_is_locked(l); }";
  assert.equal(await verdict(`${holder}\n${look(locked, load)}\nexists (1:r0=1 /\\ 1:r1=1)`), "Sometimes");
  // The lock was taken before the store, but nothing of it is in order for who is not under it.
  assert.equal(await verdict(`${holder}\n${late.replace("P2", "P1")}\nexists (1:r2=1 /\\ 1:r3=0)`), "Sometimes");
  const trylock =
    "P1(spinlock_t *l, int *x) { int r0 = spin_trylock(l); if (r0) { spin_unlock(l); } int r1 = spin_is_locked(l); }";
  assert.equal(
    await verdict(`P0(spinlock_t *l, int *x) { WRITE_ONCE(*x, 1); }\n${trylock}\nexists (1:r0=0 \\/ 1:r1=1)`),
    "Never",
  );
});
