import type { Aligned } from "./align.ts";
import type { Anchor } from "./anchor.ts";
import { waysChanged } from "./drift-ways.ts";
import { orderOf, type SourceEvent } from "./events.ts";
import type { NameTable } from "./names.ts";
import type { Row, SourcePlace } from "./result.ts";

/** What became, from one tree to another, of a step of a path, or of C that is no step of it. */
export type ChangeKind =
  | "gone"
  | "appeared"
  | "renamed"
  | "moved"
  | "condition"
  | "elsewhere"
  | "negated"
  | "new"
  | "dropped";

/** One difference between two trees, in terms of a path. */
export interface Change {
  readonly kind: ChangeKind;
  /** The step; of C that is no step, nothing. */
  readonly label?: string;
  /** The C, as the later tree has it; of what is gone, as the earlier one has it. */
  readonly text?: string;
  readonly before?: SourcePlace;
  readonly after?: SourcePlace;
  /** Further places of C that is no step and is done several times. */
  readonly also?: readonly SourcePlace[];
  /** Before or after what it moved, what else it is called, what it depends on, where it leads. */
  readonly why?: string;
}

/** What changed between two trees in the functions that a path follows. */
export interface Drift {
  readonly path: string;
  /** The release that the path follows. */
  readonly release: string | undefined;
  readonly from: string;
  readonly to: string;
  /** The scenarios that run it. */
  readonly scenarios: readonly string[];
  /** In the order of the path, then what is no step of it, in the order of the source. */
  readonly changes: readonly Change[];
  /** Nothing but names differs. */
  readonly isSame: boolean;
}

/** Compares what a path found in two trees: `from` is the earlier one. */
export function driftOf(from: Aligned, to: Aligned, scenarios: readonly string[], names: NameTable): Drift {
  const steps = stepChanges(from, to, names);
  const changes = [...steps, ...otherChanges(from, to, steps, names)];
  const { path, release } = to.alignment;
  return {
    path,
    release,
    from: from.alignment.tree,
    to: to.alignment.tree,
    scenarios,
    changes,
    isSame: changes.every(({ kind }) => kind === "renamed"),
  };
}

const placeOf = ({ events: [first] }: Anchor): SourcePlace => ({
  file: first!.file,
  line: first!.line,
  function: first!.chain.at(-1)!,
});

function stepChanges(from: Aligned, to: Aligned, names: NameTable): readonly Change[] {
  const [wasIn, isIn] = [from, to].map((one) => placesIn(one, names));
  const moved = movesOf(from, to, names);
  const labels = [...new Set([...from.anchored.anchors.keys(), ...to.anchored.anchors.keys()])];
  const conditions = new Map(
    labels
      .filter((label) => wasIn!.has(label) && isIn!.has(label))
      .map((label) => [label, conditionsOf(wasIn!.get(label)!, isIn!.get(label)!, names)]),
  );
  const ways = waysChanged(from, to, (label) => moved.has(label) || conditions.get(label) !== undefined, names);
  const inPath = from.alignment.rows.flatMap(({ label }) => label ?? []);
  return labels
    .toSorted((a, b) => inPath.indexOf(a) - inPath.indexOf(b))
    .flatMap((label): readonly Change[] => {
      const [a, b] = [anchorIn(from, label, to), anchorIn(to, label, from)];
      if (!a && (!b || isElsewhere(b, names))) return [];
      if (!a) return [{ kind: "appeared", label, text: b!.events[0]!.text, after: placeOf(b!) }];
      if (!b) return [{ kind: "gone", label, text: a.events[0]!.text, before: placeOf(a) }];
      const places = { label, text: b.events[0]!.text, before: placeOf(a), after: placeOf(b) };
      const [was, is] = [a, b].map(({ events: [first] }) => first!.callee);
      const name: readonly Change[] =
        was !== undefined && is !== undefined && was !== is ? [{ kind: "renamed", ...places, why: `${is}()` }] : [];
      const move = moved.get(label);
      const way = ways.get(label);
      const condition = conditions.get(label);
      return [
        ...name,
        ...(move === undefined ? [] : [{ kind: "moved", ...places, why: move } as const]),
        ...(condition === undefined ? [] : [{ kind: "condition", ...places, why: condition } as const]),
        ...(way === undefined ? [] : [{ ...places, ...way }]),
      ];
    });
}

/** Where a step is; nothing if it has only the place of an earlier step, and has one of its own in the other tree. */
function anchorIn({ anchored: { anchors } }: Aligned, label: string, { anchored: other }: Aligned): Anchor | undefined {
  const indexIn = (all: Aligned["anchored"]["anchors"], one: string) => all.get(one)?.events[0]!.index;
  const labels = [...anchors.keys()];
  const isLost = labels
    .slice(0, Math.max(0, labels.indexOf(label)))
    .some(
      (one) =>
        indexIn(anchors, one) === indexIn(anchors, label) &&
        other.anchors.has(label) &&
        indexIn(other.anchors, one) !== indexIn(other.anchors, label),
    );
  return isLost ? undefined : anchors.get(label);
}

/** Whether a label says in which function it is, and what was found for it is in one that this function calls. */
function isElsewhere({ wanted: { label }, events: [first] }: Anchor, names: NameTable): boolean {
  const inner = /^(?:\w+\(\): )*(\w+)\(\): /.exec(label)?.[1];
  const { chain } = first!;
  return inner !== undefined && chain.slice(0, -1).some((fn) => names.does(fn, inner) === "is");
}

/** Which steps have changed places: as few as explain all pairs that stand the other way round. */
function movesOf(from: Aligned, to: Aligned, names: NameTable): ReadonlyMap<string, string> {
  const [wasIn, isIn] = [from, to].map((one) => placesIn(one, names));
  const both = [...from.anchored.anchors.keys()].flatMap((label) => {
    const [was, is] = [wasIn!.get(label), isIn!.get(label)];
    return was && is ? [{ label, was, is, at: is[0]!.index }] : [];
  });
  const [wasBefore, isBefore] = [from, to].map(({ flow }) => orderOf(flow)) as [Order, Order];
  // Between functions that are read one after the other, without a call from one to the other, there is no order.
  const strictly = (order: Order, some: readonly SourceEvent[], others: readonly SourceEvent[]): boolean =>
    some.every((a) =>
      others.every((b) => a.chain[0] === b.chain[0] && order(a.index, b.index) && !order(b.index, a.index)),
    );
  // Those that came one after the other, and come the other way round.
  let turned = both.flatMap((first) =>
    both
      .filter((later) => strictly(wasBefore, first.was, later.was) && strictly(isBefore, later.is, first.is))
      .map((later) => ({ first, later })),
  );
  const moves = new Map<string, string>();
  while (turned.length > 0) {
    const count = ({ label }: { readonly label: string }): number =>
      turned.filter(({ first, later }) => first.label === label || later.label === label).length;
    // Of two that are in as many pairs, the one that comes earlier now: what was moved up can be too early.
    const [moving] = both.toSorted((a, b) => count(b) - count(a) || a.at - b.at);
    const passed = turned.filter(({ first, later }) => first === moving || later === moving);
    const up = passed.filter(({ later }) => later === moving).map(({ first }) => first);
    const down = passed.filter(({ first }) => first === moving).map(({ later }) => later);
    const over = up.length > 0 ? up.toSorted((a, b) => a.at - b.at)[0]! : down.toSorted((a, b) => b.at - a.at)[0]!;
    moves.set(moving!.label, `now ${up.length > 0 ? "before" : "after"} ${over.label}`);
    turned = turned.filter((pair) => !passed.includes(pair));
  }
  return moves;
}

type Order = (first: number, later: number) => boolean;

/**
 * Where each step is, its own place first: a call that is made in other places too, which are no steps, may as well be the
 * step there, as where a way out has an unlock_page() of its own.
 */
function placesIn({ anchored, flow }: Aligned, names: NameTable): ReadonlyMap<string, readonly SourceEvent[]> {
  const steps = new Set([...anchored.anchors.values()].flatMap(({ events }) => events.map(codeOf)));
  const callee = (event: SourceEvent): string | undefined => event.callee && names.canonical(event.callee);
  return new Map(
    [...anchored.anchors].map(
      ([
        label,
        {
          events: [first],
        },
      ]) => {
        const others = flow.events.filter(
          (one) => callee(one) !== undefined && callee(one) === callee(first!) && !steps.has(codeOf(one)),
        );
        return [label, [first!, ...others]];
      },
    ),
  );
}

/** The same for all that is read of one piece of C, as of a function that is called twice. */
const codeOf = ({ file, line, text }: Pick<SourceEvent, "file" | "line" | "text">): string => `${file}:${line} ${text}`;

/** What a step stands under now and did not, and did and does not; nothing if one of its places stands under the same. */
function conditionsOf(from: readonly SourceEvent[], to: readonly SourceEvent[], names: NameTable): string | undefined {
  const chainOf = ({ chain }: SourceEvent): string => chain.map((name) => names.canonical(name)).join();
  // Where it has gone to another function, its conditions are said in other words.
  if (chainOf(from[0]!) !== chainOf(to[0]!)) return undefined;
  const [was, is] = [from, to].map(([first]) => conditionsBy(first!, names));
  const all = (event: SourceEvent): string => [...conditionsBy(event, names).keys()].join("\n");
  if (from.some((a) => to.some((b) => chainOf(a) === chainOf(b) && all(a) === all(b)))) return undefined;
  const [added, lost] = [
    [...is!].filter(([one]) => !was!.has(one)).map(([, one]) => one),
    [...was!].filter(([one]) => !is!.has(one)).map(([, one]) => one),
  ];
  const said = [
    ...(added.length > 0 ? [`now under ${added.join(", ")}`] : []),
    ...(lost.length > 0 ? [`${added.length > 0 ? "was" : "no longer"} under ${lost.join(", ")}`] : []),
  ];
  return said.length > 0 ? said.join("; ") : undefined;
}

/** Without what the compiler expects, and without where a value is kept: `vmf->page` is the `page` of another release. */
const plain = (condition: string, names: NameTable): string =>
  names.normal(condition.replaceAll(/\b(?:un)?likely\b|\w+(?:\([^()]*\))?->/g, "").replaceAll(/[()]/g, " "));

/** Conditions by what tells them apart. Of loops it only counts whether there is one, whatever ends it. */
function conditionsBy({ under, isInLoop }: SourceEvent, names: NameTable): ReadonlyMap<string, string> {
  const isLoop = (one: string): boolean => /^(?:for|while|do)\b/.test(one);
  const loop: readonly (readonly [string, string])[] = isInLoop ? [["loop", under.find(isLoop) ?? "a loop"]] : [];
  return new Map([...loop, ...under.filter((one) => !isLoop(one)).map((one) => [plain(one, names), one] as const)]);
}

/** What is no step of the path, and is in one of the trees only. */
function otherChanges(from: Aligned, to: Aligned, steps: readonly Change[], names: NameTable): readonly Change[] {
  // A step that was lost is told as that, not also as C that is no step.
  const told = (kind: ChangeKind): readonly string[] =>
    steps.filter((one) => one.kind === kind).map(({ text }) => keyOf(text!, names));
  return [
    ...alike(beyond(to, from, told("gone"), names), names).map(([row, ...also]): Change => ({
      kind: "new",
      ...partsOf(row!),
      after: row!.place!,
      ...placesOf(also),
    })),
    ...alike(beyond(from, to, told("appeared"), names), names).map(([row, ...also]): Change => ({
      kind: "dropped",
      text: row!.text!,
      before: row!.place!,
      ...placesOf(also),
    })),
  ];
}

const partsOf = ({ text, why, kind }: Row): Pick<Change, "text" | "why"> => ({
  text: text!,
  ...(kind === "new" && why !== undefined && { why }),
});

const placesOf = (also: readonly Row[]): Pick<Change, "also"> =>
  also.length > 0 ? { also: also.map(({ place }) => place!) } : {};

/** Rows that say the same together, in the order of their first. */
function alike(rows: readonly Row[], names: NameTable): readonly (readonly Row[])[] {
  const key = ({ text }: Row): string => keyOf(text!, names);
  return [...new Set(rows.map(key))].map((one) => rows.filter((row) => key(row) === one));
}

/** The rows of one tree that the other has not, as often as it is there. */
function beyond(one: Aligned, other: Aligned, told: readonly string[], names: NameTable): readonly Row[] {
  const isOther = ({ kind }: Row): boolean => kind === "new" || kind === "omitted";
  const rowsOf = (aligned: Aligned): readonly Row[] => beyondSteps(aligned, aligned.alignment.rows.filter(isOther));
  const left = [...rowsOf(other).map(({ text }) => keyOf(text!, names)), ...told];
  // A function that is read in one tree, to look for a step, and only called in the other, is no difference.
  const called = new Set(
    other.flow.events.flatMap(({ callee }) => (callee === undefined ? [] : names.canonical(callee))),
  );
  const followed = new Set(other.flow.functions.map((name) => names.canonical(name)));
  const chains = new Map(one.flow.events.map(({ file, line, chain }) => [`${file}:${line}`, chain]));
  const isOnlyCalled = ({ place }: Row): boolean =>
    (chains.get(`${place!.file}:${place!.line}`) ?? [])
      .map((name) => names.canonical(name))
      .some((name) => called.has(name) && !followed.has(name));
  return rowsOf(one).filter((row) => {
    const at = left.indexOf(keyOf(row.text!, names));
    if (at >= 0) left.splice(at, 1);
    return at < 0 && !isOnlyCalled(row);
  });
}

/** Rows by the C that they are, each once, without C that is a step where it is read another time. */
function beyondSteps({ anchored }: Aligned, rows: readonly Row[]): readonly Row[] {
  const seen = new Set([...anchored.anchors.values()].flatMap(({ events }) => events.map(codeOf)));
  return rows.filter(({ text, place }) => {
    const code = codeOf({ ...place!, text: text! });
    const isFirst = !seen.has(code);
    seen.add(code);
    return isFirst;
  });
}

/** A call by what it calls, under its oldest name, whatever it is given; anything else as it is written. */
function keyOf(text: string, names: NameTable): string {
  const call = /^[!\s(*]*([A-Za-z_]\w*)\(/.exec(text)?.[1];
  return call === undefined ? names.normal(text) : `${names.canonical(call)}()`;
}
