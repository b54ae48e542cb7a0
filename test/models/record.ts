import type { NeverTaken } from "../../src/model/never-taken.ts";

export type Record = { [scenario: string]: readonly NeverTaken[] };

const HEAD = `import type { NeverTaken } from "faultline";

/**
 * The steps that no pinned run of a scenario takes: in every pinned setting, or in those that are named. \`npm run record\`
 * writes this file and keeps each \`because\`, which is written by hand.
 */
export const NEVER_TAKEN: Readonly<Record<string, readonly NeverTaken[]>> = {
`;

interface Missed {
  readonly step: string;
  /** In every pinned setting, if that is not said. */
  readonly in?: readonly string[] | undefined;
  readonly because?: string | undefined;
}

/** Sorted by step; those with the same settings and the same reason are one entry. */
export function grouped(missed: readonly Missed[]): readonly NeverTaken[] {
  const groups = new Map<string, NeverTaken & { readonly steps: string[] }>();
  for (const { step, in: settings, because } of missed.toSorted((a, b) => (a.step < b.step ? -1 : 1))) {
    const key = JSON.stringify([settings, because]);
    const group = groups.get(key) ?? {
      steps: [],
      ...(settings && { in: settings }),
      ...(because !== undefined && { because }),
    };
    group.steps.push(step);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The text of models/scenarios/never-taken.ts: a line for each step, and for each setting. */
export function recordText(record: Record): string {
  const scenarios = Object.entries(record)
    .filter(([, entries]) => entries.length > 0)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, entries]) => `  ${text(name)}: [\n${entries.map(entryText).join("")}  ],\n`);
  return `${HEAD}${scenarios.join("")}};\n`;
}

const text = (value: string): string => JSON.stringify(value);

function entryText({ steps, in: settings, because }: NeverTaken): string {
  const list = (values: readonly string[]): string =>
    `[\n${values.map((one) => `        ${text(one)},\n`).join("")}      ]`;
  const lines = [
    ...(because === undefined ? [] : [`because: ${text(because)}`]),
    `steps: ${list(steps)}`,
    ...(settings ? [`in: ${list(settings)}`] : []),
  ];
  return `    {\n${lines.map((line) => `      ${line},\n`).join("")}    },\n`;
}
