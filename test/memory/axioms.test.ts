import assert from "node:assert/strict";
import { test } from "node:test";
import { Lkmm } from "../../src/memory/lkmm/lkmm.ts";
import { isMove, LkmmGraph } from "../../src/memory/lkmm/graph.ts";
import { brokenAxiom, type Event, type Execution } from "../../src/memory/lkmm/axioms.ts";
import { threads } from "./classics.ts";
import { numbers, randomProgram } from "./random-programs.ts";

const write = (thread: number, place: string, more: Partial<Event> = {}): Event => ({
  thread,
  kind: "write",
  place,
  ...more,
});
const read = (thread: number, place: string, more: Partial<Event> = {}): Event => ({
  thread,
  kind: "read",
  place,
  ...more,
});
const fence = (thread: number, place: string): Event => ({ thread, kind: "fence", place });
const NOTHING = { rmw: [], addr: [], data: [], ctrl: [], sections: [], flushes: [] } as const;

/** Both CPUs store and then read 0, with these fences in between. */
const buffering = (...fences: readonly (readonly Event[])[]): Execution => {
  const events = [
    write(-1, "x"),
    write(-1, "y"),
    write(0, "x"),
    ...(fences[0] ?? []),
    read(0, "y"),
    write(1, "y"),
    ...(fences[1] ?? []),
    read(1, "x"),
  ];
  const at = (thread: number, kind: string): number => events.findIndex((e) => e.thread === thread && e.kind === kind);
  return {
    events,
    rf: [
      [1, at(0, "read")],
      [0, at(1, "read")],
    ],
    co: [
      [0, at(0, "write")],
      [1, at(1, "write")],
    ],
    ...NOTHING,
  };
};

test("store buffering breaks propagation only if both CPUs have a full barrier", () => {
  assert.equal(brokenAxiom(buffering()), undefined);
  assert.equal(brokenAxiom(buffering([fence(0, "mb")])), undefined);
  assert.equal(brokenAxiom(buffering([fence(0, "wmb")], [fence(1, "mb")])), undefined);
  assert.equal(brokenAxiom(buffering([fence(0, "mb")], [fence(1, "mb")])), "propagation");
});

test("message passing breaks happens-before only if both sides are ordered", () => {
  const passing = (release: boolean, acquire: boolean): Execution => ({
    events: [
      write(-1, "x"),
      write(-1, "y"),
      write(0, "x"),
      write(0, "y", { isRelease: release }),
      read(1, "y", { isAcquire: acquire }),
      read(1, "x"),
    ],
    rf: [
      [3, 4],
      [0, 5],
    ],
    co: [
      [0, 2],
      [1, 3],
    ],
    ...NOTHING,
  });
  assert.equal(brokenAxiom(passing(true, false)), undefined);
  assert.equal(brokenAxiom(passing(false, true)), undefined);
  assert.equal(brokenAxiom(passing(true, true)), "happens-before");
});

test("a load that goes back breaks coherence, an RMW with a store inside it atomicity", () => {
  const back: Execution = {
    events: [write(-1, "x"), write(0, "x"), read(1, "x"), read(1, "x")],
    rf: [
      [1, 2],
      [0, 3],
    ],
    co: [[0, 1]],
    ...NOTHING,
  };
  assert.equal(brokenAxiom(back), "coherence");
  const torn: Execution = {
    ...NOTHING,
    events: [write(-1, "x"), write(0, "x"), read(1, "x"), write(1, "x")],
    rf: [[0, 2]],
    co: [[0, 1, 3]],
    rmw: [[2, 3]],
  };
  assert.equal(brokenAxiom(torn), "atomicity");
});

test("a critical section that spans a grace period breaks the RCU axiom", () => {
  const spanning: Execution = {
    ...NOTHING,
    events: [
      write(-1, "x"),
      write(-1, "y"),
      { thread: 0, kind: "rcu-lock", place: "rcu" },
      read(0, "x"),
      read(0, "y"),
      { thread: 0, kind: "rcu-unlock", place: "rcu" },
      write(1, "y"),
      { thread: 1, kind: "sync", place: "rcu" },
      write(1, "x"),
    ],
    rf: [
      [8, 3],
      [1, 4],
    ],
    co: [
      [0, 8],
      [1, 6],
    ],
    sections: [[2, 5]],
  };
  assert.equal(brokenAxiom(spanning), "rcu");
  assert.equal(brokenAxiom({ ...spanning, sections: [] }), undefined);
});

test("a walk that misses a store breaks propagation only if a flush comes between them", () => {
  const [pte, page] = [1, 0];
  const missed = (flushes: Execution["flushes"]): Execution => ({
    // CPU1's access by an entry, CPU0's store and flush; then the walk, and CPU0's load.
    events: [
      write(-1, "page"),
      write(-1, "pte"),
      write(1, "page"),
      write(0, "pte"),
      fence(0, "mb"),
      read(2, "pte"),
      read(0, "page"),
    ],
    ...NOTHING,
    rf: [
      [pte, 5],
      [page, 6],
    ],
    co: [
      [page, 2],
      [pte, 3],
    ],
    flushes,
  });
  assert.equal(brokenAxiom(missed([])), undefined);
  assert.equal(brokenAxiom(missed([[4, 5]])), "propagation");
  // The access that the flush has waited for is not seen by the load behind it.
  assert.equal(brokenAxiom(missed([[2, 4]])), "propagation");
});

test("on random programs every final state of the machine is reached by a run that the axioms allow", () => {
  const next = numbers(3);
  let finals = 0;
  for (let run = 0; run < 60; run++) {
    const texts = randomProgram(next, 3);
    const graph = new LkmmGraph(new Lkmm(threads(...texts)));
    const { lkmm, states } = graph;
    for (let i = 0; i < states.size; i++) {
      const state = states.get(i);
      graph.expand(i);
      lkmm.forEachEffect(state, (effect) => void (isMove(effect) && graph.reach(effect.state)));
      if (!lkmm.isDone(state) || finals++ % 4 > 0) continue;
      assert.ok(typeof graph.certify(i) === "object", texts.join(" || "));
    }
  }
  assert.ok(finals > 100, `${finals} final states`);
});
