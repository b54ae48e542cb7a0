import type { Cell } from "../model/access.ts";
import type { Value } from "../model/domain.ts";
import { showValue } from "../model/layout.ts";
import type { Naming } from "./conditions.ts";
import type { Tree } from "./decision-tree.ts";

/** One way in which a step writes a field: what was there, if the step has read it, and what is there then. */
interface Write {
  readonly from: Value | undefined;
  readonly to: Value;
  /** The new value by the name of the local that points at it. */
  readonly shown: string;
}

/**
 * What a step does to shared fields, each once, in C: `page->locked = true`, or `page->refcount += 1` where the new
 * value is always as far from the old one; `writes page->flags` where it is neither.
 */
export function effectsOfStep(tree: Tree, naming: Naming): readonly string[] {
  const found = new Map<string, Write[]>();
  const visit = (at: Tree, values: ReadonlyMap<Cell, Value>, known: ReadonlyMap<string, string>): void => {
    if (at.kind === "choice") at.options.forEach((option) => visit(option, values, known));
    if (at.kind === "branch")
      for (const [i, arm] of at.arms.entries()) {
        const value = at.cell.values[i]!;
        const follows = naming.isPointer(at.cell) && typeof value === "string" && !known.has(value);
        const inner = follows ? new Map([...known, [value, naming.name(at.cell, known)]]) : known;
        visit(arm, new Map([...values, [at.cell, value]]), inner);
      }
    if (at.kind !== "moved") return;
    for (const [cell, to] of at.writes) {
      if (cell.isLocal || cell.isGhost) continue;
      const name = naming.name(cell, known);
      const local = [...values].find(([read, value]) => value === to && naming.isPointer(read))?.[0];
      const shown = local ? naming.name(local, known) : showValue(to);
      found.set(name, [...(found.get(name) ?? []), { from: values.get(cell), to, shown }]);
    }
  };
  visit(tree, new Map(), new Map());
  return [...found].flatMap(([name, writes]) => {
    const changes = writes.filter(({ from, to }) => from !== to);
    return changes.length === 0 ? [] : [effectOf(name, changes)];
  });
}

function effectOf(name: string, changes: readonly Write[]): string {
  const distance = ({ from, to }: Write): number =>
    typeof from === "number" && typeof to === "number" ? to - from : Number.NaN;
  const { shown } = changes[0]!;
  if (changes.every((change) => change.shown === shown)) return `${name} = ${shown}`;
  const by = distance(changes[0]!);
  return changes.every((change) => distance(change) === by)
    ? `${name} ${by < 0 ? "-" : "+"}= ${Math.abs(by)}`
    : `writes ${name}`;
}
