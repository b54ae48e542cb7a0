import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bugOn, int, once, smpMb, world, type Path, type StateOf } from "faultline";
import type { Program } from "../../src/machine/program.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { search } from "../../src/search/search.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { toy } from "../machine/toy.ts";
import { assertAgreement } from "../search/agreement.ts";
import { showAll, threads, w } from "./classics.ts";
import { naiveOutcomes } from "./naive.ts";
import { numbers, randomProgram } from "./random-programs.ts";

const RUNS = 400;
const AGREEING = 40;

test("on random programs sc and tso have the outcomes of an independent implementation, and lkmm has them all", async () => {
  const next = numbers(1);
  const weaker = { tso: 0, lkmm: 0 };
  for (let run = 0; run < RUNS; run++) {
    const texts = randomProgram(next, 3);
    const program = threads(...texts);
    const shown = texts.join(" || ");
    const sc = naiveOutcomes(texts, false);
    const tso = await outcomesOf(program, w, "tso", showAll);
    assert.deepEqual(tso.values, naiveOutcomes(texts, true), shown);
    if (run % 4 === 0) assert.deepEqual((await outcomesOf(program, w, "sc", showAll)).values, sc, shown);
    const lkmm = await outcomesOf(program, w, "lkmm", showAll);
    assert.deepEqual(
      sc.filter((value) => !tso.values.includes(value)),
      [],
      shown,
    );
    assert.deepEqual(
      tso.values.filter((value) => !lkmm.values.includes(value)),
      [],
      shown,
    );
    if (tso.values.length > sc.length) weaker.tso++;
    if (lkmm.values.length > tso.values.length) weaker.lkmm++;
  }
  assert.ok(weaker.tso > 5 && weaker.lkmm > 15, JSON.stringify(weaker));
});

test("a trylock waits for the store buffer only if it takes the lock, as in an independent implementation", async () => {
  const next = numbers(3);
  const parts = ["T s", "T s", "T s; B s; U", "W z 1 once", "R z s once"];
  const some = (): readonly string[] => Array.from({ length: 1 + next(2) }, () => parts[next(parts.length)]!);
  const thread = (own: string, other: string): string => [`W ${own} 1 once`, ...some(), `R ${other} r once`].join("; ");
  let reordered = 0;
  for (let run = 0; run < 60; run++) {
    const texts = [thread("x", "y"), thread("y", "x"), ...(run % 2 === 0 ? ["T r"] : [])];
    const program = threads(...texts);
    const tso = await outcomesOf(program, w, "tso", showAll);
    assert.deepEqual(tso.values, naiveOutcomes(texts, true), texts.join(" || "));
    const lkmm = await outcomesOf(program, w, "lkmm", showAll);
    assert.deepEqual(
      tso.values.filter((value) => !lkmm.values.includes(value)),
      [],
      texts.join(" || "),
    );
    if (tso.values.length > naiveOutcomes(texts, false).length) reordered++;
    if (run % 6 === 0) await assertAgreement(tsoProgram(program));
  }
  assert.ok(reordered > 5, `${reordered}`);
});

test("on random programs with store buffers both engines agree", async () => {
  const next = numbers(2);
  for (let run = 0; run < AGREEING; run++) await assertAgreement(tsoProgram(threads(...randomProgram(next, 3))));
});

const rounds = world({ slots: array(2, int(0, 2)), x: int(0, 2) });
type Rounds = StateOf<typeof rounds>;
interface Own {
  /** No step changes it. */
  readonly mine: number;
  r: number;
  s: number;
}

/** Two threads that go round for ever, by an index of their own that never changes. */
function randomRounds(next: (below: number) => number): Program {
  const step = () => {
    const value = 1 + next(2);
    const kinds = [
      once((k: Rounds, me: Own) => void (me.r = k.slots[me.mine]!)),
      once((k: Rounds, { mine }: Own) => void (k.slots[mine] = value)),
      once((k: Rounds) => void (k.slots[1] = value)),
      once((k: Rounds, me: Own) => void (me.s = k.x)),
      once((k: Rounds, { mine, r }: Own) => void (k.x = mine === 0 ? value : r)),
      once((k: Rounds, me: Own) => void (me.s = k.slots[Math.min(1, me.mine + me.r)]!)),
    ];
    return kinds[next(kinds.length)]!;
  };
  const path = (name: string): Path => {
    const [r, s] = [next(3), next(3)];
    const seen = once((_: Rounds, me: Own) => {
      bugOn(me.mine === 0 && me.r === r && me.s === s && r + s > 0, "seen");
      return "first" as const;
    });
    const own = { mine: int(0, 1), r: int(0, 2), s: int(0, 2) };
    return rounds.path(name, own, { first: step(), second: step(), third: step(), "smp_mb()": smpMb, seen });
  };
  return toy({ world: rounds, threads: { one: path("one"), other: path("other") }, idle: true });
}

test("what sc finds of random threads that go round for ever is found under tso and lkmm, too", async () => {
  const next = numbers(7);
  let found = 0;
  for (let run = 0; run < 80; run++) {
    const program = randomRounds(next);
    const foundUnder = async (memory: MemoryModel): Promise<readonly string[]> => {
      const slices = search(program, { memory, maxStates: 20_000 });
      let slice = await slices.next();
      while (slice.done !== true) slice = await slices.next();
      return [...slice.value.found.keys()];
    };
    const [sc, tso, lkmm] = [await foundUnder("sc"), await foundUnder("tso"), await foundUnder("lkmm")];
    found += sc.length;
    for (const one of sc) assert.ok(tso.includes(one) && lkmm.includes(one), `run ${run}: ${one}`);
  }
  assert.ok(found > 10, `${found}`);
});
