import assert from "node:assert/strict";
import { test } from "node:test";
import { findingsOf, type Reported } from "../../src/report/formats/findings.ts";
import { itf } from "../../src/report/formats/itf.ts";
import { junit } from "../../src/report/formats/junit.ts";
import { sarif } from "../../src/report/formats/sarif.ts";
import { traceOf } from "../../src/report/phrases.ts";
import type { Expectation } from "../../src/model/scenario.ts";
import { judgement } from "../../src/result/judgement.ts";
import type { Result, Verdict } from "../../src/result/result.ts";
import { faultVsPunch } from "./fault-vs-punch.ts";
import { sampleOf, SAMPLES, type Sample } from "./sample.ts";
import { ajv, isResult } from "./schema.ts";
import { abba } from "./small-models.ts";

const saved = (result: Result): unknown => ({ ...result, files: [] });

for (const [name, make] of SAMPLES) {
  test(`the schema describes the result of ${name}`, () => {
    assert.ok(isResult(saved(make().result)), ajv.errorsText(isResult.errors));
  });

  test(`ITF of ${name}: every state has every variable, and differs from the last as the step says`, () => {
    const { result, spec } = make();
    const trace = traceOf(spec);
    const { vars, states } = itf(result, spec) as { vars: readonly string[]; states: readonly object[] };
    assert.equal(states.length, trace.steps.length + 1);
    for (const [i, state] of states.entries()) {
      assert.deepEqual(Object.keys(state), ["#meta", ...vars]);
      if (i === 0) continue;
      const step = trace.steps[i - 1]!;
      const before = new Map(Object.entries(states[i - 1]!));
      const locals = new Set(trace.locals?.map(({ field }) => field));
      const changed = Object.entries(state)
        .filter(([key, value]) => !/#|::/.test(key) && !locals.has(key) && !same(before.get(key), value))
        .map(([key]) => key);
      const expected = step.changes.filter(({ scope }) => scope !== "local").map(({ field }) => field);
      assert.deepEqual(changed.toSorted(), expected.toSorted());
      const now = new Map(Object.entries(state));
      for (const { field, scope, to } of step.changes)
        if (scope === "local") assert.ok(JSON.stringify(now.get(field)).includes(to === null ? "NULL" : String(to)));
      assert.match(JSON.stringify(state), /"mbt::actionTaken":/);
    }
  });

  test(`JUnit and SARIF of ${name} are well formed`, () => {
    const { result } = make();
    for (const run of [reported(result), pinnedAs(result, {}), pinnedAs(result, pinsOf(result))]) {
      checkXml(junit([run, run]));
      const log = sarif([run], "1.2.3");
      assert.ok(isSarif(log), ajv.errorsText(isSarif.errors));
    }
  });
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const reported = (result: Result): Reported => ({ result, judgement: judgement(result) });
const pinnedAs = (result: Result, pins: Expectation): Reported => ({ result, judgement: judgement(result, pins) });
/** What would have to be pinned of a result, but for these specs. */
const pinsOf = ({ specs }: Result, but: readonly string[] = []): Expectation => {
  const those = (wanted: Verdict): readonly string[] =>
    specs.flatMap(({ name, verdict }) => (verdict === wanted && !but.includes(name) ? [name] : []));
  return { violated: those("violated"), vacuous: those("vacuous"), undecided: those("undecided") };
};

test("the schema notices what is wrong", () => {
  const good = saved(SAMPLES[0]![1]().result) as object;
  for (const bad of [
    { ...good, version: 2 },
    { ...good, sources: { p: "/home/me/model.ts:3" } },
    { ...good, more: 1 },
    { ...good, threads: [] },
    { ...good, set: { a: [] } },
  ])
    assert.ok(!isResult(bad), JSON.stringify(bad).slice(0, 200));
});

test("there is a problem exactly where the exit code says so", () => {
  const { result } = sampleOf(faultVsPunch, "no-stale-pte");
  const problems = (run: Reported): readonly string[] =>
    findingsOf(run).flatMap(({ name, problem }) => (problem ? [`${name}: ${problem.message}`] : []));
  const violated = result.specs.filter(({ verdict }) => verdict === "violated").map(({ name }) => name);
  assert.ok(violated.length > 0);
  assert.deepEqual(
    problems(reported(result)).map((problem) => problem.split(":")[0]),
    violated,
  );
  assert.deepEqual(problems(pinnedAs(result, pinsOf(result))), []);
  const [first] = violated;
  assert.match(
    problems(pinnedAs(result, pinsOf(result, [first!]))).join(),
    /^[\w-]+: violated in \d+ steps, .*; pinned: holds$/,
  );
  const { states } = result.search;
  const differing = pinnedAs(result, { ...pinsOf(result), states: states + 1 });
  assert.deepEqual(problems(differing), [`pinned-facts: ${states} states, expected ${states + 1}`]);
  const missed = { ...result, specs: [], neverTaken: [{ path: "p", label: "l", declared: false }] };
  assert.deepEqual(problems(reported(missed)), ["steps-taken: never taken: p: l"]);
  const { result: cut } = sampleOf(faultVsPunch, "no-stale-pte", {}, 5);
  assert.match(problems(reported(cut)).join(), /undecided/);
  assert.match(junit([reported(cut)]), /<error message="undecided" type="undecided">/);
});

test("SARIF points at the model, by names that are the same on every machine", () => {
  const { result, spec } = sampleOf(faultVsPunch, "no-stale-pte");
  const log = JSON.stringify(sarif([reported({ ...result, specs: [spec] })], "1.2.3"));
  assert.match(log, /"uri":"test\/report\/fault-vs-punch\.ts"\},"region":\{"startLine":\d+\}/);
  assert.ok(!log.includes(process.cwd()));
  const { runs } = JSON.parse(log) as { runs: [{ results: [{ codeFlows: [{ threadFlows: { locations: [] }[] }] }] }] };
  const flows = runs[0].results[0].codeFlows[0].threadFlows;
  const orders = flows.flatMap(({ locations }) => locations.map(({ executionOrder }) => executionOrder));
  assert.deepEqual(
    orders.toSorted((a, b) => a - b),
    traceOf(spec).steps.map((_, i) => i + 1),
  );
  const [decisive] = traceOf(spec).why!.conflicts;
  assert.ok(decisive!.decisive);
  const { first, second } = decisive!;
  const [found] = JSON.parse(log).runs[0].results as [Located];
  const said = [found.locations, found.relatedLocations!].map(([place]) => [
    place!.logicalLocations[0]!.fullyQualifiedName,
    place!.message.text.replace(/^.*: /, ""),
  ]);
  const nameOf = (step: number): string => `${traceOf(spec).steps[step]!.path}: ${traceOf(spec).steps[step]!.label}`;
  assert.deepEqual(said, [
    [nameOf(first), `too early, in step ${first + 1}`],
    [nameOf(second), `too late, in step ${second + 1}`],
  ]);
  const pinned = sarif([pinnedAs({ ...result, specs: [spec] }, pinsOf(result))], "1.2.3");
  assert.match(JSON.stringify(pinned), /"suppressions":\[\{"kind":"external","justification":"pinned: violated"\}\]/);
});

test("SARIF points at what waits in a stuck run, and at the last step of one without a decisive conflict", () => {
  const placesOf = ({ result, spec }: Sample): readonly string[] => {
    const { why: _why, ...trace } = traceOf(spec);
    const log = JSON.stringify(sarif([reported({ ...result, specs: [{ ...spec, trace }] })], "1"));
    const [{ locations, relatedLocations }] = JSON.parse(log).runs[0].results as [Located];
    return [...locations, ...(relatedLocations ?? [])].map(({ message }) => message.text);
  };
  assert.deepEqual(placesOf(sampleOf(abba, "not-stuck")), [
    "CPU0 (dedupe): folio_trylock() or sleep: waits",
    "CPU1 (migrate): folio_trylock() or sleep: waits",
  ]);
  const sample = sampleOf(faultVsPunch, "no-stale-pte");
  const { steps } = traceOf(sample.spec);
  assert.equal(placesOf(sample).length, 1);
  assert.ok(placesOf(sample)[0]!.endsWith(`${steps.at(-1)!.label}: in step ${steps.length}`));
});

interface Place {
  readonly message: { readonly text: string };
  readonly logicalLocations: readonly { readonly fullyQualifiedName: string }[];
}

interface Located {
  readonly locations: readonly Place[];
  readonly relatedLocations?: readonly Place[];
}

/** What the standard requires of the parts that are used here. */
const isSarif = ajv.compile({
  type: "object",
  required: ["version", "runs"],
  properties: {
    version: { const: "2.1.0" },
    runs: {
      type: "array",
      items: {
        type: "object",
        required: ["tool", "results"],
        properties: {
          tool: {
            type: "object",
            required: ["driver"],
            properties: {
              driver: {
                type: "object",
                required: ["name"],
                properties: {
                  rules: { type: "array", uniqueItems: true, items: { type: "object", required: ["id"] } },
                },
              },
            },
          },
          results: {
            type: "array",
            items: {
              type: "object",
              required: ["message", "ruleId", "ruleIndex", "locations"],
              properties: {
                ruleIndex: { type: "integer", minimum: 0 },
                level: { enum: ["none", "note", "warning", "error"] },
                message: { $ref: "#/$defs/message" },
                locations: { type: "array", minItems: 1, items: { $ref: "#/$defs/location" } },
                relatedLocations: { type: "array", uniqueItems: true, items: { $ref: "#/$defs/location" } },
                codeFlows: {
                  type: "array",
                  minItems: 1,
                  items: {
                    type: "object",
                    required: ["threadFlows"],
                    properties: {
                      threadFlows: {
                        type: "array",
                        minItems: 1,
                        items: {
                          type: "object",
                          required: ["locations"],
                          properties: {
                            locations: {
                              type: "array",
                              minItems: 1,
                              items: { type: "object", properties: { location: { $ref: "#/$defs/location" } } },
                            },
                          },
                        },
                      },
                    },
                  },
                },
                suppressions: {
                  type: "array",
                  items: {
                    type: "object",
                    required: ["kind"],
                    properties: { kind: { enum: ["inSource", "external"] } },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
  $defs: {
    message: { type: "object", required: ["text"], properties: { text: { type: "string", minLength: 1 } } },
    location: {
      type: "object",
      required: ["physicalLocation"],
      properties: {
        message: { $ref: "#/$defs/message" },
        physicalLocation: {
          type: "object",
          required: ["artifactLocation", "region"],
          properties: {
            artifactLocation: {
              type: "object",
              required: ["uri"],
              properties: { uri: { type: "string", pattern: "^[^/:][^:]*$" } },
            },
            region: {
              type: "object",
              required: ["startLine"],
              properties: { startLine: { type: "integer", minimum: 1 } },
            },
          },
        },
      },
    },
  },
});

/** Fails for XML that is not well formed: elements that do not nest, bad attributes, bare `<` and `&`, odd characters. */
function checkXml(xml: string): void {
  assert.match(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n/);
  assert.match(xml, /^[\n\x20-\x7e]*$/);
  const open: string[] = [];
  const body = xml.replace(/^<\?.*\?>\n/, "");
  const rest = body.replaceAll(/<(\/?)([a-z]+)((?: [a-z]+="[^"<]*")*)(\/?)>/g, (_, end, name, attributes, single) => {
    const names = [...String(attributes).matchAll(/ ([a-z]+)=/g)].map(([, attribute]) => attribute);
    assert.equal(new Set(names).size, names.length);
    if (end === "/") assert.equal(open.pop(), name);
    else if (single === "") open.push(String(name));
    return "";
  });
  assert.deepEqual(open, []);
  assert.doesNotMatch(rest, /[<>]/);
  assert.doesNotMatch(body, /&(?!(amp|lt|gt|quot);)/);
}
