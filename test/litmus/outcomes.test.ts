import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { answer } from "../../src/litmus/answer.ts";
import { readLitmus } from "../../src/litmus/read.ts";
import { translate } from "../../src/litmus/scenario.ts";
import type { BoolField } from "../../src/model/domain.ts";
import type { World } from "../../src/model/world.ts";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { buildProgram } from "../../src/machine/build.ts";

const folder = fileURLToPath(new URL("../../../test/litmus/tests", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".litmus"));

// The small explorer leaves interleavings out that cannot matter; the search that checks kernel models leaves out none.
for (const memory of ["sc", "tso"] as const)
  test(`the small explorer finds the outcomes that the search finds, under ${memory}`, async () => {
    for (const file of files) {
      const litmus = readLitmus(file, readFileSync(`${folder}/${file}`, "utf8"));
      const { scenario, fieldOf, datumOf } = translate(litmus);
      const fields = litmus.condition.observed.map(fieldOf);
      const { values } = await outcomesOf(
        buildProgram(scenario, {}),
        scenario.world as unknown as World<Readonly<Record<string, BoolField>>>,
        memory,
        (k) => fields.map((field) => datumOf(k[field]!)).join(),
      );
      const { outcomes } = await answer(litmus, memory);
      assert.deepEqual(outcomes.map((outcome) => outcome.values.join()).toSorted(), values.toSorted(), file);
    }
  });
