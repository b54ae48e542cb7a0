import assert from "node:assert/strict";
import { test } from "node:test";
import { ORDERS, nameOf, orderWord, simplerOrders, wordOf } from "../../models/mm/filemap/mapper-orders.ts";
import orders from "../../models/scenarios/fault-around-orders.ts";
import invalidate from "../../models/scenarios/fault-around-vs-invalidate.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import reclaim from "../../models/scenarios/fault-around-vs-reclaim.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import { resolveParams, type Scenario } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

test("the words are all permutations that make sense, each once", () => {
  const words = orderWord.names;
  assert.equal(new Set(words).size, words.length);
  // Without T: 2! + 3 * 3! + 3 * 4! + 5!; with T: 3! + 2 * 4! + 5!; and the list of October.
  assert.equal(words.length, 2 + 18 + 72 + 120 + (6 + 48 + 120) + 1);
  assert.equal(words[0], wordOf("trylock"), "the default is v5.9");
  for (const word of words) {
    assert.match(word, /^[LCTPGX]+S$/);
    assert.ok(word.includes("L") && word.includes("C"), word);
    assert.ok(!(word.includes("T") && word.includes("P")), word);
  }
  for (const name of ORDERS) {
    assert.ok(words.includes(wordOf(name)), name);
    assert.equal(nameOf(wordOf(name)), name);
  }
});

test("a simpler order drops a test, or takes ptl or raises mapcount one test later", () => {
  assert.deepEqual(simplerOrders("LCPGS"), ["LCGS", "LCPS", "LPCGS"]);
  assert.deepEqual(simplerOrders("TGLCS"), ["GLCS", "TLCS"]);
  assert.deepEqual(simplerOrders("CPLS"), ["CLS", "PCLS"]);
  assert.deepEqual(simplerOrders("LCS"), []);
});

/** What a search finds, by which the same thing in two scenarios is the same. */
const found = (scenario: Scenario, params: ParamValues) => {
  const { states, transitions, found: schedules } = exploreAll(buildProgram(scenario, resolveParams(scenario, params)));
  return {
    states,
    transitions,
    found: [...schedules].map(([spec, { moves }]) => `${spec} ${moves.length}`).toSorted(),
  };
};

test("a named order is the same as its word", () => {
  const removers: readonly (readonly [string, Scenario, ParamValues])[] = [
    ["punch", punch, {}],
    ["truncate", truncate, {}],
    ["invalidate", invalidate, {}],
    ["reclaim", reclaim, { what: "file" }],
    ["shmem", reclaim, { what: "tmpfs" }],
  ];
  for (const [remover, scenario, params] of removers)
    for (const order of ["trylock", "october", "december"])
      assert.deepEqual(
        found(orders, { order: wordOf(order), remover }),
        found(scenario, { ...params, order }),
        `${order} ${remover}`,
      );
});

/** All of them with FAULTLINE_RUNS set; else a few, with those whose tests can fail least. */
const isLong = process.env["FAULTLINE_RUNS"] !== undefined;
const LEAST = new Set(["LCGTXS", "CXTGLS", "LPGCXS", "LPXCGS"]);

test("a step that no run of an order takes is one that the scenario declares, whatever removes the page", () => {
  const words = orderWord.names.filter((word, i) => isLong || LEAST.has(word) || i % 60 === 0);
  const { remover, gate, pmd } = orders.params as Record<string, { readonly names: readonly string[] }>;
  const sets = words.flatMap((order) =>
    remover!.names.flatMap((one) =>
      gate!.names.flatMap((how) => pmd!.names.map((table) => ({ order, remover: one, gate: how, pmd: table }))),
    ),
  );
  for (const set of sets) {
    const program = buildProgram(orders, resolveParams(orders, set));
    const { taken } = exploreAll(program);
    const untaken = new Map<string, boolean>();
    for (const [t, { points }] of program.threads.entries())
      for (const [p, { frame, label }] of points.entries()) {
        const step = `${frame.path.name}: ${label}`;
        untaken.set(step, (untaken.get(step) ?? true) && taken[t]![p] === 0);
      }
    const declared = orders.unreached(program.params);
    const isDeclared = (step: string): boolean =>
      declared.some((one) => (one.endsWith("*") ? step.startsWith(one.slice(0, -1)) : step === one));
    assert.deepEqual(
      [...untaken].flatMap(([step, isUntaken]) => (isUntaken && !isDeclared(step) ? [step] : [])),
      [],
      JSON.stringify(set),
    );
  }
});
