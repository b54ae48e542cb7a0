import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, bugOn, done, int, once, rcuReadLock, rcuReadUnlock, synchronizeRcu, world } from "faultline";
import { brokenAxiom } from "../../../src/memory/lkmm/axioms.ts";
import { isSequential } from "../../../src/memory/lkmm/execution.ts";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import { searchLkmm } from "../../../src/memory/lkmm/search.ts";
import { endOf, exploreAll } from "../../explore-all.ts";
import { toy } from "../../machine/toy.ts";

const w = world({ dead: bool, count: int(0, 1), released: bool, last: bool, n: int(0, 3), x: int(0, 3), y: int(0, 3) });

const stores = (name: string, field: "x" | "y") =>
  w.path(
    name,
    Object.fromEntries([1, 2, 3, 1].map((value, i) => [`${i}`.concat("th"), once((k) => void (k[field] = value))])),
  );

/** A percpu_ref that is killed: what LKMM forbids by coherence alone the machine finds again and again, and a bug is behind it. */
const program = toy({
  world: w,
  threads: {
    get: w.path("get", {
      "rcu_read_lock()": rcuReadLock,
      "dead?": once((k) => k.dead, { true: "rcu_read_unlock(), dead" }),
      "count = 1": once((k) => void (k.count = 1)),
      "rcu_read_unlock()": rcuReadUnlock,
      "use it": once((k) => bugOn(k.released, "it is released"), done),
      "rcu_read_unlock(), dead": rcuReadUnlock,
      "look again": once((k) => bugOn(k.last, "it is over")),
    }),
    kill: w.path("kill", {
      "dead = 1": once((k) => void (k.dead = true)),
      "synchronize_rcu()": synchronizeRcu,
      "count == 0?": once((k) => k.count === 0, { false: done }),
      "released = 1": once((k) => void (k.released = true)),
      // Two steps of LKMM's machine each.
      "n++": once((k) => void k.n++),
      "n++, again": once((k) => void k.n++),
      "n = 3": once((k) => void (k.n = 3)),
      "n = 1 again": once((k) => void (k.n = 1)),
      "n = 2 again": once((k) => void (k.n = 2)),
      "n = 3 again": once((k) => void (k.n = 3)),
      "last = 1": once((k) => void (k.last = true)),
    }),
    xs: stores("xs", "x"),
    ys: stores("ys", "y"),
    reader: w.path("reader", { "x?": once((k) => void k.x), "y?": once((k) => void k.y) }),
  },
});

test("what sc violates is violated under lkmm, though the search meets forbidden runs alone before", () => {
  assert.deepEqual([...exploreAll(program).found.keys()], ["no-bug"]);
  const lkmm = new Lkmm(program);
  const { found, runs, uncertain } = endOf(searchLkmm(lkmm));
  assert.deepEqual([[...found.keys()], [...uncertain]], [["no-bug"], []]);
  const run = runs.get("no-bug")!;
  assert.equal(brokenAxiom(run.execution), undefined);
  assert.ok(isSequential(lkmm.layout, run));
  assert.equal(run.steps.at(-1)!.effect.taken!.leaf.kind, "violation");
});
