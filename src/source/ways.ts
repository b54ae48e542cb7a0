import type { Anchored } from "./anchor.ts";
import { decisionAt, type Decision } from "./decision.ts";
import type { Flow } from "./events.ts";
import { END, NextSteps } from "./next-steps.ts";

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
  readonly kind: "elsewhere" | "negated";
  readonly why: string;
}

/**
 * By label: the steps from which the path goes on to another step than the source, in which a way need not be taken; and those
 * that take the ways of a test the other way round. What the path has no way for is for `omits` to say.
 */
export function astrayIn(flow: Flow, anchored: Anchored, ways: Ways): ReadonlyMap<string, Astray> {
  const { anchors } = anchored;
  const steps = new NextSteps(flow, anchored);
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
    const all = steps.after(label);
    const lost = own.flatMap(({ leads }) => leads).filter((to) => !all.has(to));
    if (lost.length > 0) {
      found.set(label, { kind: "elsewhere", why: `to ${said(lost)}, in C to ${said(all)}` });
      continue;
    }
    const isAlone = events.length === 1 && steps.at(events[0]!).length === 1;
    const decision = isAlone ? decisionAt(flow, events[0]!, own) : undefined;
    if (!decision) continue;
    const sides = sidesOf(own, decision);
    for (const side of [true, false]) {
      const [is, other] = [side, !side].map((when) => steps.afterTest(decision.event, when));
      const wrong = [...sides[side ? "yes" : "no"]].filter((to) => !is!.has(to));
      if (wrong.length === 0) continue;
      const test = side ? decision.event.text : `not ${decision.event.text}`;
      const kind = wrong.every((to) => other!.has(to)) ? "negated" : "elsewhere";
      found.set(label, { kind, why: `where ${test}: to ${said(wrong)}, in C to ${said(is!)}` });
      break;
    }
  }
  return found;
}

const said = (labels: Iterable<string>): string =>
  [...new Set(labels)].map((label) => (label === END ? "its end" : label)).join(", ");

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
