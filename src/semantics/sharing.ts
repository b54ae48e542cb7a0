import type { Cell } from "../model/access.ts";
import type { Effect } from "./step.ts";

/** A step that touched several racy fields at once without saying why no other CPU can see them apart. */
export interface UndeclaredAtomic {
  readonly path: string;
  readonly label: string;
  readonly fields: readonly string[];
}

/** Follows which threads use which shared fields. A field is racy if two threads use it and one of them writes. */
export interface Sharing {
  note(effect: Effect): void;
  undeclared(): readonly UndeclaredAtomic[];
}

export function watchSharing(): Sharing {
  const users = new Map<Cell, Set<number>>();
  const written = new Set<Cell>();
  const touched = new Map<string, { readonly effect: Effect; readonly cells: readonly Cell[] }>();
  const isRacy = (cell: Cell): boolean => written.has(cell) && users.get(cell)!.size > 1;

  return {
    note(effect) {
      const { point, move, reads, writes } = effect;
      const cells = [...new Set([...reads.keys(), ...writes.keys()])].filter(isShared);
      for (const cell of cells) users.set(cell, (users.get(cell) ?? new Set<number>()).add(move.thread));
      for (const cell of writes.keys()) written.add(cell);
      if (cells.length < 2 || point.step.atomic !== undefined) return;
      touched.set([point.frame.path.name, point.label, ...cells.map(({ index }) => index)].join("\n"), {
        effect,
        cells,
      });
    },
    undeclared() {
      const steps = new Map<string, UndeclaredAtomic>();
      for (const { effect, cells } of touched.values()) {
        const { label, frame } = effect.point;
        const fields = cells.filter(isRacy).map(({ name }) => name);
        const step = `${frame.path.name}: ${label}`;
        if (fields.length > (steps.get(step)?.fields.length ?? 1))
          steps.set(step, { path: frame.path.name, label, fields });
      }
      return [...steps.values()];
    },
  };
}

// A local is no one else's, a ghost is not there, and a guarded field is checked on its own.
const isShared = (cell: Cell): boolean => !cell.isLocal && !cell.isGhost && !cell.guard;
