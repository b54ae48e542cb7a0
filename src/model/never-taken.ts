import type { Value } from "./domain.ts";

/** Steps that no run takes, as they were recorded for the pinned runs of a scenario. */
export interface NeverTaken {
  /** Each as `path: label`. */
  readonly steps: readonly string[];
  /** In which of the pinned settings, as `settingOf` writes them; in every one, if that is not said. */
  readonly in?: readonly string[];
  /** Why not, where somebody has said so. */
  readonly because?: string;
}

type Values = Readonly<Record<string, Value>>;

/** `order=patch4 locked=true`: the parameters that are not at their default; `defaults` if all are. */
export const settingOf = (params: Values, defaults: Values): string =>
  Object.entries(params)
    .filter(([name, value]) => value !== defaults[name])
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(" ") || "defaults";

/** The steps that are recorded for a setting; those of all settings together where nothing was recorded of this one. */
export const recordedFor = (list: readonly NeverTaken[], setting: string | undefined): readonly string[] =>
  list.filter((one) => setting === undefined || (one.in?.includes(setting) ?? true)).flatMap(({ steps }) => steps);
