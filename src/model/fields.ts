import type { Field, Fields } from "./domain.ts";
import { ModelError } from "./error.ts";
import { shown } from "./explained.ts";

/** The most values of one field. */
export const LARGEST_DOMAIN = 65_536;
/** The most fields of a world, elements of arrays counted one by one, and the most values that all of them may have together. */
export const MOST_CELLS = 10_000;
const MOST_VALUES = 4_000_000;

const KINDS = new Set(["bool", "int", "oneOf", "ref", "struct", "array"]);
const REMEDY = "fields are bool, int(low, high), oneOf(...), ref(Struct), struct({ ... }), array(length, field)";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Refuses what is no field, and more fields than can be laid out; `owner` is what they are the fields of. */
export function checkFields(fields: Fields, owner: string): void {
  const { cells, values } = sizeOfAll(fields, owner, "");
  if (cells > MOST_CELLS || values > MOST_VALUES)
    throw new ModelError(`${owner} has ${cells} fields with ${values} values`, {
      cause: `at most ${MOST_CELLS} fields with ${MOST_VALUES} values together can be laid out`,
      remedy: "model the few objects and values that matter",
    });
}

interface Size {
  readonly cells: number;
  readonly values: number;
}

function sizeOfAll(fields: unknown, owner: string, prefix: string): Size {
  if (!isRecord(fields) || Array.isArray(fields) || "kind" in fields)
    throw new ModelError(`${owner} has no fields`, {
      cause: `it was given ${kindOf(fields)}`,
      remedy: "give { name: field, ... }",
    });
  const sizes = Object.entries(fields).map(([name, field]) => sizeOf(field, prefix + name));
  return {
    cells: sizes.reduce((sum, { cells }) => sum + cells, 0),
    values: sizes.reduce((sum, { values }) => sum + values, 0),
  };
}

function sizeOf(field: unknown, name: string): Size {
  if (!isField(field))
    throw new ModelError(`'${name}' is no field`, { cause: `it is ${kindOf(field)}`, remedy: REMEDY });
  switch (field.kind) {
    case "struct":
      return sizeOfAll(field.fields, `'${name}'`, `${name}.`);
    case "array": {
      const { cells, values } = sizeOf(field.element, `${name}[0]`);
      return { cells: field.length * cells, values: field.length * values };
    }
    case "int":
      return { cells: 1, values: field.high - field.low + 1 };
    case "oneOf":
      return { cells: 1, values: field.names.length };
    case "ref":
      if (!isField(field.target) || field.target.kind !== "struct")
        throw new ModelError(`'${name}' refers to what is no struct`, {
          remedy: "write ref(Page) for Page = struct({ ... })",
        });
      return { cells: 1, values: 2 };
    default:
      return { cells: 1, values: 2 };
  }
}

const isField = (value: unknown): value is Field => isRecord(value) && KINDS.has(value["kind"] as string);

/** What something is that should have been something else. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return shown(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object")
    return Array.isArray(value) ? "a list" : value instanceof Promise ? "a promise" : "an object";
  return `the ${typeof value} ${shown(value)}`;
}
