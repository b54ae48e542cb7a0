import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, choose, int, oneOf, world } from "faultline";
import type { Path } from "faultline";
import { merger, type Node } from "../../src/compile/graph.ts";
import { pack } from "../../src/compile/pack.ts";
import { treeOf } from "../../src/analysis/decision-tree.ts";
import { allPositions } from "../../src/analysis/growing-tree.ts";
import { toy } from "../machine/toy.ts";

const w = world({ refcount: int(0, 9), x: int(0, 3), a: bool, b: bool, mode: oneOf("idle", "busy", "gone") });

/** The merged trees of all steps of a path. */
function nodesOf(path: Path): readonly Node[] {
  const program = toy({ world: w, threads: { path } });
  const merge = merger(pack(program), 0);
  return program.threads[0]!.points.map((_, point) => merge(treeOf(program.threads[0]!, point), point));
}
function armsOf(node: Node): readonly Node[] {
  assert.equal(node.kind, "branch");
  return node.kind === "branch" ? node.arms : [];
}
function changesOf(node: Node) {
  assert.equal(node.kind, "moved");
  return node.kind === "moved" ? node.changes : [];
}

test("refcount++ is one node for all counts but the highest", () => {
  const [node] = nodesOf(w.path("path", {}, { "refcount++": (k) => void k.refcount++ }));
  const arms = armsOf(node!);
  assert.equal(arms.length, 10);
  assert.equal(new Set(arms.slice(0, 9)).size, 1);
  assert.equal(changesOf(arms[0]!).length, 1);
  assert.ok(changesOf(arms[0]!).every(({ and, or }) => and === -1 && or === 0));
  assert.equal(arms[9]!.kind, "violation");
});

test("a test that decides nothing is gone", () => {
  const [same, either] = nodesOf(
    w.path(
      "path",
      {},
      {
        "x = x": (k) => void (k.x = k.x + 0),
        "a or not": (k) => {
          k.b = k.a ? true : !k.a;
        },
      },
    ),
  );
  assert.equal(same!.kind, "moved");
  assert.equal(either!.kind, "moved");
});

test("a field that never changes is not tested", () => {
  const program = toy({
    world: w,
    threads: { path: w.path("path", {}, { step: (k) => void (k.x = k.mode === "busy" ? 1 : 2) }) },
  });
  const mode = program.cells.find(({ name }) => name === "mode")!;
  const tree = treeOf(program.threads[0]!, 0);
  const packing = pack(program, (cell) => (cell === mode ? [mode.values.indexOf("busy")] : allPositions(cell)));
  const merged = merger(packing, 0)(tree, 0);
  assert.equal(merged.kind, "moved");
});

test("equal arms are one node, also in different places", () => {
  const [node] = nodesOf(
    w.path(
      "path",
      {},
      {
        either: (k) => {
          if (k.mode === "busy" ? k.a : k.b) return "either";
        },
      },
    ),
  );
  const [idle, busy, gone] = armsOf(node!);
  assert.equal(idle, gone);
  assert.notEqual(idle, busy);
  assert.deepEqual(armsOf(idle!), armsOf(busy!));
  assert.equal(armsOf(idle!)[0], armsOf(busy!)[0]);
});

test("equal options of a choice stay apart, as each is a transition", () => {
  const [node] = nodesOf(w.path("path", {}, { step: (k) => void (k.x = choose(2, 2, 1)) }));
  assert.equal(node!.kind, "choice");
  const options = node!.kind === "choice" ? node!.options : [];
  assert.equal(options.length, 3);
  assert.equal(options[0], options[1]);
  assert.notEqual(options[0], options[2]);
});

test("a field is overwritten where its old value is not known, and added to where it is", () => {
  const [blind, seen] = nodesOf(
    w.path("path", {}, { blind: (k) => void (k.x = 2), seen: (k) => void (k.x = k.x === 3 ? 3 : 2) }),
  );
  const change = changesOf(blind!).find(({ and }) => and !== -1);
  assert.ok(change && change.or !== 0);
  for (const arm of armsOf(seen!)) assert.ok(changesOf(arm).every(({ and, or }) => and === -1 && or === 0));
});

test("a step that changes nothing and stays where it is has no changes", () => {
  const [node] = nodesOf(w.path("path", {}, { again: () => "again" }));
  assert.deepEqual(changesOf(node!), []);
});
