import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomesOf } from "../../../src/search/outcomes.ts";
import { showAll, threads, w } from "./classics.ts";
import { naiveOutcomes } from "./naive.ts";
import { numbers, randomProgram } from "./random-programs.ts";

const RUNS = 400;

test("on random programs sc and tso have the outcomes of an independent implementation", async () => {
  const next = numbers(1);
  let weaker = 0;
  for (let run = 0; run < RUNS; run++) {
    const texts = randomProgram(next, 4);
    const machine = threads(...texts);
    const program = texts.join(" || ");
    const sc = await outcomesOf(machine, w, "sc", showAll);
    const tso = await outcomesOf(machine, w, "tso", showAll);
    assert.deepEqual(sc.values, naiveOutcomes(texts, false), program);
    assert.deepEqual(tso.values, naiveOutcomes(texts, true), program);
    assert.ok(
      sc.values.every((value) => tso.values.includes(value)),
      program,
    );
    const lkmm = await outcomesOf(machine, w, "lkmm", showAll);
    const lost = tso.values.filter((value) => !lkmm.values.includes(value));
    assert.deepEqual(lost, [], program);
    if (tso.values.length > sc.values.length) weaker++;
  }
  assert.ok(weaker > RUNS / 40, `only ${weaker} programs have weak outcomes`);
});
