import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, bugOn, call, done, int, ref, struct, wait, world } from "faultline";
import { bundledScenarios } from "../../src/cli/bundled.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import { pathDot } from "../../src/report/picture/path-dot.ts";
import { activationsOf, pathGraphOf, type PathGraph } from "../../src/report/picture/path-graph.ts";
import { renderSvg } from "../../src/report/picture/svg.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { assertGolden } from "../golden.ts";
import { nativeSvg, noNativeDot } from "../native-dot.ts";
import { toy } from "../machine/toy.ts";

const Page = struct({ locked: bool, count: int(0, 3) });
const w = world({ page: Page, slot: ref(Page) });
const lock = w.path(
  "lock_page",
  { page: ref(Page) },
  {
    "locked?": (_, { page }) => {
      if (page!.locked) return wait;
      page!.locked = true;
    },
    "nr == 0?": (_, { page }) => {
      if (page!.count === 0) return done;
    },
    "BUG_ON(nr > 2)": (_, { page }) => bugOn(page!.count > 2, "BUG_ON(nr > 2)"),
  },
);
const user = w.path(
  "user",
  { page: ref(Page), again: bool },
  {
    "page = slot": (k, me) => {
      me.page = k.slot;
      if (!me.page) return done;
    },
    "lock_page(page)": call(lock, ({ page }) => ({ page })),
    "again?": (_, me) => {
      if (!me.again) {
        me.again = true;
        return "page = slot";
      }
    },
    "unlock_page(page)": (_, { page }) => {
      page!.locked = false;
    },
  },
  { file: "mm/filemap.c", release: "v5.9", leavesOut: "all else" },
);

const graphs = new Map(
  [...activationsOf(toy({ world: w, threads: { user } }))].map(([name, activation]) => [name, pathGraphOf(activation)]),
);

const edgesOf = (graph: PathGraph): readonly string[] =>
  graph.edges.map(({ from, to, when }) => {
    const target = to.kind === "label" ? to.label : to.kind;
    return `${from} -> ${target}: ${when.map((tests) => tests.join(" && ")).join(" or ")}`;
  });

test("a path is its labels, where they lead, and when", () => {
  assert.deepEqual([...graphs.keys()], ["user", "lock_page"]);
  assert.deepEqual(edgesOf(graphs.get("user")!), [
    "page = slot -> end: slot == NULL",
    "page = slot -> lock_page(page): slot != NULL",
    "lock_page(page) -> again?: ",
    "again? -> page = slot: again == false",
    "again? -> unlock_page(page): again == true",
    "unlock_page(page) -> end: ",
  ]);
  assert.equal(graphs.get("user")!.nodes[1]!.calls, "lock_page");
});

test("a path that is called ends where it goes back to its caller, waits, and can hit a bugOn", () => {
  const graph = graphs.get("lock_page")!;
  assert.deepEqual(edgesOf(graph), [
    "locked? -> nr == 0?: page->locked == false",
    "nr == 0? -> end: page->count == 0",
    "nr == 0? -> BUG_ON(nr > 2): page->count >= 1",
    "BUG_ON(nr > 2) -> end: page->count <= 2",
    "BUG_ON(nr > 2) -> bug: page->count == 3",
  ]);
  assert.deepEqual(graph.nodes[0], {
    label: "locked?",
    order: "full",
    writes: ["page->locked = true"],
    waits: ["page->locked == true"],
  });
});

test("the graph of a path: the same as ever", () => {
  assertGolden("report/path.dot", pathDot(graphs.get("user")!));
  assertGolden("report/path-called.dot", pathDot(graphs.get("lock_page")!));
});

test("every path of every bundled scenario can be drawn, in ASCII, without a dangling line", async () => {
  const seen = new Set<string>();
  for (const scenario of await bundledScenarios()) {
    const program = buildProgram(scenario, resolveParams(scenario, {}));
    for (const [name, activation] of activationsOf(program)) {
      if (seen.has(name)) continue;
      seen.add(name);
      const graph = pathGraphOf(activation);
      // Of a path that a patch has changed, what it has dropped is drawn, too.
      const labels = graph.nodes.flatMap(({ label, change }) => (change === "dropped" ? [] : label));
      assert.deepEqual(labels, activation.frame.path.labels);
      for (const { from, to } of graph.edges)
        assert.ok(labels.includes(from) && (to.kind !== "label" || labels.includes(to.label)), `${name}: ${from}`);
      const dot = pathDot(graph);
      assert.match(dot, /^[\n\x20-\x7e]*$/);
      assert.equal(dot, pathDot(pathGraphOf(activation)));
      assert.match(await renderSvg(dot), /<\/svg>\s*$/);
      if (noNativeDot === false) assert.equal(nativeSvg(dot).said, "");
    }
  }
  assert.ok(seen.size > 10);
});

test("Graphviz's own dot draws the graph of a path", { skip: noNativeDot }, () => {
  const { svg, said } = nativeSvg(pathDot(graphs.get("user")!));
  assert.equal(said, "");
  assert.match(svg, /unlock_page\(page\)/);
});
