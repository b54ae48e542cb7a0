import { MOST_CELLS, targetOf, type Field, type Fields, type ScalarField, type StructField } from "./domain.ts";
import { ModelError, didYouMean } from "./error.ts";
import { refuseSymbols } from "./keys.ts";
import { shown } from "./thrown.ts";

/** The most values of one field. */
export const LARGEST_DOMAIN = 65_536;
const MOST_VALUES = 4_000_000;

/** What each kind of field is made of, beside what may be said of every field. */
const PARTS = {
  bool: ["isLock", "lock"],
  int: ["low", "high", "start", "lock"],
  oneOf: ["names", "rule", "simpler"],
  ref: ["target"],
  pointer: ["target"],
  struct: ["fields", "name"],
  array: ["length", "element", "slab"],
} as const satisfies Record<Field["kind"], readonly string[]>;

const COMMON = ["kind", "isGhost", "isHardware", "guard", "word"] as const;
const MAKERS =
  "bool, int(low, high), oneOf(...), spinlock, mutex, rwlock, rwsem, bitLock, completion, ref(Struct), pointer(Struct), struct({ ... }), array(length, field), slab(Struct, length)";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** The fields of a struct, with those that an extended world has added to it. */
export type MembersOf = (struct: StructField) => Fields;

/** Refuses what is no field, and more fields than can be laid out; `owner` is what they are the fields of. */
export function checkFields(fields: Fields, owner: string, membersOf: MembersOf = ({ fields: own }) => own): void {
  const { cells, values } = sizeOfAll(fields, owner, "", { membersOf, within: [] });
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

/** What has to be known of structs, and the ones that a field lies in. */
interface Around {
  readonly membersOf: MembersOf;
  readonly within: readonly StructField[];
}

function sizeOfAll(fields: unknown, owner: string, prefix: string, around: Around): Size {
  if (!isRecord(fields) || Array.isArray(fields) || typeof fields["kind"] === "string")
    throw new ModelError(`${owner} has no fields`, {
      cause: `it was given ${kindOf(fields)}`,
      remedy: "give { name: field, ... }",
    });
  refuseSymbols(fields, owner);
  const sizes = Object.entries(fields).map(([name, field]) => sizeOf(field, prefix + name, around));
  return {
    cells: sizes.reduce((sum, { cells }) => sum + cells, 0),
    values: sizes.reduce((sum, { values }) => sum + values, 0),
  };
}

function sizeOf(field: unknown, name: string, around: Around): Size {
  checkField(field, name);
  switch (field.kind) {
    case "struct":
      // Only an extension can make one that does.
      if (around.within.some(({ fields }) => fields === field.fields))
        throw new ModelError(`struct '${field.name}' would contain itself, as '${name}'`, {
          remedy: "let it point at another one: ref(...) or pointer(...)",
        });
      return sizeOfAll(around.membersOf(field), `'${name}'`, `${name}.`, {
        ...around,
        within: [...around.within, field],
      });
    case "array": {
      const { cells, values } = sizeOf(field.element, `${name}[0]`, around);
      return { cells: field.length * cells, values: field.length * values };
    }
    case "int":
      return { cells: 1, values: field.high - field.low + 1 };
    case "oneOf":
      return { cells: 1, values: field.names.length };
    case "ref":
    case "pointer":
      targetOf(field, name);
      return { cells: 1, values: 2 };
    default:
      return { cells: 1, values: 2 };
  }
}

/** Throws a ModelError for what no maker of fields has made; `name` is that of the field. */
function checkField(value: unknown, name: string): asserts value is Field {
  const kind = isRecord(value) ? value["kind"] : undefined;
  if (typeof kind !== "string" || !Object.hasOwn(PARTS, kind))
    throw new ModelError(`'${name}' is not a field`, {
      cause:
        typeof value === "function" ? "it is a function: int, for example, must be called" : `it is ${kindOf(value)}`,
      remedy: `fields are ${MAKERS}`,
    });
  const known: readonly string[] = [...COMMON, ...PARTS[kind as Field["kind"]]];
  for (const key of Object.keys(value as object))
    if (!known.includes(key))
      throw new ModelError(`field '${name}' has no '${key}'${didYouMean(key, known)}`, {
        remedy: `a field is made by ${MAKERS}`,
      });
}

/** A parameter is a number, a word or a bool, and nothing in memory: nobody can guard it. */
export function checkParam(value: unknown, what: string, where: string): asserts value is ScalarField {
  const fail = (sentence: string, remedy: string): never => {
    throw new ModelError(sentence, { where, remedy });
  };
  const kind = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (kind !== "bool" && kind !== "int" && kind !== "oneOf")
    fail(`${what} is not bool, int(...) or oneOf(...)`, "give it one of these; its first value is the default");
  const said = (["isGhost", "isHardware", "guard", "word", "isLock", "lock"] as const).find(
    (key) => key in (value as object),
  );
  if (said !== undefined)
    fail(`${what} is a value of a run, and no field of memory`, "leave out what is said of fields");
}

/** What something is that should have been something else. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return shown(value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object")
    return Array.isArray(value) ? "a list" : value instanceof Promise ? "a promise" : "an object";
  return `the ${typeof value} ${shown(value)}`;
}
