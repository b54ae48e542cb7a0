import type { Trace, TraceStep } from "../machine/trace.ts";

/** What a report shows of a run, in order: a step, or how many steps of one thread in a row were left out. */
export type Event =
  | { readonly kind: "step"; readonly step: TraceStep; readonly index: number }
  | { readonly kind: "folded"; readonly thread: number; readonly count: number; readonly calls: readonly string[] };

/** The steps that matter and those that are spoken of, and in between how many there are besides; all steps, if `isFull`. */
export function storyOf(
  { steps, slice }: Pick<Trace, "steps" | "slice">,
  isFull: boolean,
  told: ReadonlySet<number> = new Set(),
): readonly Event[] {
  const isFoldable = (i: number): boolean => !isFull && i < steps.length && !slice.includes(i) && !told.has(i);
  const events: Event[] = [];
  for (let i = 0; i < steps.length; i++) {
    const { thread } = steps[i]!;
    let end = i;
    while (isFoldable(end) && steps[end]!.thread === thread) end++;
    if (end === i) events.push({ kind: "step", step: steps[i]!, index: i });
    else {
      events.push({ kind: "folded", thread, count: end - i, calls: steps.slice(i, end).map(callsOf).reduce(common) });
      i = end - 1;
    }
  }
  return events;
}

const callsOf = ({ calls }: TraceStep): readonly string[] => calls;

/** What two lists begin with together. */
export function common(a: readonly string[], b: readonly string[]): readonly string[] {
  const parting = a.findIndex((one, i) => one !== b[i]);
  return parting < 0 ? a : a.slice(0, parting);
}
