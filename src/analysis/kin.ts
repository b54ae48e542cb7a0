import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { localsOf } from "./locals.ts";
import type { Renaming } from "./renaming.ts";

/**
 * What may take each other's place, with all pointers at it: threads that are alike, each with the structs that are its own;
 * or the objects of a slab, each of which is a struct.
 */
export interface Kin {
  readonly name: string;
  readonly members: readonly KinMember[];
}

export interface KinMember {
  readonly thread?: number;
  /** By their names, in the same order for every member. */
  readonly structs: readonly string[];
  /** Of an object: in which part of its life it is. One that nobody has ever had stays in its place. */
  readonly life?: Cell;
}

/** Of which kin, and which member of it. */
export type Role = readonly [kin: number, member: number];

/** A name without what tells members apart, and who they are, in the order in which they are named. */
export interface Label {
  readonly pattern: string;
  readonly roles: readonly Role[];
}

/** By kin: whose place each of its members takes. */
export type Places = readonly (readonly number[])[];

/** What an exchange makes of everything. */
export interface Exchanged extends Renaming {
  thread(thread: number): number;
}

/** A name would be one of something that is not there: these cannot be exchanged. */
export class NoPartner extends Error {}

/** What is kept for threads and structs besides their own fields has names of these forms: of a thread, and of a struct. */
const KEPT: readonly (readonly [form: RegExp, parts: readonly ("thread" | "struct")[]])[] = [
  [/^\w+\((.*)\)$/, ["struct"]],
  [/^(?:held|waits)(\d+):(.*)$/, ["thread", "struct"]],
  [/^rcu\[(\d+)\]\.readers\[(\d+)\]$/, ["thread", "thread"]],
  [/^rcu\[(\d+)\]\.reads\((.*)\)$/, ["thread", "struct"]],
  [/^irqs\[(\d+)\]\.ipi\[(\d+)\]$/, ["thread", "thread"]],
  [/^(?:rcu|locks|irqs)\[(\d+)\]\.\w+$/, ["thread"]],
  [/^()buffers\[(\d+)\]\.stores\[\d+\]$/, ["struct", "thread"]],
  [/^(.*)\.buffers\[(\d+)\]\.stores\[\d+\]$/, ["struct", "thread"]],
];

/** Says of everything that has a name which members of which kin are in it, and what it is called when they are exchanged. */
export class Labels {
  readonly kin: readonly Kin[];
  private readonly program: Program;
  private readonly structs = new Map<string, Label>();
  private readonly threads = new Map<number, Role>();
  private readonly cells = new Map<Cell, Label>();
  private readonly slots: ReadonlyMap<Cell, ProgramThread["buffer"]>;
  private readonly byLabel = new Map<string, Cell>();

  constructor(program: Program, kin: readonly Kin[]) {
    this.kin = kin;
    this.program = program;
    this.slots = new Map(
      program.threads.flatMap(({ buffer }) => (buffer?.slots ?? []).map((slot) => [slot, buffer] as const)),
    );
    for (const [k, { members }] of kin.entries())
      for (const [m, { thread, structs }] of members.entries()) {
        if (thread !== undefined) this.threads.set(thread, [k, m]);
        for (const [i, name] of structs.entries()) this.structs.set(name, { pattern: `<${k}.${i}>`, roles: [[k, m]] });
      }
    const known = program.scenario.world.layout.cells.length;
    const locals = new Map(
      program.threads.flatMap((thread, t) => localsOf(thread).map((cell, i) => [cell, { t, i }] as const)),
    );
    for (const cell of program.cells) {
      const local = locals.get(cell);
      const role = local && this.threads.get(local.t);
      const label = role
        ? { pattern: `local ${local.i}`, roles: [role] }
        : local
          ? { pattern: cell.name, roles: [] }
          : this.labelOf(cell.name, cell.index >= known || /^(?:life|slab)\(/.test(cell.name));
      this.cells.set(cell, label);
      this.byLabel.set(keyOf(label), cell);
    }
  }

  of(cell: Cell): Label {
    return this.cells.get(cell)!;
  }

  /** Of a value of a cell: nothing if it is the same whoever is who. */
  ofValue({ isPointer }: Cell, value: Value): Label | undefined {
    if (isPointer !== true || value === null) return undefined;
    const label = this.structIn(String(value));
    return label.roles.length > 0 ? label : undefined;
  }

  /** What becomes of everything where members take these places. */
  exchange(to: Places): Exchanged {
    const moved = (label: Label): string => keyOf({ ...label, roles: label.roles.map(([k, m]) => [k, to[k]![m]!]) });
    const structs = new Map([...this.structs].map(([name, label]) => [keyOf(label), name] as const));
    const struct = (name: string): string => {
      const own = this.ownStructIn(name);
      return own === undefined ? name : structs.get(moved(this.structs.get(own)!))! + name.slice(own.length);
    };
    const partners = new Map<Cell, Cell>();
    const cell = (one: Cell): Cell => {
      const known = partners.get(one);
      if (known) return known;
      const partner = this.byLabel.get(moved(this.of(one)));
      if (!partner) throw new NoPartner(one.name);
      partners.set(one, partner);
      return partner;
    };
    return {
      cell,
      thread: (thread) => this.threadFrom(thread, to),
      value: (one, value) => {
        if (one.isPointer === true && value !== null) return struct(String(value));
        const { kinds } = this.bufferOf(one) ?? {};
        if (!kinds || value === 0) return value;
        // The slot of another CPU, which counts its stores in another way.
        const there = this.bufferOf(cell(one))?.kinds;
        const stores = kinds.storesOf(value).map((store) =>
          // The end of a critical section has no cells.
          store.size === 0
            ? store
            : new Map(
                [...store].map(([at, old]) => [
                  cell(at),
                  at.isPointer === true && old !== null ? struct(String(old)) : old,
                ]),
              ),
        );
        const values = new Set(stores.map((store) => there?.valueOf(store)));
        const [renamed] = values;
        if (renamed === undefined || values.size > 1 || there!.storesOf(renamed).length !== stores.length)
          throw new NoPartner(one.name);
        return renamed;
      },
    };
  }

  /** Which member a thread is, or the store buffer of its CPU belongs to. */
  roleOf(thread: number): Role | undefined {
    return this.threads.get(this.program.threads[thread]!.buffer?.cpu ?? thread);
  }

  private threadFrom(thread: number, to: Places): number {
    const role = this.roleOf(thread);
    if (!role) return thread;
    const { threads } = this.program;
    const cpu = this.kin[role[0]]!.members[to[role[0]]![role[1]]!]!.thread!;
    return threads[thread]!.buffer ? threads.findIndex(({ buffer }) => buffer?.cpu === cpu) : cpu;
  }

  private bufferOf(cell: Cell): ProgramThread["buffer"] {
    return this.slots.get(cell);
  }

  private labelOf(name: string, isKept: boolean): Label {
    const [form, parts] = (isKept && KEPT.find(([one]) => one.test(name))) || [undefined, []];
    if (!form) return this.structIn(name);
    const found = form.exec(name)!.slice(1);
    const labels = parts.map((part, i): Label => {
      if (part === "struct") return this.structIn(found[i]!);
      const role = this.threads.get(Number(found[i]));
      return role ? { pattern: `<thread ${role[0]}>`, roles: [role] } : { pattern: found[i]!, roles: [] };
    });
    // What is left of the name says what it is.
    const rest = found.reduce((text, one) => (one === "" ? text : text.replace(one, "#")), name);
    return {
      pattern: [rest, ...labels.map(({ pattern }) => pattern)].join(" "),
      roles: labels.flatMap(({ roles }) => roles),
    };
  }

  private structIn(name: string): Label {
    const own = this.ownStructIn(name);
    if (own === undefined) return { pattern: name, roles: [] };
    const { pattern, roles } = this.structs.get(own)!;
    return { pattern: pattern + name.slice(own.length), roles };
  }

  /** The struct of a member that this is, or is in. */
  private ownStructIn(name: string): string | undefined {
    for (let end = name.indexOf("]"); end >= 0; end = name.indexOf("]", end + 1)) {
      const struct = name.slice(0, end + 1);
      if (this.structs.has(struct)) return struct;
    }
    return undefined;
  }
}

export const keyOf = ({ pattern, roles }: Label): string =>
  `${pattern} ${roles.map((role) => role.join(".")).join(" ")}`;

/** The objects of each slab that has several, where some step takes one. */
export function slabsIn({ scenario, threads }: Program): readonly Kin[] {
  const { slots } = scenario.world.layout;
  if (slots.length < 2 || !threads.some(({ points }) => points.some(({ step }) => step.operation === "alloc")))
    return [];
  const nameOf = ({ name }: (typeof slots)[number]): string => name.slice(0, name.lastIndexOf("["));
  return [...new Set(slots.map(nameOf))].flatMap((name) => {
    const own = slots.filter((slot) => nameOf(slot) === name);
    return own.length < 2 ? [] : [{ name, members: own.map((slot) => ({ structs: [slot.name], life: slot.life })) }];
  });
}

/** Some threads, or some objects, may turn out to be such that they can take each other's place. */
export const mayBeAlike = (program: Program): boolean =>
  program.threads.some(({ group }) => group !== undefined) || slabsIn(program).length > 0;

/** Everybody stays, but for two of one kin. */
export const swapped = (kin: readonly Kin[], k: number, i: number, j: number): Places =>
  kin.map(({ members }, other) => members.map((_, m) => (other !== k ? m : m === i ? j : m === j ? i : m)));
