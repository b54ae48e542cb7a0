import type { Aligned } from "./align.ts";
import type { Anchor } from "./anchor.ts";
import { testAt, type Test } from "./decision.ts";
import { NextSteps, shownSteps } from "./next-steps.ts";
import type { NameTable } from "./names.ts";

/** What became of where a step leads, or of what it asks. */
export interface WaysChange {
  readonly kind: "elsewhere" | "negated" | "condition";
  readonly why: string;
}

/**
 * By label, of steps that are in the same functions of both trees: those that lead to other steps than they did, by what they say
 * where they are tests. What has moved, stands under other conditions, or is a step in one of the trees alone, is told, and passed by.
 */
export function waysChanged(
  from: Aligned,
  to: Aligned,
  isTold: (label: string) => boolean,
  names: NameTable,
): ReadonlyMap<string, WaysChange> {
  const chainOf = ({ events: [first] }: Anchor): string => first!.chain.map((name) => names.canonical(name)).join();
  const both = [...from.anchored.anchors].filter(([label, anchor]) => {
    const other = to.anchored.anchors.get(label);
    return other !== undefined && !isTold(label) && chainOf(other) === chainOf(anchor);
  });
  const labels = new Set(both.map(([label]) => label));
  const nextIn = ({ flow, anchored }: Aligned): NextSteps =>
    new NextSteps(flow, { ...anchored, anchors: new Map([...anchored.anchors].filter(([one]) => labels.has(one))) });
  const [was, is] = [nextIn(from), nextIn(to)];
  const changes = new Map<string, WaysChange>();
  for (const [label, anchor] of both) {
    const old = testAt(from.flow, anchor.events[0]!);
    const now = testAt(to.flow, to.anchored.anchors.get(label)!.events[0]!);
    const change =
      old && now
        ? testChanged({ test: old, steps: was }, { test: now, steps: is }, names)
        : elsewhere(was.after(label), is.after(label));
    if (change) changes.set(label, change);
  }
  return changes;
}

interface Tested {
  readonly test: Test;
  readonly steps: NextSteps;
}

function testChanged(was: Tested, is: Tested, names: NameTable): WaysChange | undefined {
  // `a != b` goes where `a == b` does not.
  const after = ({ test: { event, isPlain }, steps }: Tested, side: boolean): ReadonlySet<string> =>
    steps.afterTest(event, side === isPlain);
  const [yes, no] = [true, false].map((side) => ({ was: after(was, side), is: after(is, side) })) as [Sides, Sides];
  if (!isSame(yes.was, no.was) && isSame(yes.was, no.is) && isSame(no.was, yes.is))
    return { kind: "negated", why: `${is.test.event.text}: to ${shownSteps(is.steps.afterTest(is.test.event, true))}` };
  const change = elsewhere(yes.was, yes.is) ?? elsewhere(no.was, no.is);
  if (change) return change;
  const [before, later] = [was, is].map(({ test: { event } }) => event.text);
  return isOtherwise(before!, later!, names) ? { kind: "condition", why: `asks ${later}, asked ${before}` } : undefined;
}

interface Sides {
  readonly was: ReadonlySet<string>;
  readonly is: ReadonlySet<string>;
}

const isSame = (some: ReadonlySet<string>, others: ReadonlySet<string>): boolean =>
  some.size === others.size && [...some].every((one) => others.has(one));

function elsewhere(was: ReadonlySet<string>, is: ReadonlySet<string>): WaysChange | undefined {
  const [added, lost] = [[...is].filter((one) => !was.has(one)), [...was].filter((one) => !is.has(one))];
  if (added.length + lost.length === 0) return undefined;
  const said = [
    ...(added.length > 0 ? [`now to ${shownSteps(added)}`] : []),
    ...(lost.length > 0 ? [`no longer to ${shownSteps(lost)}`] : []),
  ];
  return { kind: "elsewhere", why: said.join("; ") };
}

/** The same is compared by another operator, which is not that for the contrary. */
function isOtherwise(before: string, later: string, names: NameTable): boolean {
  const [a, b] = [before, later].map((text) => names.normal(text.replaceAll("->", ".")));
  const bare = (text: string): string => text.replaceAll(/[=!<>]=?/g, "~");
  const operators = (text: string): string => (text.match(/[=<>]=?|!=/g) ?? []).join().replaceAll("!=", "==");
  return bare(a!) === bare(b!) && operators(a!) !== operators(b!);
}
