import type { Drafted, DraftedStep } from "./draft.ts";

type Steps = Readonly<Record<string, string>>;

/** What turns one draft into another, in the words of `path.with`. */
export interface DraftedPatch {
  readonly replace: Steps;
  readonly before: Readonly<Record<string, Steps>>;
  readonly after: Readonly<Record<string, Steps>>;
  readonly drop: readonly string[];
}

/** The difference of two drafts of a function; nothing if they are the same. */
export function patchOf({ steps: was }: Drafted, { steps: is }: Drafted): DraftedPatch | undefined {
  const kept = inBoth(was, is);
  // A step that has another place is dropped, and added under a label of its own.
  const moved = is
    .map(({ label }) => label)
    .filter((label) => !kept.has(label) && was.some((one) => one.label === label));
  const labelOf = (label: string): string => (moved.includes(label) ? `${label}, moved` : label);
  const codeOf = ({ code }: DraftedStep): string =>
    moved.reduce((text, label) => text.replaceAll(JSON.stringify(label), JSON.stringify(labelOf(label))), code);
  const replace: Record<string, string> = {};
  const before: Record<string, Record<string, string>> = {};
  const after: Record<string, Record<string, string>> = {};
  is.forEach((step, i) => {
    const old = was.find(({ label }) => label === step.label);
    if (kept.has(step.label)) {
      if (codeOf(step) !== old!.code) replace[step.label] = codeOf(step);
      return;
    }
    const behind = is.slice(0, i).findLast(({ label }) => kept.has(label))?.label;
    const place = behind ?? is.slice(i).find(({ label }) => kept.has(label))?.label ?? was[0]!.label;
    ((behind === undefined ? before : after)[place] ??= {})[labelOf(step.label)] = codeOf(step);
  });
  const drop = was.map(({ label }) => label).filter((label) => !kept.has(label));
  const isSame = [replace, before, after, drop].every((one) => Object.keys(one).length === 0);
  return isSame ? undefined : { replace, before, after, drop };
}

/** The labels that both have in the same order: as many as can be. */
function inBoth(was: readonly DraftedStep[], is: readonly DraftedStep[]): ReadonlySet<string> {
  const best: string[][] = is.map(() => []);
  is.forEach(({ label }, i) => {
    const at = was.findIndex((one) => one.label === label);
    if (at < 0) return;
    const earlier = best
      .slice(0, i)
      .filter((way) => way.length > 0 && was.findIndex((one) => one.label === way.at(-1)) < at)
      .reduce((longest, way) => (way.length > longest.length ? way : longest), []);
    best[i] = [...earlier, label];
  });
  return new Set(best.reduce((longest, way) => (way.length > longest.length ? way : longest), []));
}
