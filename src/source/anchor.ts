import { orderOf, type Flow, type SourceEvent } from "./events.ts";
import type { NameTable } from "./names.ts";
import { fits, type Pattern } from "./pattern.ts";

/** A label, and what it is looked for by: the first of the patterns is its place, all must be found. */
export interface Wanted {
  readonly label: string;
  readonly patterns: readonly Pattern[];
  /** It was written down in `at`, so that several labels may have one place. */
  readonly isSaid: boolean;
}

/** Where a label is in the source. */
export interface Anchor {
  readonly wanted: Wanted;
  readonly events: readonly SourceEvent[];
  readonly isRenamed: boolean;
}

export interface Anchored {
  readonly anchors: ReadonlyMap<string, Anchor>;
  /** By label: the pattern that is not found, and the places that others have taken. */
  readonly missing: ReadonlyMap<string, { readonly pattern: Pattern; readonly taken: number }>;
  /** By label: the label that it should come after, and comes before. */
  readonly reordered: ReadonlyMap<string, string>;
}

interface Candidate {
  readonly event: SourceEvent;
  readonly score: number;
}

/** The events that a pattern may mean, in the order of the source. `strict`: what it says about where must be true. */
export function candidatesOf(
  pattern: Pattern,
  { events }: Flow,
  names: NameTable,
  strict: boolean,
): readonly Candidate[] {
  const known = (context: string): boolean =>
    events.some(({ chain, label }) => label === context || chain.some((fn) => names.does(fn, context) === "is"));
  const contexts = strict ? pattern.contexts : pattern.contexts.filter(known);
  const all = events
    .filter(({ kind }) => kind !== "join")
    .filter(({ chain, label }) =>
      contexts.every((one) => label === one || chain.some((fn) => names.does(fn, one) === "is")),
    )
    .map((event) => ({ event, score: fits(pattern, event, names) }))
    .filter(({ score }) => score > 0);
  if (pattern.number === undefined) return all;
  const one = all[pattern.number - 1];
  return one ? [one] : [];
}

/** Whether a path can go on from one label to another: it is asked only where the source has them the other way round. */
export type Follows = (early: string, later: string) => boolean;

/** Finds a place for each label, so that as many as can be stand in the order of the path. */
export function anchor(wanted: readonly Wanted[], flow: Flow, names: NameTable, follows: Follows): Anchored {
  const candidates = wanted.map(({ patterns: [first], isSaid }) => candidatesOf(first!, flow, names, isSaid));
  const chosen = inOrder(candidates, wanted);
  const taken = new Map<number, number>();
  chosen.forEach((event, i) => event !== undefined && taken.set(event, i));
  const late = new Set<number>();
  // Another turn of a loop comes before what the first turn has done behind it.
  const again = new Set<number>();
  wanted.forEach(({ isSaid }, i) => {
    if (chosen[i] !== undefined) return;
    const free = candidates[i]!.find(({ event }) => !taken.has(event.index));
    const shared = candidates[i]!.find(({ event }) => isSaid || event.isInLoop);
    const found = free ?? shared;
    if (!found) return;
    chosen[i] = found.event.index;
    if (free) taken.set(found.event.index, i);
    (free || isSaid ? late : again).add(i);
  });

  const anchors = new Map<string, Anchor>();
  const missing = new Map<string, { pattern: Pattern; taken: number }>();
  wanted.forEach((one, i) => {
    const index = chosen[i];
    if (index === undefined) {
      missing.set(one.label, { pattern: one.patterns[0]!, taken: candidates[i]!.length });
      return;
    }
    const events = [flow.events[index]!];
    for (const more of one.patterns.slice(1)) {
      const found = candidatesOf(more, flow, names, true);
      const other = found.find(({ event }) => !taken.has(event.index)) ?? found[0];
      if (!other) {
        missing.set(one.label, { pattern: more, taken: 0 });
        return;
      }
      events.push(other.event);
      taken.set(other.event.index, i);
    }
    anchors.set(one.label, { wanted: one, events, isRenamed: isRenamed(one, events[0]!, names) });
  });
  return {
    anchors,
    missing,
    reordered: reorderedOf(
      wanted,
      chosen.map((one, i) => (again.has(i) ? undefined : one)),
      late,
      flow,
      follows,
    ),
  };
}

/** A call whose own name the label does not have. */
function isRenamed({ patterns: [first] }: Wanted, { callee }: SourceEvent, names: NameTable): boolean {
  const { what } = first!;
  return (
    what.kind === "call" && callee !== undefined && callee !== what.callee && names.does(callee, what.callee) === "is"
  );
}

/** For as many labels as possible, the best first: an event each, none before that of an earlier label. */
function inOrder(candidates: readonly (readonly Candidate[])[], wanted: readonly Wanted[]): (number | undefined)[] {
  // By the last event that is used: the best sum, and what was chosen on the way.
  let best: readonly { readonly last: number; readonly sum: number; readonly way: Way | undefined }[] = [
    { last: -1, sum: 0, way: undefined },
  ];
  candidates.forEach((some, i) => {
    const next = new Map(best.map((one) => [one.last, one]));
    for (const { event, score } of some)
      for (const one of best) {
        const isShared = wanted[i]!.isSaid && one.last === event.index;
        if (one.last >= event.index && !isShared) continue;
        const sum = one.sum + 100 + score;
        const known = next.get(event.index);
        if (known && known.sum >= sum) continue;
        next.set(event.index, { last: event.index, sum, way: { label: i, event: event.index, before: one.way } });
      }
    best = [...next.values()];
  });
  const chosen: (number | undefined)[] = candidates.map(() => undefined);
  let way = best.toSorted((a, b) => b.sum - a.sum || a.last - b.last)[0]?.way;
  for (; way; way = way.before) chosen[way.label] = way.event;
  return chosen;
}

interface Way {
  readonly label: number;
  readonly event: number;
  readonly before: Way | undefined;
}

/** Labels that stand where they do not follow, in the source, the label that they follow in the path: along its branches, loops and jumps. */
function reorderedOf(
  wanted: readonly Wanted[],
  chosen: readonly (number | undefined)[],
  late: ReadonlySet<number>,
  flow: Flow,
  follows: Follows,
): ReadonlyMap<string, string> {
  const isBefore = orderOf(flow);
  const isAgainst = (early: number, later: number): boolean => {
    const [a, b] = [chosen[early], chosen[later]];
    if (a === undefined || b === undefined || a === b || !isBefore(b, a) || isBefore(a, b)) return false;
    // A way out that several steps share is where the last of them says, too.
    if (chosen.some((one, i) => (one === a && i > later) || (one === b && i < early))) return false;
    return follows(wanted[early]!.label, wanted[later]!.label);
  };
  const found = new Map<string, string>();
  const indices = [...wanted.keys()];
  // Those that had to be put somewhere first: of two that have changed places, one is said to have moved.
  for (const i of [...indices.filter((one) => late.has(one)), ...indices.filter((one) => !late.has(one))]) {
    if (found.has(wanted[i]!.label)) continue;
    const before = indices.slice(0, i).find((one) => isAgainst(one, i) && !found.has(wanted[one]!.label));
    const after = indices.slice(i + 1).find((one) => isAgainst(i, one) && !found.has(wanted[one]!.label));
    if (before !== undefined) found.set(wanted[i]!.label, `before ${wanted[before]!.label}`);
    else if (after !== undefined) found.set(wanted[i]!.label, `after ${wanted[after]!.label}`);
  }
  return found;
}
