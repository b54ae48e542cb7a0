import { DEFAULT_MEMORY, type MemoryModel } from "../../model/memory.ts";
import type { Seen } from "../../machine/trace.ts";
import { edge, folded, layered, node, type Look } from "./graph-dot.ts";
import type { StateEdge, StateGraph, StateNode, Subject } from "./state-graph.ts";
import { memoryNotes, plural, showChange, showHeld, showRead } from "../phrases.ts";

const LABEL_WIDTH = 44;
// From here on Graphviz would take minutes to do it better.
const LARGE = 500;
const QUICK: Look = { nslimit: 1, nslimit1: 1, maxiter: 20, mclimit: 0.1, splines: "line" };

const RED = "#c81e1e";
const GREEN = "#1f7a3a";
const GREY = "#6b7280";

/** A graph of states in DOT: a box for each state, and what a step changes beside its line. */
export function stateDot(
  graph: StateGraph,
  run: string,
  subject: Subject | undefined,
  memory: MemoryModel = DEFAULT_MEMORY,
): string {
  const nodes = graph.nodes.map((one, i) =>
    node(`s${i}`, {
      lines: wordsOf(one, i, isGood(subject)),
      tooltip: one.all.join(", "),
      look: lookOf(one, isGood(subject)),
    }),
  );
  const failures = graph.edges.flatMap(({ failed }, i) =>
    failed ? [node(`x${i}`, { lines: [failed.check], tooltip: failed.reason, look: FAILED })] : [],
  );
  const leaving: StateEdge[][] = graph.nodes.map(() => []);
  for (const one of graph.edges) leaving[one.from]!.push(one);
  const edges = graph.edges.map((one, i) =>
    edge(`s${one.from}`, one.to === undefined ? `x${i}` : `s${one.to}`, {
      lines: [...deltasOf(leaving[one.from]!, one), ...(one.isHit ? folded(`<-- ${hitOf(subject)}`, LABEL_WIDTH) : [])],
      look: lineOf(graph, one, isGood(subject)),
    }),
  );
  const starts = graph.nodes.flatMap(({ isInitial }, i) =>
    isInitial
      ? [node(`i${i}`, { lines: [""], look: { shape: "point", width: 0.1 } }), edge(`i${i}`, `s${i}`, { lines: [""] })]
      : [],
  );
  const look = graph.nodes.length > LARGE ? QUICK : {};
  return layered([...titleOf(graph, run, subject, memory), ""], [...nodes, ...failures, ...starts, ...edges], look);
}

/** What a reader has to know of a graph under LKMM. */
/** What only a picture of this memory model has to explain. */
const LEGENDS: { readonly [M in MemoryModel]: readonly string[] } = {
  sc: [],
  tso: [],
  lkmm: [
    "stores are in coherence order",
    "a step that concerns its own CPU alone comes before all others",
    "the axioms of LKMM allow the bold run; other runs were not checked against them",
  ],
};

const isGood = (subject: Subject | undefined): boolean =>
  typeof subject?.spec === "object" && subject.spec.kind === "sometimes";

/** `violates no-stale-pte` */
const hitOf = (subject: Subject | undefined): string => {
  const name = typeof subject?.spec === "object" ? subject.spec.name : subject?.spec;
  return `${isGood(subject) ? "meets" : "violates"} ${name}`;
};

function titleOf(
  { nodes, edges, states, isWhole }: StateGraph,
  run: string,
  subject: Subject | undefined,
  memory: MemoryModel,
): readonly string[] {
  const hit = hitOf(subject);
  const all = states === undefined ? "more states than were followed" : plural(states, "state");
  const counts = isWhole
    ? `${plural(nodes.length, "state")}, ${plural(edges.length, "transition")}`
    : `the shortest run that ${hit}, and each step off it; ${all} in all`;
  const knows = nodes.some(({ canHit }) => canHit === false);
  const legend = [
    ...(subject?.schedule ? [`bold: the shortest run that ${hit}`] : []),
    ...(knows
      ? [
          isGood(subject)
            ? "red: from here, nothing meets it any more"
            : "fine: from here, nothing violates it any more",
        ]
      : []),
    "double box: done",
    "octagon: stuck, or a failed check",
    ...LEGENDS[memory],
  ];
  return [...folded(run, 100), ...folded(counts, 100), ...folded(legend.join("; "), 100)];
}

const wordsOf = ({ end, matters, held, canHit }: StateNode, i: number, good: boolean): readonly string[] => [
  [i, end, canHit === false && !good ? "fine" : undefined].filter((word) => word !== undefined).join(" "),
  ...[...matters.map(([cell, value]) => showRead({ field: cell.name, value })), ...held.flatMap(showHeld)].flatMap(
    (words) => folded(words, LABEL_WIDTH),
  ),
];

/**
 * `CPU1 unlock_page(page)`, what it read where there was a choice, what it changed of what the threads share, and how that
 * differs from sequential consistency.
 */
function deltasOf(leaving: readonly StateEdge[], { account }: StateEdge): readonly string[] {
  const { thread, label, changes, reads } = account;
  const others = leaving.filter((one) => one.account.thread === thread).flatMap((one) => one.account.reads);
  const isChosen = ({ field, value }: Seen): boolean =>
    others.some((other) => other.field === field && other.value !== value);
  const chosen = reads.filter((read) => isChosen(read) || read.unseen).map(showRead);
  const shared = changes.filter(({ scope }) => scope !== "local").map(showChange);
  const notes = memoryNotes(account).map((note) => `(${note})`);
  return [`CPU${thread} ${label}`, ...chosen, ...shared, ...notes].flatMap((words) => folded(words, LABEL_WIDTH));
}

const FAILED: Look = { shape: "octagon", style: "filled", fillcolor: RED, color: "#7f1d1d", fontcolor: "#ffffff" };

function lookOf({ isOnPath, isHit, canHit, end }: StateNode, good: boolean): Look {
  const hit = good ? GREEN : RED;
  const fill = isHit ? (good ? "#dcf5e3" : "#fbc8c8") : canHit === false ? (good ? "#fde2e2" : "#e9f7ed") : "#ffffff";
  const line = isHit || isOnPath ? hit : canHit === false ? (good ? RED : GREEN) : GREY;
  return {
    style: "filled,rounded",
    fillcolor: fill,
    color: line,
    ...(isOnPath && { penwidth: 2.5 }),
    ...(end === "done" && { peripheries: 2 }),
    ...(end === "stuck" && { shape: "octagon", style: "filled" }),
  };
}

function lineOf({ nodes }: StateGraph, { to, isOnPath }: StateEdge, good: boolean): Look {
  if (isOnPath) return { color: good ? GREEN : RED, penwidth: 3, weight: 50 };
  if (to !== undefined && nodes[to]!.canHit === false) {
    const colour = good ? RED : GREEN;
    return { color: colour, fontcolor: colour, penwidth: 0.8, style: "dashed" };
  }
  return { color: GREY, fontcolor: "#374151", penwidth: 0.8 };
}
