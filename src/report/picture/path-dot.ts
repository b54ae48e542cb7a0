import type { Change } from "../../model/patch.ts";
import { UNQUALIFIED } from "../../model/order.ts";
import { edge, folded, layered, node, type Look } from "./graph-dot.ts";
import type { PathEdge, PathGraph, PathNode } from "./path-graph.ts";
import { functionOf } from "../phrases.ts";

const LABEL_WIDTH = 60;
const CONDITION_WIDTH = 36;

const STEP: Look = { style: "filled,rounded", fillcolor: "#dbe9f6", color: "#2b6cb0" };
const CALL: Look = { style: "filled", fillcolor: "#fbecd4", color: "#b7791f", peripheries: 2 };
/** How what a patch has changed looks, whatever else it is. */
const CHANGED: Readonly<Record<Change, Look>> = {
  added: { color: "#15803d", penwidth: 3 },
  replaced: { color: "#a16207", penwidth: 3 },
  dropped: { style: "dashed,rounded", fillcolor: "#ffffff", color: "#c81e1e", fontcolor: "#9ca3af" },
};
const END: Look = { style: "filled,rounded", fillcolor: "#e5e7eb", color: "#4b5563" };
const BUG: Look = { style: "filled,rounded", fillcolor: "#c81e1e", color: "#7f1d1d", fontcolor: "#ffffff" };

const NEXT: Look = { color: "#1f2937", weight: 20 };
const JUMP: Look = { color: "#c05621", fontcolor: "#c05621" };
const BACK: Look = { color: "#6b46c1", fontcolor: "#6b46c1", constraint: "false" };
const ENDS: Look = { color: "#6b7280", fontcolor: "#4b5563" };
const BREAKS: Look = { color: "#c81e1e", fontcolor: "#c81e1e" };
const WAS: Look = { color: "#c81e1e", style: "dashed", arrowhead: "none" };
const WAITS: Look = { color: "#2b6cb0", fontcolor: "#2b6cb0", style: "dashed" };

/** A path as a graph in DOT: a box for each step, a double one for each call, and where each leads under which condition. */
export function pathDot(graph: PathGraph): string {
  const ids = new Map(graph.nodes.map(({ label }, i) => [label, `s${i}`]));
  const source = [graph.file, graph.release].filter((part) => part !== undefined).join(", ");
  const title = [
    [functionOf(graph.path), source].filter(Boolean).join(", "),
    ...(graph.nodes.some(({ change }) => change)
      ? ["patch: + added (green), ! replaced (brown), - dropped (red, dashed)"]
      : []),
    "black: goes on; orange: jumps; grey: ends; dashed: waits; double box: a call",
    ...(graph.leavesOut === undefined ? [] : folded(`left out: ${graph.leavesOut}`, 72)),
    "",
  ];
  const has = (kind: PathEdge["to"]["kind"]): boolean => graph.edges.some(({ to }) => to.kind === kind);
  return layered(title, [
    node("start", { lines: [""], look: { shape: "point", width: 0.1 } }),
    ...graph.nodes.map((one, i) => node(`s${i}`, { lines: wordsOf(one), look: lookOfNode(one) })),
    ...(has("end") ? [node("end", { lines: ["done"], look: END })] : []),
    ...(has("bug") ? [node("bug", { lines: ["BUG"], look: BUG })] : []),
    edge("start", `s${graph.nodes.findIndex(({ change }) => change !== "dropped")}`, { lines: [""], look: NEXT }),
    ...graph.nodes.flatMap(({ waits }, i) =>
      waits.length > 0
        ? [edge(`s${i}`, `s${i}`, { lines: conditionOf(waits.map((wait) => [`wait: ${wait}`])), look: WAITS })]
        : [],
    ),
    ...graph.nodes.flatMap(({ change }, i) =>
      change === "dropped" && i > 0 ? [edge(`s${i - 1}`, `s${i}`, { lines: [""], look: WAS })] : [],
    ),
    ...graph.edges.map((one) => {
      const { from, to, when } = one;
      const target = to.kind === "label" ? ids.get(to.label)! : to.kind;
      return edge(ids.get(from)!, target, { lines: conditionOf(when), look: lookOf(graph, one) });
    }),
  ]);
}

const SIGNS = { added: "+ ", replaced: "! ", dropped: "- " } as const satisfies Record<Change, string>;

const lookOfNode = ({ calls, change }: PathNode): Look => ({
  ...(calls === undefined ? STEP : CALL),
  ...(change && CHANGED[change]),
});

const wordsOf = ({ label, calls, order, writes, change }: PathNode): readonly string[] => [
  ...folded(`${change ? SIGNS[change] : ""}${label}`, LABEL_WIDTH),
  ...(calls === undefined ? [] : folded(`[ calls ${functionOf(calls)} ]`, LABEL_WIDTH)),
  ...(order === undefined || order === UNQUALIFIED ? [] : [`[ ${order} ]`]),
  ...writes.flatMap((write) => folded(`[ ${write} ]`, LABEL_WIDTH)),
];

/** The ways to take an edge, a line or more for each. */
const conditionOf = (when: PathEdge["when"]): readonly string[] =>
  when.flatMap((tests, i) => {
    const words = tests.join(" && ");
    return words === "" ? [] : folded(i === 0 ? words : `or ${words}`, CONDITION_WIDTH);
  });

function lookOf({ nodes }: PathGraph, { from, to }: PathEdge): Look {
  if (to.kind === "end") return ENDS;
  if (to.kind === "bug") return BREAKS;
  const there = nodes.filter(({ change }) => change !== "dropped");
  const [at, target] = [from, to.label].map((label) => there.findIndex((one) => one.label === label)) as [
    number,
    number,
  ];
  if (target <= at) return BACK;
  return target === at + 1 ? NEXT : JUMP;
}
