import assert from "node:assert/strict";
import { test } from "node:test";
import { type Scenario, resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { stateDot } from "../../src/report/picture/state-dot.ts";
import { stateGraphOf, type StateGraph, type Subject } from "../../src/report/picture/state-graph.ts";
import { renderSvg } from "../../src/report/picture/svg.ts";
import { type Exploration } from "../../src/machine/exploration.ts";
import { type Program } from "../../src/machine/program.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { reach } from "../../src/analysis/reach.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import { assertGolden } from "../golden.ts";
import { nativeSvg, noNativeDot } from "../native-dot.ts";
import { faultVsPunch } from "./fault-vs-punch.ts";
import { abba, bugOnUnmap, pingPong } from "./small-models.ts";
import { exploreAll } from "../explore-all.ts";

interface Drawn {
  readonly program: Program;
  readonly exploration: Exploration;
  readonly subject: Subject;
  readonly graph: StateGraph | undefined;
}

function graphOf(scenario: Scenario, name: string, most = 500, given: ParamValues = {}): Drawn {
  const program = buildProgram(scenario, resolveParams(scenario, given));
  const exploration = exploreAll(program);
  const spec = program.scenario.specs.find((one) => one.name === name) ?? name;
  const subject = { spec, schedule: exploration.found.get(name) };
  return { program, exploration, subject, graph: stateGraphOf(program, scMachine(program), subject, most) };
}

const CASES = [
  ["abba", abba, "not-stuck"],
  ["bug", bugOnUnmap, "no-bug"],
  ["ping-pong", pingPong, "few-turns"],
  ["fault", faultVsPunch, "no-stale-pte"],
  ["witness", faultVsPunch, "page-leaves"],
] as const;

for (const [name, scenario, spec] of CASES)
  test(`states of ${name}: the graph has what the explorer counts, and the run that was found`, () => {
    const { program, exploration, subject, graph } = graphOf(scenario, spec, 5000);
    assert.ok(graph?.isWhole);
    assert.equal(graph.nodes.length, exploration.states);
    assert.equal(graph.edges.length, exploration.transitions);
    assert.equal(graph.nodes.filter(({ end }) => end === "done").length, exploration.done);
    assert.equal(graph.nodes.filter(({ end }) => end === "stuck").length, exploration.stuck);
    assert.equal(graph.nodes.filter(({ isInitial }) => isInitial).length, exploration.initial);
    assert.equal(graph.edges.filter(({ isOnPath }) => isOnPath).length, subject.schedule!.moves.length);
    for (const node of graph.nodes.filter(({ isOnPath, isHit }) => isOnPath || isHit)) assert.equal(node.canHit, true);
    // Where nothing leads to a hit, no step may lead to where something does.
    for (const { from, to } of graph.edges)
      if (graph.nodes[from]!.canHit === false) assert.ok(to !== undefined && graph.nodes[to]!.canHit === false);
    assert.equal(
      reach(scMachine(program), scMachine(program).initial, 5000).transitions.length,
      exploration.transitions,
    );
  });

test("above the limit it is the run with each step off it, and which of these would have been fine", () => {
  const whole = graphOf(faultVsPunch, "no-stale-pte", 5000).graph!;
  const { graph, subject } = graphOf(faultVsPunch, "no-stale-pte", 20);
  assert.ok(graph && !graph.isWhole);
  assert.equal(graph.states, whole.nodes.length);
  const path = graph.nodes.filter(({ isOnPath }) => isOnPath);
  assert.equal(path.length, subject.schedule!.moves.length + 1);
  for (const { from } of graph.edges) assert.ok(graph.nodes[from]!.isOnPath);
  const wholePath = whole.edges.filter(({ from }) => whole.nodes[from]!.isOnPath);
  assert.equal(graph.edges.length, wholePath.length);
  assert.ok(graph.nodes.some(({ canHit }) => canHit === false));
  assert.ok(graph.nodes.some(({ canHit, isOnPath }) => canHit === true && !isOnPath));
});

test("without a run there is nothing to draw above the limit", () => {
  const program = buildProgram(faultVsPunch, resolveParams(faultVsPunch, {}));
  assert.equal(stateGraphOf(program, scMachine(program), undefined, 20), undefined);
});

const golden = [
  ["states-abba", abba, "not-stuck", 500],
  ["states-bug", bugOnUnmap, "no-bug", 500],
  ["states-around", faultVsPunch, "no-stale-pte", 20],
] as const;
for (const [name, scenario, spec, most] of golden)
  test(`${name}: the same as ever, in ASCII, and every Graphviz draws it`, async () => {
    const { graph, subject } = graphOf(scenario, spec, most);
    const dot = stateDot(graph!, scenario.name, subject);
    assertGolden(`report/${name}.dot`, dot);
    assert.match(dot, /^[\n\x20-\x7e]*$/);
    assert.match(await renderSvg(dot), /<\/svg>\s*$/);
    if (noNativeDot === false) assert.equal(nativeSvg(dot).said, "");
  });
