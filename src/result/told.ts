import type { SpecResult } from "./result.ts";

/** By path: the labels of the steps that traces tell, those at which somebody waits in the end included. */
export function toldSteps(specs: readonly Pick<SpecResult, "trace">[]): ReadonlyMap<string, ReadonlySet<string>> {
  const told = new Map<string, Set<string>>();
  for (const { trace } of specs)
    for (const { path, label } of [
      ...(trace?.steps ?? []),
      ...(trace?.ending.blocked.flatMap((blocked) => blocked.places ?? [blocked]) ?? []),
    ])
      told.set(path, (told.get(path) ?? new Set()).add(label));
  return told;
}
