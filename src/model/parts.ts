import type { Field, Fields, StructField } from "./domain.ts";
import { ModelError, didYouMean, listed } from "./error.ts";
import type { MembersOf } from "./fields.ts";

/** What one call of `world` or `extend` has declared: fields of the world, and by struct the fields that it adds to it. */
export interface Part {
  readonly fields: Fields;
  readonly within: readonly { readonly struct: StructField; readonly added: Fields }[];
}

/** The structs of a world. */
export interface Structs {
  readonly named: ReadonlyMap<string, StructField>;
  readonly membersOf: MembersOf;
}

/** All fields that some parts declare. Throws a ModelError where two of them give one name to two fields. */
export function together(parts: readonly Part[]): { readonly fields: Fields; readonly membersOf: MembersOf } {
  const fields: Record<string, Field> = {};
  // A struct is known by its fields: what is said of one, as by ghost(...), makes a copy of it.
  const members = new Map<Fields, Fields>();
  for (const part of parts) {
    // The first one is looked at as it is: it may be no object at all.
    if (part === parts[0] && part.within.length === 0 && parts.length === 1)
      return { fields: part.fields, membersOf: (struct) => struct.fields };
    add(fields, part.fields, "the world");
    for (const { struct, added } of part.within) {
      const grown = { ...(members.get(struct.fields) ?? struct.fields) };
      add(grown, added, `struct '${struct.name}'`);
      members.set(struct.fields, grown);
    }
  }
  return { fields, membersOf: (struct) => members.get(struct.fields) ?? struct.fields };
}

function add(fields: Record<string, Field>, added: Fields, owner: string): void {
  for (const [name, field] of Object.entries(added)) {
    if (Object.hasOwn(fields, name)) throw isThere(name, owner);
    fields[name] = field;
  }
}

/** A field that is to be added, and is there. */
const isThere = (name: string, owner: string): ModelError =>
  new ModelError(`${owner} has a field '${name}' already`, {
    cause: "a world grows by fields that it does not have",
    remedy: "use the field that is there, or give the new one a name of its own",
  });

/** The structs that the world has, by name. Throws a ModelError where two have the same. */
export function structsOf(fields: Fields, membersOf: MembersOf): Structs {
  const named = new Map<string, StructField>();
  const visit = (field: Field): void => {
    if (field.kind === "array") visit(field.element);
    if (field.kind !== "struct") return;
    if (field.name !== undefined) {
      const other = named.get(field.name);
      if (other && other.fields !== field.fields)
        throw new ModelError(`two structs are called '${field.name}'`, {
          cause: "by its name an extended world gives a struct more fields",
          remedy: "rename one",
        });
      named.set(field.name, field);
    }
    Object.values(membersOf(field)).forEach(visit);
  };
  Object.values(fields).forEach(visit);
  return { named, membersOf };
}

/** The struct of a world that has this name. */
export function structCalled(name: string, { named }: Structs): StructField {
  const found = named.get(name);
  if (found) return found;
  throw new ModelError(`the world has no struct '${name}'${didYouMean(name, named.keys())}`, {
    cause: `structs with a name: ${listed(named.keys())}`,
    remedy: `name one of them, or give the struct its name where it is declared: struct("${name}", { ... })`,
  });
}

/** Whether what is written over `base` runs in `world`. */
export const hasParts = (world: readonly Part[], base: readonly Part[]): boolean =>
  base.every((part) => world.includes(part));
