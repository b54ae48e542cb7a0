import type { PageChange, PageData, PageStep, View } from "../data.ts";

/** One row of the timeline: a step, or several that are folded. */
export interface Row {
  /** The steps it stands for, counted from 0; `end` is the first behind it. */
  readonly start: number;
  readonly end: number;
  readonly steps: readonly PageStep[];
  readonly isFold: boolean;
}

/** The rows of a view. */
export function rowsOf({ steps }: View): readonly Row[] {
  const rows: Row[] = [];
  for (const [i, step] of steps.entries()) {
    const last = rows.at(-1);
    if (step.isFolded && last?.isFold === true)
      rows[rows.length - 1] = { ...last, end: i + 1, steps: [...last.steps, step] };
    else rows.push({ start: i, end: i + 1, steps: [step], isFold: step.isFolded });
  }
  return rows;
}

/** What every field holds once the first `count` steps of a view are taken. */
export function stateAfter({ fields }: PageData, { steps }: View, count: number): ReadonlyMap<string, string> {
  const state = new Map(fields.map(({ name, initial }) => [name, initial]));
  for (const { changes } of steps.slice(0, count)) for (const { field, to } of changes) state.set(field, to);
  return state;
}

/** What a row changes, each field once, from what it held before the row. */
export function changesOf({ steps }: Row): readonly PageChange[] {
  const changes = new Map<string, PageChange>();
  for (const change of steps.flatMap((step) => step.changes))
    changes.set(change.field, { ...change, from: changes.get(change.field)?.from ?? change.from });
  return [...changes.values()].filter(({ from, to }) => from !== to);
}

/** How a step uses a field. */
export interface Use {
  readonly step: number;
  readonly thread: number;
  readonly label: string;
  readonly what: string;
  readonly isWrite: boolean;
}

/** Who reads and who writes a field in a view, in the order of the steps. */
export function usesOf({ steps }: View, field: string): readonly Use[] {
  return steps.flatMap(({ thread, label, reads, changes }, step) => {
    const read = reads.find((one) => one.field === field);
    const change = changes.find((one) => one.field === field);
    const common = { step, thread, label };
    return [
      ...(read ? [{ ...common, what: `reads ${read.value}`, isWrite: false }] : []),
      ...(change ? [{ ...common, what: `writes ${change.from} -> ${change.to}`, isWrite: true }] : []),
    ];
  });
}
