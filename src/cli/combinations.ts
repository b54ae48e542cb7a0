import type { ScalarField, Value } from "../model/domain.ts";
import { ModelError } from "../model/error.ts";
import { resolveParams, type Scenario } from "../model/scenario.ts";
import { parseParam, rangeOf, type ParamValues } from "../model/params.ts";
import type { Swept } from "../result/sweep.ts";
import { parseSettings, settingsWith } from "./option.ts";

// More than anybody waits for, and few enough to be held in memory.
const MOST = 1_000_000;

/** Every parameter of a scenario with the values that a sweep gives it: those of `--set`, the others at their default. */
export function sweptParams(scenario: Scenario, words: readonly string[]): readonly Swept[] {
  const settings = settingsWith(
    scenario.params,
    parseSettings(words),
    "give its values together, as in --set order=a|b",
  );
  const given = Object.fromEntries(settings.map(({ name, word }) => [name, valuesOf(scenario, name, word)]));
  const defaults = resolveParams(scenario, {});
  const swept = Object.keys(scenario.params).map((name) => ({ name, values: given[name] ?? [defaults[name]!] }));
  const count = swept.reduce((product, { values }) => product * values.length, 1);
  if (count > MOST) throw tooMany(`these are ${count} combinations`);
  return swept;
}

const tooMany = (sentence: string): ModelError =>
  new ModelError(sentence, { cause: `a sweep makes at most ${MOST}`, remedy: "give fewer values" });

/** Every combination of the values, the last parameter changing fastest. */
export function combinationsOf(swept: readonly Swept[]): readonly ParamValues[] {
  return swept.reduce<readonly ParamValues[]>(
    (all, { name, values }) => all.flatMap((before) => values.map((value) => ({ ...before, [name]: value }))),
    [{}],
  );
}

/** The values that `*`, `1..3`, `a|b`, `L*` or a plain value stands for. */
function valuesOf(scenario: Scenario, name: string, word: string): readonly Value[] {
  const field = Object.hasOwn(scenario.params, name) ? scenario.params[name] : undefined;
  if (!field) {
    // It has the sentence for a name that does not exist.
    resolveParams(scenario, { [name]: word });
    return [];
  }
  const parts = isValue(field, word) ? [word] : word.split("|");
  const values = parts.flatMap((part) => partOf(field, name, part));
  for (const value of values) resolveParams(scenario, { [name]: value });
  return [...new Set(values)];
}

function partOf(field: ScalarField, name: string, part: string): readonly Value[] {
  if (isValue(field, part)) return [parseParam(field, part)];
  const ends = /^(-?\d+)\.\.(-?\d+)$/.exec(part);
  if (field.kind === "int") {
    if (part === "*") return rangeFrom(name, field.low, field.high);
    if (ends) return rangeFrom(name, Number(ends[1]), Number(ends[2]));
    return [parseParam(field, part)];
  }
  const all: readonly Value[] = field.kind === "bool" ? [false, true] : field.names;
  if (!part.includes("*")) return [parseParam(field, part)];
  const pattern = new RegExp(`^${part.split("*").map(escaped).join(".*")}$`);
  const matching = all.filter((value) => pattern.test(String(value)));
  if (matching.length > 0) return matching;
  throw new ModelError(`no value of parameter '${name}' is like '${part}'`, { remedy: `values: ${rangeOf(field)}` });
}

const escaped = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);

const isValue = (field: ScalarField, word: string): boolean => field.kind === "oneOf" && field.names.includes(word);

function rangeFrom(name: string, low: number, high: number): readonly number[] {
  if (low > high)
    throw new ModelError(`--set ${name}=${low}..${high} is an empty range`, { remedy: "give the lower value first" });
  if (high - low >= MOST) throw tooMany(`--set ${name}=${low}..${high} gives ${high - low + 1} values`);
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}
