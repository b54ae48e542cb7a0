import assert from "node:assert/strict";
import { test } from "node:test";
import type { MemoryModel } from "../../src/model/memory.ts";
import { stateDot } from "../../src/report/picture/state-dot.ts";
import { stateGraphOf, type StateGraph } from "../../src/report/picture/state-graph.ts";
import { TIE } from "../../src/report/text/wrap.ts";
import { memoryNotes, showHeld } from "../../src/report/phrases.ts";
import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { searchLkmm } from "../../src/memory/lkmm/search.ts";
import { type Exploration } from "../../src/machine/exploration.ts";
import type { Program } from "../../src/machine/program.ts";
import { tsoProgram } from "../../src/memory/tso/program.ts";
import { MACHINES } from "../../src/memory/machines.ts";
import { assertGolden } from "../golden.ts";
import { showAll, threadsThat, w } from "../memory/classics.ts";
import { endOf, exploreAll } from "../explore-all.ts";

interface Drawn {
  readonly graph: StateGraph;
  readonly exploration: Exploration;
  readonly dot: string;
}

/** Draws what a machine can reach under a memory model, about its first spec, which is about the ends of runs. */
function graphOf(program: Program, memory: Exclude<MemoryModel, "sc">, most = 5000): Drawn {
  const tso = memory === "tso" ? tsoProgram(program) : undefined;
  const exploration = tso ? exploreAll(tso) : endOf(searchLkmm(new Lkmm(program), { symmetry: false }));
  const [spec] = program.scenario.specs;
  const subject = { spec: spec!, schedule: exploration.found.get(spec!.name) };
  const graph = stateGraphOf(program, MACHINES[memory](program), subject, most);
  return { graph: graph!, exploration, dot: stateDot(graph!, program.scenario.name, subject, memory) };
}

/** Threads as instructions, and how they must not end. */
const ending = (never: string, ...texts: readonly string[]): Program =>
  threadsThat([w.atEnd("never", `not ${never}`, (k) => showAll(k) !== never)], ...texts);

const BUFFERING = ending("00 00 00 00 x=1 y=1 z=0", "W x 1 once; R y r once", "W y 1 once; R x r once");
const CASES = {
  "store buffering": BUFFERING,
  "store buffering with barriers": ending(
    "00 00 00 00 x=1 y=1 z=0",
    "W x 1 once; mb; R y r once",
    "W y 1 once; mb; R x r once",
  ),
  "message passing": ending("00 10 00 00 x=1 y=1 z=0", "W x 1 once; W y 1 once", "R y r once; R x s once"),
  "two stores each": ending("00 00 00 00 x=1 y=1 z=0", "W x 1 once; W y 2 once", "W y 1 once; W x 2 once"),
  "an RMW and a lock": ending("00 00 00 00 x=1 y=0 z=0", "L; I x full; U", "L; I x noreturn; U", "R x r once"),
  "a choice of initial order": ending("", "W x 1 once; B r; R y s acquire", "W y 1 release; R x r once"),
};

/** The memory notes of all edges. */
const notesOf = ({ edges }: StateGraph): readonly string[] => [
  ...new Set(edges.flatMap(({ account }) => memoryNotes(account))),
];
/** What is said in any node of what CPUs do not agree about. */
const heldIn = ({ nodes }: StateGraph): readonly string[] => [
  ...new Set(nodes.flatMap(({ held }) => held.flatMap(showHeld).map((line) => line.replaceAll(TIE, " ")))),
];

for (const memory of ["tso", "lkmm"] as const)
  for (const [name, program] of Object.entries(CASES))
    test(`${name} under ${memory}: the graph has what the search counts, and the run that was found`, () => {
      const { graph, exploration } = graphOf(program, memory);
      assert.ok(graph.isWhole);
      assert.equal(graph.nodes.length, exploration.states);
      assert.equal(graph.edges.length, exploration.transitions);
      assert.equal(graph.nodes.filter(({ end }) => end === "done").length, exploration.done);
      assert.equal(graph.nodes.filter(({ end }) => end === "stuck").length, exploration.stuck);
      const run = exploration.found.get("never");
      assert.equal(graph.edges.filter(({ isOnPath }) => isOnPath).length, run?.moves.length ?? 0);
      for (const { from, to } of graph.edges)
        if (graph.nodes[from]!.canHit === false) assert.ok(to !== undefined && graph.nodes[to]!.canHit === false);
      for (const node of graph.nodes.filter(({ isOnPath }) => isOnPath)) assert.equal(node.canHit, true);
    });

test("under lkmm a load of an old store says which one it does not see, and each CPU what it need not see", () => {
  const { graph } = graphOf(BUFFERING, "lkmm");
  assert.deepEqual(notesOf(graph), ["CPU1's store of 1 not yet visible", "CPU0's store of 1 not yet visible"]);
  assert.deepEqual(heldIn(graph), [
    "x: 0, then 1",
    "CPU1 need not see 1 yet",
    "y: 0, then 1",
    "CPU0 need not see 1 yet",
  ]);
  const barriers = graphOf(CASES["store buffering with barriers"], "lkmm").graph;
  assert.ok(notesOf(barriers).length > 0);
  assert.ok(barriers.nodes.every(({ isHit }) => !isHit));
});

test("under lkmm a store that goes before another one says whose", () => {
  const { graph } = graphOf(CASES["two stores each"], "lkmm");
  const notes = notesOf(graph);
  assert.ok(notes.includes("takes effect before CPU1's store"), notes.join());
  assert.ok(notes.includes("takes effect before CPU0's store"), notes.join());
  assert.ok(graph.nodes.some(({ isHit }) => isHit));
});

test("under lkmm a store violates what it alone decides, also where it goes before others", () => {
  const never = w.always("never", "x is not 3", ({ x }) => x !== 3);
  const { graph, dot } = graphOf(threadsThat([never], "W x 1 once; W x 2 once", "W x 3 once"), "lkmm");
  const hits = graph.edges.filter(({ isHit }) => isHit);
  assert.deepEqual(
    new Set(hits.map(({ account }) => `CPU${account.thread} ${account.label} ${memoryNotes(account).join()}`)),
    new Set(["CPU1 0: W x 3 once ", "CPU1 0: W x 3 once takes effect before CPU0's store"]),
  );
  for (const { from, to } of hits) assert.ok(graph.nodes[from]!.canHit === true && graph.nodes[to!]!.isHit);
  assert.equal(dot.split("<-- violates never").length - 1, hits.length);
});

test("a store that several CPUs may have made is called another CPU's, where the state has forgotten whose", () => {
  const { graph } = graphOf(ending("", "W x 1 once", "W x 1 once", "R x r once"), "lkmm");
  assert.deepEqual(
    notesOf(graph).filter((note) => note.endsWith("visible")),
    ["another CPU's store of 1 not yet visible"],
  );
});

test("a CPU that changes a word by RMWs alone never misses one of another CPU's", () => {
  const { graph } = graphOf(ending("", "I x noreturn", "I x noreturn"), "lkmm");
  assert.deepEqual(
    heldIn(graph).filter((line) => line.includes("need not see")),
    [],
  );
});

test("under tso a store buffer says what waits in it, and a store that becomes visible is its CPU's step", () => {
  const { graph } = graphOf(ending("", "W x 1 once; W y 2 once; R y r once", "W y 1 once; R x s once"), "tso");
  assert.ok(heldIn(graph).includes("CPU0's store buffer: x = 1; y = 2"));
  const labels = new Set(graph.edges.map(({ account }) => `CPU${account.thread} ${account.label}`));
  for (const label of ["CPU0 store of x becomes visible", "CPU0 store of y becomes visible"])
    assert.ok(labels.has(label), [...labels].join());
  assert.ok(notesOf(graph).includes("in the store buffer"));
  // Of two stores that wait, the load asks for one alone.
  assert.ok(!notesOf(graph).includes("CPU0's store of 2 not yet visible"));
});

for (const memory of ["tso", "lkmm"] as const) {
  test(`above the limit it is the run under ${memory} with each step off it`, () => {
    const { graph, exploration } = graphOf(BUFFERING, memory, 9);
    assert.ok(!graph.isWhole);
    assert.equal(graph.states, exploration.states);
    assert.equal(
      graph.nodes.filter(({ isOnPath }) => isOnPath).length,
      exploration.found.get("never")!.moves.length + 1,
    );
    for (const { from } of graph.edges) assert.ok(graph.nodes[from]!.isOnPath);
    assert.ok(graph.nodes.some(({ canHit }) => canHit === false));
  });

  test(`store buffering under ${memory}: the same picture as ever, in ASCII`, () => {
    const { dot } = graphOf(BUFFERING, memory);
    assertGolden(`report/states-${memory}.dot`, dot);
    assert.match(dot, /^[\n\x20-\x7e]*$/);
  });
}
