import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import lockFreeStack from "../../examples/recipes/lock-free-stack.ts";
import refcount from "../../examples/recipes/refcount.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { resultOf } from "../../src/result/result-of.ts";
import { ROOT } from "../docs/document.ts";
import { searched } from "./searched.ts";
import { spinHolds, withoutSpin } from "./spin.ts";

/** The recipes that have a twin in Promela, and what puts the bug into each. */
const TWINS = [
  { recipe: refcount, bug: "inc", define: "-DINC" },
  { recipe: lockFreeStack, bug: "pop", define: "-DPOP" },
] as const;

for (const { recipe, bug, define } of TWINS)
  for (const isBroken of [false, true]) {
    const [verdict, without] = isBroken ? ["violated", "with"] : ["holds", "without"];
    test(`${recipe.name} ${without} its bug: ${verdict}`, async () => {
      const program = buildProgram(recipe, { [bug]: isBroken });
      const { specs } = resultOf(program, await searched(program), "faultline check");
      assert.deepEqual(new Set(specs.map((spec) => spec.verdict)), new Set(["holds", verdict]));
    });
    test(`SPIN says the same of ${recipe.name} ${without} its bug`, { skip: withoutSpin }, () => {
      const promela = readFileSync(`${ROOT}bench/${recipe.name}.pml`, "utf8");
      const defines = isBroken ? [define] : [];
      assert.equal(spinHolds(promela, { defines, compiled: ["-DSAFETY"], run: ["-m1000"] }), !isBroken);
    });
  }
