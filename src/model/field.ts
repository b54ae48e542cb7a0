import type { Field, ScalarField } from "./domain.ts";
import { ModelError, didYouMean, listed } from "./error.ts";

/** What each kind of field is made of, beside what may be said of every field. */
const PARTS = {
  bool: ["isLock"],
  int: ["low", "high"],
  oneOf: ["names", "rule", "simpler"],
  ref: ["target"],
  struct: ["fields"],
  array: ["length", "element"],
} as const satisfies Record<Field["kind"], readonly string[]>;

const COMMON = ["kind", "isGhost", "isHardware", "guard", "word"] as const;
const MAKERS = "bool, int(...), oneOf(...), spinlock, ref(...), struct(...), array(...)";

/** Throws a ModelError for what no maker of fields has made; `name` is that of the field. */
export function checkField(value: unknown, name: string): asserts value is Field {
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (typeof kind !== "string" || !Object.hasOwn(PARTS, kind))
    throw new ModelError(`'${name}' is not a field`, {
      cause:
        typeof value === "function" ? "it is a function: int, for example, must be called" : `it is ${shown(value)}`,
      remedy: `fields: ${MAKERS}`,
    });
  const known: readonly string[] = [...COMMON, ...PARTS[kind as Field["kind"]]];
  for (const key of Object.keys(value as object))
    if (!known.includes(key))
      throw new ModelError(`field '${name}' has no '${key}'${didYouMean(key, known)}`, {
        remedy: `a field is made by ${MAKERS}`,
      });
}

const shown = (value: unknown): string =>
  typeof value === "object" && value !== null ? `an object with ${listed(Object.keys(value))}` : String(value);

/** A parameter is a number, a word or a bool, and nothing in memory: nobody can guard it. */
export function checkParam(value: unknown, what: string, where: string): asserts value is ScalarField {
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where, remedy });
  };
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (kind !== "bool" && kind !== "int" && kind !== "oneOf")
    fail(`${what} is not bool, int(...) or oneOf(...)`, "give it one of these; its first value is the default");
  const said = (["isGhost", "isHardware", "guard", "word", "isLock"] as const).find((key) => key in (value as object));
  if (said !== undefined)
    fail(`${what} is a value of a run, and no field of memory`, "leave out what is said of fields");
}
