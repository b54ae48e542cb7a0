import type { AnyStep, Entry, Patch, Run } from "./path.ts";

/**
 * Several steps under one label, as a function or a macro of the kernel that does more than one thing to memory. A path that
 * has one has all of its steps: the first under the label itself, the others under names of their own behind it.
 */
export interface Group<K, M, R> {
  readonly kind: "group";
  /** The steps in their order, by what each is called; `at` makes the label of one. */
  readonly parts: (at: (part: string) => string) => Parts;
  /** Never set; carries the types of the world, of the locals, and of where it goes. */
  readonly types?: Run<K, M, R>;
}
/** The first one is called what the group is. `false` is a place behind it that jumps may name: what is there is the next step. */
export type Parts = readonly [AnyStep, ...(readonly (readonly [string, AnyStep | false])[])];

export type Steps = Readonly<Record<string, Entry<never, never, string>>>;
/** Steps that a patch puts beside others, by the labels of these. */
export type Beside = Readonly<Record<string, Steps>>;
type Groups = ReadonlyMap<string, readonly string[]>;

export const group = <K, M, R>(parts: Group<K, M, R>["parts"]): Group<K, M, R> => ({ kind: "group", parts });

const isGroup = (entry: unknown): entry is Group<never, never, unknown> =>
  typeof entry === "object" && entry !== null && "kind" in entry && entry.kind === "group";

/** Steps in which groups are written out, and by the label of each group all labels that it has become. */
export interface WrittenOut {
  readonly steps: Steps;
  readonly groups: Groups;
}

export function writtenOut(steps: Steps): WrittenOut {
  if (!Object.values(steps).some(isGroup)) return { steps, groups: new Map() };
  const groups = new Map<string, readonly string[]>();
  const out: [string, Entry<never, never, string>][] = [];
  for (const [label, entry] of Object.entries(steps)) {
    if (!isGroup(entry)) {
      out.push([label, entry]);
      continue;
    }
    const at = (part: string): string => `${label}: ${part}`;
    const [first, ...rest] = entry.parts(at);
    const parts = [[label, first] as const, ...rest.map(([part, step]) => [at(part), step] as const)];
    groups.set(
      label,
      parts.map(([one]) => one),
    );
    out.push(...(parts as [string, Entry<never, never, string>][]));
  }
  return { steps: Object.fromEntries(out), groups };
}

/** The labels, with all that groups among them have become. */
export const labelsOut = (labels: readonly string[], groups: Groups): readonly string[] =>
  labels.flatMap((label) => groups.get(label) ?? [label]);

/** A patch in which groups are written out, and those of a path that are named by it: what is said of one is said of all of it. */
export function patchOut(
  { replace = {}, before = {}, after = {}, drop = [] }: Patch<never, never, string, string>,
  groups: Groups,
): {
  readonly replace: Steps;
  readonly before: Beside;
  readonly after: Beside;
  readonly drop: readonly string[];
  readonly groups: Groups;
} {
  const known = new Map(groups);
  const replaced = Object.entries(replace as Steps).map(([label, entry]) => ({
    label,
    out: outOf({ [label]: entry }),
  }));
  const dropped = [...drop, ...replaced.map(({ label }) => label)];
  const gone = dropped.flatMap((label, i) => (groups.get(label) ?? [label]).slice(i < drop.length ? 0 : 1));
  for (const label of dropped) known.delete(label);
  const behind = new Map<string, Steps>();
  const add = (label: string, steps: Steps): void => {
    behind.set(label, { ...behind.get(label), ...steps });
  };
  function outOf(steps: Steps): Steps {
    // What is no object of steps is refused later.
    if (typeof steps !== "object" || (steps as unknown) === null || "kind" in steps) return steps;
    const out = writtenOut(steps);
    for (const [label, parts] of out.groups) known.set(label, parts);
    return out.steps;
  }
  const firsts: [string, Entry<never, never, string>][] = [];
  for (const { label, out } of replaced) {
    const [first, ...others] = Object.entries(out);
    firsts.push([label, first![1]]);
    if (others.length > 0) add(label, Object.fromEntries(others));
  }
  for (const [label, steps] of Object.entries(after as Beside)) {
    const last = dropped.includes(label) ? label : (groups.get(label)?.at(-1) ?? label);
    const out = outOf(steps);
    if (out === steps && !behind.has(last)) behind.set(last, steps);
    else add(last, out);
  }
  return {
    replace: Object.fromEntries(firsts),
    before: Object.fromEntries(Object.entries(before as Beside).map(([label, steps]) => [label, outOf(steps)])),
    after: Object.fromEntries(behind),
    drop: gone,
    groups: known,
  };
}
