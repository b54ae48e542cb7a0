import { askedEach } from "./asked-each.ts";
import { access, LIFE, nameStruct, rangeOfCell, type Cell } from "./access.ts";
import {
  integersOf,
  isHeldKind,
  MOST_CELLS,
  SEQCOUNT,
  targetOf,
  type ArrayField,
  type CellField,
  type Field,
  type Fields,
  type LockKind,
  type ScalarField,
  type StructField,
  type Value,
  WAIT_QUEUE,
} from "./domain.ts";
import { ModelError, didYouMean, listed } from "./error.ts";
import { checkFields, LARGEST_DOMAIN } from "./fields.ts";
import { assigned, locksFirst, tiedTo } from "./lock-fields.ts";
import { noteSlab, WORD, type Slot } from "./objects.ts";
import { assignLock } from "./owner.ts";
import { structsOf, together, type Part, type Structs } from "./parts.ts";
import { noteDraft } from "./owned.ts";
import { aside, endRun } from "./running.ts";

/** Every struct of the world that a reference can point at, by its kind, which its fields are, and by its name. */
interface Instances {
  readonly names: Map<Fields, string[]>;
  readonly drafts: Map<string, object>;
  readonly nameOf: WeakMap<object, string>;
  readonly structs: Structs;
}

/** The cells of a world, or of the locals of one call of a path, and the object through which a step uses them. */
export interface Layout {
  readonly cells: readonly Cell[];
  /** What the world is put together from: a path runs in every world that has all parts of its own. */
  readonly parts: readonly Part[];
  /** Typed by `World` and `Path`, which know the fields. */
  readonly draft: object;
  readonly instances: Instances;
  /** What is allocated and freed. */
  readonly slots: readonly Slot[];
}

/** Lays out the shared fields of a world from cell 0 on. */
export function layoutWorld(parts: readonly Part[]): Layout {
  const { fields, membersOf } = together(parts);
  checkFields(fields, "the world", membersOf);
  const structs = structsOf(fields, membersOf);
  const instances: Instances = { names: new Map(), drafts: new Map(), nameOf: new WeakMap(), structs };
  findInstances(fields, "", instances);
  return layout(fields, { instances, parts, prefix: "", firstIndex: 0, isLocal: false });
}

/** Lays out the locals of one call of a path behind the cells that exist already. */
export function layoutLocals(fields: Fields, world: Layout, prefix: string, firstIndex: number): Layout {
  if (firstIndex > MOST_CELLS)
    throw new ModelError(`the world and the locals of all threads have more than ${MOST_CELLS} fields`, {
      cause: "each thread, and each call, has locals of its own",
      remedy: "model the few objects, threads and calls that matter",
    });
  return layout(fields, { ...world, prefix, firstIndex, isLocal: true });
}

interface Place {
  readonly instances: Instances;
  readonly parts: readonly Part[];
  readonly prefix: string;
  readonly firstIndex: number;
  readonly isLocal: boolean;
}

/** What surrounds a field: its name so far, that of its owner, and what is said of all that is in it. */
interface Scope {
  readonly name: string;
  readonly owner: string;
  readonly isGhost: boolean;
  readonly isHardware: boolean;
  /** The locks that a `guarded` field here may name. */
  readonly locks: ReadonlyMap<string, Cell>;
  readonly guard?: Cell;
  readonly word?: string;
  /** Of what is in an object that is allocated and freed; `typesafe` if RCU readers may use it when it is freed. */
  readonly life?: Cell;
  readonly typesafe?: Cell;
  /** The slab that it is in. */
  readonly slab?: string;
}

function layout(fields: Fields, place: Place): Layout {
  const cells: Cell[] = [];
  const slots: Slot[] = [];

  const addCell = (field: CellField, scope: Scope): Cell => {
    const values = valuesOf(field, scope.name, place.instances);
    const { guard } = scope;
    const lock = lockKindOf(field);
    const tied = lock === SEQCOUNT ? tiedTo(scope) : undefined;
    if (lock === WAIT_QUEUE && scope.word !== undefined)
      throw new ModelError(`'${scope.name}' is a wait queue, and cannot be a part of a word`, {
        cause: "who waits in it is kept in its word",
        remedy: "give it a word of its own",
      });
    if (guard && lock && !tied)
      throw new ModelError(`'${scope.name}' is a lock, and cannot be guarded by '${guard.name}'`, {
        cause: "a lock is there to be taken while it is not held",
        remedy: "guard the other fields one by one",
      });
    const cell: Cell = {
      index: place.firstIndex + cells.length,
      name: scope.name,
      values,
      isInt: field.kind === "int",
      isGhost: scope.isGhost,
      isLocal: place.isLocal,
      isLock: lock === "spinlock",
      ...(lock && { lock }),
      word: scope.word ?? scope.name,
      ...(isPointer(field) && { isPointer: true }),
      ...(scope.isHardware && { isHardware: true }),
      ...(scope.life && { life: scope.life }),
      ...(scope.typesafe && { typesafe: scope.typesafe }),
      ...(tied ? { tied } : guard && { guard }),
    };
    cells.push(cell);
    return cell;
  };

  const addFields = (members: Fields, scope: Scope): object => {
    const locks = new Map(scope.locks);
    const draft: object = Object.create(unknownFields(scope.name, Object.keys(members)));
    for (const [key, field] of locksFirst(members, place.instances.structs.membersOf, locks)) {
      const owner = scope.name === "" ? place.prefix : `${scope.name}.`;
      define(draft, key, field, { ...scope, name: owner + key, owner, locks }, locks);
    }
    return noteDraft(Object.freeze(draft), scope.name);
  };

  const define = (owner: object, key: string, field: Field, around: Scope, locks?: Map<string, Cell>): void => {
    const isGhost = around.isGhost || field.isGhost === true;
    const isHardware = around.isHardware || field.isHardware === true;
    const guard = guardOf(field, around) ?? around.guard;
    const word = field.word === undefined ? around.word : `${around.owner}${field.word}`;
    const scope = { ...around, isGhost, isHardware, ...(guard && { guard }), ...(word !== undefined && { word }) };
    if (field.kind === "struct" || field.kind === "array") {
      const value =
        field.kind === "struct" ? addStruct(field, scope) : field.slab ? addSlab(field, scope) : addArray(field, scope);
      const set = () => {
        endRun(
          new ModelError(`'${scope.name}' cannot be assigned as a whole`, { remedy: "assign its fields one by one" }),
        );
      };
      const get = () => (nameStruct(scope.name), value);
      Object.defineProperty(owner, key, { enumerable: true, get, set });
      return;
    }
    const cell = addCell(field, scope);
    if (field.kind === "bool" || isHeldKind(cell.lock)) locks?.set(key, cell);
    Object.defineProperty(owner, key, { enumerable: true, ...accessors(cell, field, place.instances) });
  };

  const addStruct = (field: StructField, scope: Scope): object => {
    const draft = addFields(place.instances.structs.membersOf(field), scope);
    if (!place.isLocal) {
      place.instances.drafts.set(scope.name, draft);
      place.instances.nameOf.set(draft, scope.name);
    }
    return draft;
  };

  const addArray = (
    { length, element }: ArrayField,
    scope: Scope,
    object: (i: number) => Pick<Scope, "life" | "typesafe"> = () => ({}),
  ): object => {
    const draft: unknown[] = [];
    for (let i = 0; i < length; i++)
      define(draft, String(i), element, { ...scope, name: `${scope.name}[${i}]`, ...object(i) });
    Object.setPrototypeOf(draft, unknownElements(scope.name, length));
    return noteDraft(Object.freeze(draft), scope.name);
  };

  /** What the allocator knows of each object: a word of memory, and for faultline the part of its life. */
  const addSlab = (field: ArrayField, scope: Scope): object => {
    if (place.isLocal)
      throw new ModelError(`'${scope.name}' is a slab, and cannot be a local`, { remedy: "put it into the world" });
    if (scope.slab !== undefined)
      throw new ModelError(`'${scope.name}' is a slab in an object of slab '${scope.slab}'`, {
        cause: "an allocator does not come and go with an object",
        remedy: "put it into the world, beside the other one, and let the object point at what is allocated from it",
      });
    const hidden = (name: string, values: readonly Value[], isGhost: boolean): Cell => {
      const index = place.firstIndex + cells.length;
      const cell = { index, name, values, isInt: false, isGhost, isLocal: false, isLock: false, word: name };
      cells.push(cell);
      return cell;
    };
    const names = Array.from({ length: field.length }, (_, i) => `${scope.name}[${i}]`);
    const lives = names.map((name) => hidden(`life(${name})`, Object.values(LIFE), true));
    const words = names.map((name) => hidden(`slab(${name})`, Object.values(WORD), false));
    const inside = { ...scope, slab: scope.name };
    const isTypesafe = field.slab?.typesafe === true;
    const draft = addArray(field, inside, (i) => ({
      [isTypesafe ? "typesafe" : "life"]: lives[i]!,
    })) as readonly object[];
    const all = names.map((name, i) => ({ name, object: draft[i]!, life: lives[i]!, word: words[i]! }));
    noteSlab(draft, all);
    slots.push(...all);
    return draft;
  };

  const draft = addFields(fields, { name: "", owner: "", isGhost: false, isHardware: false, locks: new Map() });
  refuseSplitWords(cells);
  return { cells, draft, instances: place.instances, parts: place.parts, slots };
}

/** The lock that a field says itself guards it, and all that is in it. */
function guardOf({ guard: name }: Field, { name: field, locks, guard: outer }: Scope): Cell | undefined {
  if (name === undefined) return undefined;
  const guard = locks.get(name);
  if (!guard)
    throw new ModelError(
      `field '${field}' is guarded by '${name}', which is no lock${didYouMean(name, locks.keys())}`,
      {
        cause: "a lock is a lock or a bool beside the field, in a struct around it or in the world",
        remedy: `locks here: ${listed(locks.keys())}`,
      },
    );
  if (guard.isGhost || guard.isHardware === true)
    throw new ModelError(`field '${field}' is guarded by '${name}', which is no field of memory`, {
      cause: "what is kept for specs, or by the hardware, keeps no CPU out",
      remedy: "name the lock that the kernel takes",
    });
  if (outer && outer !== guard)
    throw new ModelError(`field '${field}' is guarded by '${guard.name}', and what it is in by '${outer.name}'`, {
      remedy: "name one lock: the one whose holder may use the field",
    });
  return guard;
}

/** Who stores to a part of a word stores all of it, so that one lock must keep the word. */
function refuseSplitWords(cells: readonly Cell[]): void {
  const words = new Map<string, Cell>();
  for (const cell of cells) {
    const other = words.get(cell.word) ?? cell;
    words.set(cell.word, other);
    if (other.guard === cell.guard) continue;
    const [guarded, free] = cell.guard ? [cell, other] : [other, cell];
    const lock = `'${guarded.guard!.name}'`;
    throw new ModelError(
      `'${guarded.name}' is guarded by ${lock}, and '${free.name}' in the same word ${free.guard ? `by '${free.guard.name}'` : "is not"}`,
      {
        cause: "a store to a part of a word stores all of it",
        remedy: "guard all fields of the word by one lock, or give them words of their own",
      },
    );
  }
}

function findInstances(fields: Fields, prefix: string, found: Instances): void {
  const visit = (field: Field, name: string): void => {
    if (field.kind === "array") for (let i = 0; i < field.length; i++) visit(field.element, `${name}[${i}]`);
    if (field.kind !== "struct") return;
    found.names.set(field.fields, [...(found.names.get(field.fields) ?? []), name]);
    findInstances(found.structs.membersOf(field), `${name}.`, found);
  };
  for (const [key, field] of Object.entries(fields)) visit(field, prefix + key);
}

const lockKindOf = (field: CellField): LockKind | undefined => {
  if (field.kind === "bool" && field.isLock === true) return "spinlock";
  return field.kind === "bool" || field.kind === "int" ? field.lock : undefined;
};

const isPointer = (field: Field): boolean => field.kind === "ref" || field.kind === "pointer";

function valuesOf(field: CellField, name: string, instances: Instances): readonly Value[] {
  switch (field.kind) {
    case "bool":
      return [false, true];
    case "oneOf":
      return field.names;
    case "ref":
    case "pointer": {
      const objects = instances.names.get(targetOf(field, name).fields);
      if (!objects)
        throw new ModelError(`'${name}' refers to a struct that is not in the world`, {
          ...(field.kind === "pointer" && { cause: "a pointer is never null, and there is nothing to point at" }),
          remedy: "put a field or an array of that struct into world({ ... })",
        });
      return field.kind === "ref" ? [null, ...objects] : objects;
    }
    case "int":
      if (field.high - field.low >= LARGEST_DOMAIN)
        throw new ModelError(`'${name}' has ${field.high - field.low + 1} values`, {
          cause: `a field holds at most ${LARGEST_DOMAIN} different values`,
          remedy: "model the few values that matter",
        });
      return integersOf(field);
  }
}

function accessors(cell: Cell, field: CellField, instances: Instances): { get(): unknown; set(v: unknown): void } {
  if (field.kind !== "ref" && field.kind !== "pointer" && cell.lock)
    return {
      get: () => access().read(cell),
      set: (value) =>
        cell.lock === "spinlock" ? assignLock(cell, checked(cell, field, value) === true) : endRun(assigned(cell)),
    };
  if (field.kind !== "ref" && field.kind !== "pointer")
    return {
      get: () => access().read(cell),
      set: (value) => access().write(cell, checked(cell, field, value)),
    };
  return {
    get: () => {
      const name = access().read(cell);
      return name === null ? null : instances.drafts.get(String(name));
    },
    set: (value) => {
      const name = value === null ? null : instances.nameOf.get(Object(value));
      if (name === undefined || !cell.values.includes(name)) return endRun(wrongValue(cell, value));
      access().write(cell, name);
    },
  };
}

/** The value, if it is of the field's type. An integer out of range passes: that is a finding about the model, not a mistake in it. */
function checked(cell: Cell, field: ScalarField, value: unknown): Value {
  if (
    field.kind === "int" ? typeof value === "number" && Number.isInteger(value) : cell.values.some((v) => v === value)
  )
    return value as Value;
  return endRun(wrongValue(cell, value));
}

const wrongValue = (cell: Cell, value: unknown): ModelError => {
  const shown =
    typeof value === "string"
      ? `'${value}'`
      : typeof value === "object" && value !== null
        ? "an object"
        : String(value);
  const { values } = cell;
  const domain = cell.isInt
    ? `integers from ${rangeOfCell(cell).map(String).join(" to ")}`
    : listed(values.map(showValue));
  const isNever = value === null && cell.isPointer === true;
  return new ModelError(`'${cell.name}' was set to ${shown}`, {
    cause: isNever ? "a pointer(...) is never null" : "the value is not of the field's type",
    remedy: `${isNever ? "use ref(...) for what may be null; " : ""}values: ${domain}`,
  });
};

/** A value as every report shows it; null pointers read `NULL`, as in C. */
export const showValue = (value: Value): string => (value === null ? "NULL" : String(value));

/** An array was used beyond its end. */
export class NoElement extends ModelError {
  readonly array: string;

  constructor(array: string, key: string, length: number) {
    super(`there is no '${array}[${key}]'`, { remedy: `indices: 0 to ${length - 1}` });
    this.array = array;
  }
}

// A draft inherits from this, so only a name that the struct does not have ever gets here.
const unknownFields = (owner: string, fields: readonly string[]): object => {
  const unknown = (key: string): ModelError =>
    new ModelError(`there is no field '${owner === "" ? "" : `${owner}.`}${key}'${didYouMean(key, fields)}`, {
      remedy: `fields: ${listed(fields)}`,
    });
  return new Proxy(Object.create(null) as object, {
    get: (_, key) => {
      if (typeof key === "symbol" || key in Object.prototype || key === "toJSON") return undefined;
      return aside(() => endRun(unknown(key)));
    },
    set: (_, key) => aside(() => endRun(unknown(String(key)))),
  });
};

const unknownElements = (owner: string, length: number): object => {
  const check = (key: string | symbol): void => {
    if (typeof key === "string" && !(key in Array.prototype)) endRun(new NoElement(owner, key, length));
  };
  return new Proxy(Array.prototype, {
    get: (target, key, receiver) => {
      check(key);
      return askedEach(key, Reflect.get(target, key, receiver), owner);
    },
    set: (_, key) => {
      check(key);
      return endRun(new ModelError(`'${owner}' has a fixed length of ${length}`));
    },
  });
};
