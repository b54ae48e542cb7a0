import type { Anchored } from "./anchor.ts";
import { decisionAt, type Decision } from "./decision.ts";
import type { Flow } from "./events.ts";
import { END, NextSteps, shownSteps } from "./next-steps.ts";

export { END } from "./next-steps.ts";

/** A way of a path from one step to another, or to its end. */
export interface Way {
  readonly to: string;
  /** What must be true, as texts: one of these lists. */
  readonly when: readonly (readonly string[])[];
  /** What the operation of the step has found on this way, where that is a truth value. */
  readonly found?: boolean;
}

/** The ways from a label of a path, as its machine takes them; nothing where it runs nowhere yet. */
export type Ways = (label: string) => readonly Way[] | undefined;

/** Whether a path can go on from one label to another. */
export function followsBy(ways: Ways): (early: string, later: string) => boolean {
  return (early, later) => {
    if (!ways(early)) return true;
    const found = new Set<string>([early]);
    for (const label of found) for (const { to } of ways(label) ?? []) if (to !== later) found.add(to);
    return [...found].some((label) => ways(label)?.some(({ to }) => to === later) === true);
  };
}

/** How a step goes on otherwise than the source does. */
export interface Astray {
  /** Where nobody has said why. */
  readonly row?: { readonly kind: "elsewhere" | "negated"; readonly why: string };
  /** Where it leads elsewhere for the reasons that are given. */
  readonly excused: ReadonlySet<string>;
}

/** By label, and by where it leads, why it leads elsewhere than the source. */
export type Leads = Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>>;

/**
 * By label: the steps from which the path goes on to another step than the source, in which a way need not be taken; and those
 * that take the ways of a test the other way round. What the path has no way for is for `omits` to say.
 */
export function astrayIn(flow: Flow, anchored: Anchored, ways: Ways, leads: Leads): ReadonlyMap<string, Astray> {
  // What is reordered is told as that, and passed by.
  const anchors = new Map([...anchored.anchors].filter(([label]) => !anchored.reordered.has(label)));
  const steps = new NextSteps(flow, { ...anchored, anchors });
  /** Steps that are no C are passed through. */
  const inSource = (to: string, seen: Set<string>): readonly string[] => {
    if (to === END || anchors.has(to)) return [to];
    if (seen.has(to)) return [];
    seen.add(to);
    return (ways(to) ?? []).flatMap((way) => inSource(way.to, seen));
  };
  const found = new Map<string, Astray>();
  for (const [label, { events }] of anchors) {
    const own = (ways(label) ?? []).map((way) => ({ ...way, leads: inSource(way.to, new Set()) }));
    if (own.length === 0) continue;
    const excused = new Set<string>();
    /** What is not among these, and has no reason. */
    const beyond = (all: ReadonlySet<string>, targets: Iterable<string>): readonly string[] => {
      const lost = [...targets].filter((to) => !all.has(to));
      const hasReason = (to: string): boolean => leads[label]?.[to === END ? "end" : to] !== undefined;
      for (const to of lost) if (hasReason(to)) excused.add(to);
      return lost.filter((to) => !hasReason(to));
    };
    const all = steps.after(label);
    const lost = beyond(all, new Set(own.flatMap((way) => way.leads)));
    // Of several operations, the one that the label names.
    const asked = events.length === 1 ? events : events.filter(({ callee = "?" }) => label.includes(`${callee}(`));
    const isOwn = asked.length === 1 && steps.at(asked[0]!).length === 1;
    const decision = isOwn && lost.length === 0 ? decisionAt(flow, asked[0]!, own) : undefined;
    const row =
      lost.length > 0
        ? ({ kind: "elsewhere", why: `to ${shownSteps(lost)}, in C to ${shownSteps(all)}` } as const)
        : decision && atTest(decision, sidesOf(own, decision), steps, beyond);
    found.set(label, { excused, ...(row && { row }) });
  }
  return found;
}

/** Where a way out of a test is not one of the same outcome in the source. */
function atTest(
  { event }: Decision,
  sides: Sides,
  steps: NextSteps,
  beyond: (all: ReadonlySet<string>, targets: Iterable<string>) => readonly string[],
): Astray["row"] {
  for (const side of [true, false]) {
    const is = steps.afterTest(event, side);
    const wrong = beyond(is, side ? sides.yes : sides.no);
    if (wrong.length === 0) continue;
    const other = steps.afterTest(event, !side);
    return {
      kind: wrong.every((to) => other.has(to)) ? "negated" : "elsewhere",
      why: `where ${side ? "" : "not "}${event.text}: to ${shownSteps(wrong)}, in C to ${shownSteps(is)}`,
    };
  }
  return undefined;
}

interface Sides {
  readonly yes: ReadonlySet<string>;
  readonly no: ReadonlySet<string>;
}

/** Where a path goes by what the test of the source says; what it goes to both ways, or whatever it says, is left out. */
function sidesOf(ways: readonly (Way & { readonly leads: readonly string[] })[], { says, isExact }: Decision): Sides {
  const leads = (side: boolean): readonly string[] =>
    ways.filter((way) => says(way) !== !side).flatMap((way) => way.leads);
  const [yes, no] = [new Set(leads(true)), new Set(leads(false))];
  if (isExact && ways.every((way) => says(way) !== undefined)) return { yes, no };
  return {
    yes: new Set([...yes].filter((to) => !no.has(to))),
    no: new Set([...no].filter((to) => !yes.has(to))),
  };
}
