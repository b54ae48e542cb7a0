import assert from "node:assert/strict";
import { test } from "node:test";
import type { Path } from "faultline";
import type { PageTables } from "../../models/kernel/world.ts";
import { filemapMapPages } from "../../models/mm/filemap/filemap-map-pages.ts";
import { fsMapPages } from "../../models/fs/file-system.ts";
import { mapPagesInAnyOrder } from "../../models/mm/filemap/map-pages-in-any-order.ts";
import { wordOf } from "../../models/mm/filemap/mapper-orders.ts";
import collapse from "../../models/scenarios/fault-around-vs-collapse.ts";
import invalidate from "../../models/scenarios/fault-around-vs-invalidate.ts";
import migrate from "../../models/scenarios/fault-around-vs-migrate.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import reclaim from "../../models/scenarios/fault-around-vs-reclaim.ts";
import split from "../../models/scenarios/fault-around-vs-split.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import underLock from "../../models/scenarios/map-pages-under-lock.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { resolveParams, type Scenario, type Threads } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { initialStates, type Program } from "../../src/machine/program.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { isDone } from "../../src/machine/finish.ts";
import { stateKey, type State } from "../../src/machine/state.ts";
import { effectsOf, type Effect } from "../../src/machine/step.ts";
import { exploreAll } from "../explore-all.ts";
import { resultUnder } from "./pinned.ts";

/** The same scenario with the path of v5.9 as its fault. What an order never reaches is not asked. */
const withPlain = (scenario: Scenario, fault: (params: ParamValues) => Threads[string]): Scenario => ({
  ...scenario,
  unreached: () => [],
  threads: (params) => ({ ...scenario.threads(params), fault: fault(params) }),
});

const alone = ({ pmd = "populated" }: ParamValues): Path => filemapMapPages(0, { pmd: pmd as PageTables });

const wrapped = (): Path => fsMapPages(0, filemapMapPages(0, { isWrapped: true }));

const RACES: readonly (readonly [string, Scenario, ParamValues, (params: ParamValues) => Threads[string]])[] = [
  ["a hole punch", punch, {}, alone],
  ["a hole punch that always unmaps", punch, { gate: "none" }, alone],
  ["a hole punch, where the fault puts in the page table", punch, { pmd: "none" }, alone],
  ["a truncate", truncate, {}, alone],
  ["direct I/O", invalidate, {}, alone],
  ["reclaim of a file's page", reclaim, {}, alone],
  ["reclaim to swap", reclaim, { what: "tmpfs" }, alone],
  ["migration", migrate, {}, alone],
  ["khugepaged", collapse, {}, alone],
  ["a split", split, {}, alone],
  ["a hole punch, wrapped by a file system", underLock, { locked: true, remover: "punch" }, wrapped],
  ["direct I/O, wrapped by a file system", underLock, { locked: true, remover: "invalidate" }, wrapped],
];

/** What a step does to what all CPUs share: the cells of the two machines are not the same, their names are. */
const toldOf = ({ move, point, writes, outcome }: Effect): unknown => ({
  ...move,
  step: `${point.frame.path.name}: ${point.label}`,
  writes: [...writes].flatMap(([{ name, isLocal }, value]) => (isLocal ? [] : [`${name} = ${String(value)}`])),
  outcome: outcome.kind === "violation" ? outcome : outcome.kind,
});

/** Walks two machines side by side, and fails where their graphs differ. Returns the number of states. */
function statesInStep(one: Program, other: Program): number {
  const keys = [stateKey(one.cells), stateKey(other.cells)] as const;
  const partners = [new Map<string, string>(), new Map<string, string>()] as const;
  const open: (readonly [State, State])[] = [];
  const meet = (a: State, b: State): void => {
    const [nameA, nameB] = [keys[0](a), keys[1](b)];
    const isNew = !partners[0].has(nameA) && !partners[1].has(nameB);
    if (isNew) {
      partners[0].set(nameA, nameB);
      partners[1].set(nameB, nameA);
      open.push([a, b]);
    } else assert.ok(partners[0].get(nameA) === nameB && partners[1].get(nameB) === nameA, "two states are one there");
  };
  const others = initialStates(other);
  for (const [n, state] of initialStates(one).entries()) meet(state, others[n]!);
  for (let pair = open.pop(); pair; pair = open.pop()) {
    const [a, b] = pair;
    assert.equal(isDone(one, a), isDone(other, b));
    for (const t of one.threads.keys()) {
      const [from, to] = [effectsOf(one, a, t), effectsOf(other, b, t)];
      assert.deepEqual(from.map(toldOf), to.map(toldOf));
      for (const [n, { outcome }] of from.entries()) {
        const partner = to[n]!.outcome;
        if (outcome.kind === "moved" && partner.kind === "moved") meet(outcome.state, partner.state);
      }
    }
  }
  return partners[0].size;
}

for (const [remover, scenario, set, fault] of RACES)
  test(`TGLCS is filemap_map_pages() of v5.9, state by state, against ${remover}`, () => {
    const params = resolveParams(scenario, { ...set, order: "trylock" });
    const [any, plain] = [scenario, withPlain(scenario, fault)].map((one) =>
      resetDeadLocals(buildProgram(one, params)),
    );
    const [of, found] = [exploreAll(any!), exploreAll(plain!)];
    const countsOf = ({ initial, states, transitions, depth, done, stuck, cut }: typeof of) => [
      [initial, states, transitions, depth, done, stuck],
      cut,
    ];
    assert.deepEqual(countsOf(found), countsOf(of));
    assert.deepEqual([...found.found], [...of.found]);
    assert.equal(statesInStep(any!, plain!), found.states);
  });

test("TGLCS has the steps of v5.9 in their order, and each with its memory order", () => {
  const stepsOf = ({ labels, entries }: Path) =>
    labels.map((label) => {
      const entry = entries.get(label)!;
      return [label, entry.kind === "step" ? entry.order : entry.path.name];
    });
  for (const pmd of ["populated", "none"] as const)
    for (const isWrapped of [false, true])
      assert.deepEqual(
        stepsOf(mapPagesInAnyOrder(0, wordOf("trylock"), { pmd, isWrapped })),
        stepsOf(filemapMapPages(0, { pmd, isWrapped })),
      );
});

test("TGLCS is filemap_map_pages() of v5.9 where memory is weak, too", async () => {
  for (const memory of ["tso", "lkmm"] as const) {
    const [any, plain] = await Promise.all(
      [punch, withPlain(punch, alone)].map((one) => resultUnder(memory, one, { order: "trylock" })),
    );
    assert.deepEqual(plain!.search, any!.search);
    assert.ok(plain!.specs.every(({ verdict }) => verdict === "holds"));
  }
});

test("a hole punch alone makes filemap_map_pages() of v5.9 take each of its steps", () => {
  const machine = buildProgram(withPlain(punch, alone), resolveParams(punch, {}));
  const { taken } = exploreAll(machine);
  const fault = machine.threads.findIndex(({ root }) => root.path.name === "filemap_map_pages");
  const untaken = machine.threads[fault]!.points.filter((_, p) => taken[fault]![p] === 0);
  assert.deepEqual(
    untaken.map(({ label }) => label),
    [],
  );
});
