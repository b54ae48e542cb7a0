/** A family of scenarios that runs every two paths of a table beside each other. */
export interface EveryTwo<Name extends string> {
  readonly names: readonly [Name, ...Name[]];
  /** Every two of them, in the order of the table, each with itself, too. */
  readonly together: readonly { readonly first: Name; readonly second: Name }[];
  /** Those that are not searched together, as `first second`, with the reason. */
  readonly apart: Readonly<Record<string, string>>;
}

export function everyTwo<Name extends string>(
  paths: Readonly<Record<Name, unknown>>,
  apart: Readonly<Record<string, string>>,
): EveryTwo<Name> {
  const names = Object.keys(paths) as [Name, ...Name[]];
  const together = names.flatMap((first, i) =>
    names
      .slice(i)
      .filter((second) => !(`${first} ${second}` in apart))
      .map((second) => ({ first, second })),
  );
  return { names, together, apart };
}

/** Those of them with one of the named paths. */
export const withOneOf = <Name extends string>({ together }: EveryTwo<Name>, names: readonly Name[]) =>
  together.filter(({ first, second }) => names.includes(first) || names.includes(second));

/** The runs of two releases: every two in v7.1, and in v6.12 those with a path that is another one there. */
export const inReleases = <Name extends string>(two: EveryTwo<Name>, changed: readonly Name[]) => [
  ...two.together.map((both) => ({ set: { release: "v7.1", ...both } as const })),
  ...withOneOf(two, changed).map((both) => ({ set: { release: "v6.12", ...both } as const })),
];
