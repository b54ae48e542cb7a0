import { conditionsOf, type Naming } from "../../analysis/conditions.ts";
import { effectsOfStep } from "../../analysis/step-effects.ts";
import { foundAt, treeOf, type Leaf } from "../../analysis/decision-tree.ts";
import type { Cell } from "../../model/access.ts";
import { changesOf, type Change } from "../../model/patch.ts";
import type { Frame, Program, ProgramThread, Point } from "../../machine/program.ts";
import { DONE } from "../../machine/state.ts";

/** One path as the state machine it is, for those who check it against the source. */
export interface PathGraph {
  readonly path: string;
  readonly file?: string;
  readonly release?: string;
  readonly leavesOut?: string;
  /** In the order they run in; of a patched path, those that the patch has dropped too. */
  readonly nodes: readonly PathNode[];
  readonly edges: readonly PathEdge[];
}

export interface PathNode {
  readonly label: string;
  /** The path that the entry calls. */
  readonly calls?: string;
  /** The step's memory order and, as C would write them, what it does to shared fields. */
  readonly order?: string;
  readonly writes: readonly string[];
  /** What must be true for a step not to wait; empty if it never waits. */
  readonly waits: readonly string[];
  /** What a patch on the path has done to it. */
  readonly change?: Change;
}

export interface PathEdge {
  /** The label it leaves. */
  readonly from: string;
  readonly to: Target;
  /** The ways to take it, each as tests that all hold; a single empty one if it is always taken. */
  readonly when: readonly (readonly string[])[];
}

/** Another entry of the path, its end, or a bugOn() that fires. */
export type Target =
  | { readonly kind: "label"; readonly label: string }
  | { readonly kind: "end" }
  | { readonly kind: "bug" };

/** One activation of a path: the thread that runs it, and its frame. */
interface Activation {
  readonly thread: ProgramThread;
  readonly frame: Frame;
}

/** Every path that a machine's threads run, by name, each with the first place it is run at; callers first. */
export function activationsOf(program: Program): ReadonlyMap<string, Activation> {
  const found = new Map<string, Activation>();
  const visit = (thread: ProgramThread, frame: Frame): void => {
    if (!found.has(frame.path.name)) found.set(frame.path.name, { thread, frame });
    for (const callee of frame.callees.values()) visit(thread, callee);
  };
  for (const thread of program.threads) visit(thread, thread.root);
  return found;
}

/**
 * The graph of one activation, from the decision trees of its steps. Branches that leave a field's range, break a
 * guard or follow a null pointer are limits of the model and not drawn.
 */
export function pathGraphOf({ thread, frame }: Activation): PathGraph {
  const { path } = frame;
  const points = [...thread.points.entries()];
  const own = points.filter(([, point]) => point.frame === frame);
  const changes = changesOf(path);
  const labels = changes.size > 0 ? [...changes.keys()] : path.labels;
  const nodes = labels.map((label): PathNode => {
    const change = changes.get(label);
    const changed = change && { change };
    if (change === "dropped") return { label, writes: [], waits: [], change };
    const callee = frame.callees.get(label);
    if (callee) return { label, calls: callee.path.name, writes: [], waits: [], ...changed };
    const [index, point] = own.find(([, one]) => one.label === label)!;
    const naming = namingIn(thread, frame);
    const tree = treeOf(thread, index);
    const waits = conditionsOf(tree, (leaf) => (isNoise(leaf) ? undefined : leaf.kind), naming).get("blocked") ?? [];
    return {
      label,
      order: point.step.order,
      writes: effectsOfStep(tree, naming),
      waits: waits.map((tests) => tests.join(" && ")),
      ...changed,
    };
  });
  return {
    path: path.name,
    ...(path.about.file !== undefined && { file: path.about.file }),
    ...(path.about.release !== undefined && { release: path.about.release }),
    ...(path.about.leavesOut !== undefined && { leavesOut: path.about.leavesOut }),
    nodes,
    edges: path.labels.flatMap((label) => {
      const callee = frame.callees.get(label);
      return callee ? callEdges(thread, frame, label, callee) : stepEdges(thread, frame, own, label);
    }),
  };
}

/** A way from one label to another, with what the operation there has found, where that is a truth value. */
export interface PathWay extends Pick<PathEdge, "to" | "when"> {
  readonly found?: boolean;
}

/** The ways from each label of one activation: the edges of its graph, apart for what operations have found. */
export function waysOf({ thread, frame }: Activation): ReadonlyMap<string, readonly PathWay[]> {
  const own = [...thread.points.entries()].filter(([, point]) => point.frame === frame);
  return new Map(
    frame.path.labels.map((label) => {
      const callee = frame.callees.get(label);
      return [label, callee ? callEdges(thread, frame, label, callee) : stepWays(thread, frame, own, label)] as const;
    }),
  );
}

function stepWays(
  thread: ProgramThread,
  frame: Frame,
  own: readonly (readonly [number, Point])[],
  label: string,
): readonly PathWay[] {
  const [index] = own.find(([, point]) => point.label === label)!;
  const name = targetNamer(thread, frame);
  const ways = new Map<string, PathWay>();
  const named = (leaf: Leaf): string | undefined => {
    const target = name(leaf);
    const to = target === undefined ? undefined : parseTarget(target);
    if (!to) return undefined;
    const found = foundAt(leaf);
    const key = `${String(found)} ${target!}`;
    if (!ways.has(key)) ways.set(key, { to, when: [], ...(found !== undefined && { found }) });
    return key;
  };
  const found = conditionsOf(treeOf(thread, index), named, namingIn(thread, frame));
  return [...found].map(([key, when]) => ({ ...ways.get(key)!, when }));
}

function stepEdges(
  thread: ProgramThread,
  frame: Frame,
  own: readonly (readonly [number, Point])[],
  label: string,
): readonly PathEdge[] {
  const [index] = own.find(([, point]) => point.label === label)!;
  const found = conditionsOf(treeOf(thread, index), targetNamer(thread, frame), namingIn(thread, frame));
  return [...found].flatMap(([to, when]) => {
    const target = parseTarget(to);
    return target ? [{ from: label, to: target, when }] : [];
  });
}

/** A call is left from the steps of the callee that end it; which these are is its condition, where there is a choice. */
function callEdges(thread: ProgramThread, frame: Frame, label: string, callee: Frame): readonly PathEdge[] {
  const ways = new Map<string, (readonly string[])[]>();
  for (const [index, point] of thread.points.entries()) {
    if (!isWithin(point.frame, callee)) continue;
    const found = conditionsOf(
      treeOf(thread, index),
      targetNamer(thread, frame, callee),
      namingIn(thread, point.frame),
    );
    for (const [to, when] of found) {
      if (!parseTarget(to)) continue;
      // Several ways out of one step to one place are told apart by nothing that matters here.
      const tests = when.length > 1 || found.size === 1 ? "" : `: ${when.flat().join(" && ")}`;
      ways.set(to, [...(ways.get(to) ?? []), [`after ${point.label}${tests}`]]);
    }
  }
  return [...ways].map(([to, when]) => ({
    from: label,
    to: parseTarget(to)!,
    when: ways.size === 1 ? [[]] : when,
  }));
}

/** Names where a leaf leads as seen from `frame`; what stays inside `callee` is not seen. */
function targetNamer(thread: ProgramThread, frame: Frame, callee?: Frame): (leaf: Leaf) => string | undefined {
  return (leaf) => {
    if (isNoise(leaf)) return undefined;
    if (leaf.kind === "violation") return callee ? INSIDE : "bug";
    if (leaf.kind !== "moved") return INSIDE;
    const next = leaf.next === DONE ? undefined : thread.points[leaf.next]!;
    if (!next) return "end";
    if (callee && isWithin(next.frame, callee)) return INSIDE;
    const label = labelIn(next, frame);
    return label === undefined ? "end" : `to ${label}`;
  };
}

const INSIDE = "inside";

const isNoise = (leaf: Leaf): boolean =>
  leaf.kind === "broken" || (leaf.kind === "violation" && leaf.check !== "no-bug");

function parseTarget(name: string): Target | undefined {
  if (name === INSIDE) return undefined;
  return name === "end" || name === "bug" ? { kind: name } : { kind: "label", label: name.slice("to ".length) };
}

/** The label of `frame` that a point belongs to: its own step, or the call it is in. */
function labelIn(point: Point, frame: Frame): string | undefined {
  let { label } = point;
  for (let at: Frame | undefined = point.frame; at; at = at.caller?.frame) {
    if (at === frame) return label;
    label = at.caller?.label ?? label;
  }
  return undefined;
}

function isWithin(frame: Frame, outer: Frame): boolean {
  for (let at: Frame | undefined = frame; at; at = at.caller?.frame) if (at === outer) return true;
  return false;
}

/** Names fields as the path itself does: its locals without the thread, and what a local points at by `->`. */
function namingIn(thread: ProgramThread, frame: Frame): Naming {
  const prefix = prefixOf(thread, frame);
  const isOwn = (cell: Cell): boolean => cell.isLocal && cell.name.startsWith(prefix);
  return {
    isPointer: (cell) => isOwn(cell) && cell.isPointer === true,
    name: (cell, known) => {
      if (isOwn(cell)) return cell.name.slice(prefix.length);
      for (const [target, pointer] of known)
        if (cell.name.startsWith(`${target}.`)) return `${pointer}->${cell.name.slice(target.length + 1)}`;
      return cell.name;
    },
  };
}

const prefixOf = (thread: ProgramThread, { caller }: Frame): string =>
  caller ? `${prefixOf(thread, caller.frame)}${caller.label}.` : `${thread.name}.`;
