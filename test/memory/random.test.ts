import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
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
