import { integersOf, type Draft, type ScalarField, type Value } from "./domain.ts";
import { didYouMean } from "./error.ts";

export type ParamFields = Readonly<Record<string, ScalarField>>;
/** The values of a scenario's parameters in one run. */
export type Params<P extends ParamFields> = { readonly [N in keyof P]: Draft<P[N]> };
export type ParamValues = Readonly<Record<string, Value>>;

/** The value that a word of the command line stands for; the word itself where it stands for none of the field's values. */
export function parseParam(field: ScalarField, word: string): Value {
  if (field.kind === "bool") return word === "true" ? true : word === "false" ? false : word;
  return field.kind === "int" && /^-?\d+$/.test(word) ? Number(word) : word;
}

/** `trylock|patch4`, `1..3`, `false|true`, or the rule that the values follow: a parameter's values as help shows them. */
export function rangeOf(field: ScalarField): string {
  if (field.kind === "int") return `${field.low}..${field.high}`;
  return field.kind === "bool" ? "false|true" : (field.rule ?? field.names.join("|"));
}

/** What was meant, perhaps, by a value that a parameter cannot be. */
export const closeTo = (field: ScalarField, value: Value): string =>
  field.kind === "oneOf" ? didYouMean(String(value), field.names) : "";

export const defaultOf = (field: ScalarField): Value =>
  field.kind === "int" ? (field.start ?? field.low) : field.kind === "bool" ? false : field.names[0]!;

/** All values of a parameter, the default first. */
export function valuesOf(field: ScalarField): readonly Value[] {
  if (field.kind === "int") return integersOf(field);
  return field.kind === "bool" ? [false, true] : field.names;
}

export function inDomain(field: ScalarField, value: Value): boolean {
  if (field.kind === "int") return Number.isInteger(value) && Number(value) >= field.low && Number(value) <= field.high;
  return field.kind === "bool" ? typeof value === "boolean" : field.names.some((name) => name === value);
}
