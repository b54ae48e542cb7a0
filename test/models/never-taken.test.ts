import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { NEVER_TAKEN } from "../../models/scenarios/never-taken.ts";
import { scenarios } from "../../models/scenarios/index.ts";
import { settingOf } from "../../src/model/never-taken.ts";
import { resolveParams, type Scenario } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import type { Result } from "../../src/result/result.ts";
import { pinnedRuns, runPinned } from "./pinned.ts";
import { grouped, recordText, type Record } from "./record.ts";

// This file runs as <package>/.build/test/models/never-taken.test.js.
const FILE = fileURLToPath(new URL("../../../models/scenarios/never-taken.ts", import.meta.url));

/** What no run takes, by scenario and step: the settings. Whatever memory model a setting is pinned under, it is that of sc. */
async function found(): Promise<Record> {
  const record: Record = {};
  const pinned = await pinnedRuns();
  for (const scenario of scenarios.filter(isRecorded)) {
    const defaults = resolveParams(scenario, {});
    const results = new Map(
      pinned
        .filter((run) => run.scenario === scenario)
        .map(({ program, result }) => [settingOf(program.params, defaults), result] as const),
    );
    for (const { set = {} } of scenario.expect) {
      const params = resolveParams(scenario, set as ParamValues);
      const setting = settingOf(params, defaults);
      if (!results.has(setting)) results.set(setting, await runPinned(scenario, params));
    }
    record[scenario.name] = entriesOf(results, NEVER_TAKEN[scenario.name] ?? []);
  }
  return record;
}

const isRecorded = ({ neverTaken }: Scenario): boolean => neverTaken !== undefined;

/** Where a step is taken in no setting, the settings are not named. What a human has said of it stays. */
function entriesOf(runs: ReadonlyMap<string, Result>, before: Record[string]): Record[string] {
  const settings = new Map<string, string[]>();
  for (const [setting, { neverTaken }] of runs)
    for (const { path, label } of neverTaken) {
      const step = `${path}: ${label}`;
      settings.set(step, [...(settings.get(step) ?? []), setting]);
    }
  return grouped(
    [...settings].map(([step, missed]) => ({
      step,
      in: missed.length === runs.size ? undefined : missed,
      because: before.find(({ steps }) => steps.includes(step))?.because,
    })),
  );
}

test("the steps that no pinned run takes are those that are recorded; `npm run record` renews the record", async () => {
  const text = recordText(await found());
  if (process.env["UPDATE_RECORD"] === "1") writeFileSync(FILE, text);
  assert.equal(text, readFileSync(FILE, "utf8"));
});
