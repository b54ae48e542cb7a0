import type { Cell } from "../../model/access.ts";
import { ModelError } from "../../model/error.ts";
import { writtenAt } from "../../model/path.ts";
import { placeOf } from "../../model/where.ts";
import type { Program, ProgramThread } from "../../machine/program.ts";
import { nameOf } from "../../machine/execute-step.ts";
import { leavesOf, type Leaf } from "../../analysis/decision-tree.ts";
import { filledBy, isWholeWrite, touchedBy, type Memory, type Word } from "../../analysis/words.ts";

/**
 * Checks that what looks like a page-table walk is one: it reads a word and fills an entry, and may set bits of the word
 * in the same operation. A step that changes memory and drops an entry is two: the kernel's store, and its flush. What an
 * IPI's handler does, the CPU does: no MMU is interrupted.
 */
export function checkWalks({ threads }: Program, { shapes, wordOf }: Memory): void {
  for (const [t, thread] of threads.entries())
    for (const [p, { mmu, tree }] of shapes[t]!.entries()) {
      if (mmu !== "walk") continue;
      const leaves = leavesOf(tree);
      const isHandler = thread.points[p]!.step.operation === "ipiHandler";
      const fills = !isHandler && leaves.some((leaf) => filledBy(leaf).some((cell) => !isDropped(leaf, cell)));
      for (const leaf of leaves) {
        const [word] = touchedBy(leaf).flatMap((cell) => wordOf.get(cell) ?? []);
        if (!word || (isHandler && filledBy(leaf).length === 0)) continue;
        if (!fills || word.isLock || isStoreOfCpu(leaf, word)) throw noWalk(thread, p, word, leaf);
      }
    }
}

const isDropped = (leaf: Leaf, cell: Cell): boolean =>
  leaf.kind === "moved" && leaf.writes.get(cell) === cell.values[0];

function isStoreOfCpu(leaf: Leaf, word: Word): boolean {
  if (leaf.kind !== "moved" || !word.cells.some((cell) => leaf.writes.has(cell))) return false;
  const filled = filledBy(leaf);
  return isWholeWrite(leaf, word) || (filled.length > 0 && filled.every((cell) => isDropped(leaf, cell)));
}

function noWalk(thread: ProgramThread, pointIndex: number, word: Word, leaf: Leaf): ModelError {
  const point = thread.points[pointIndex]!;
  const place = placeOf(writtenAt(point.frame.path, point.label));
  const [cell] = filledBy(leaf);
  return new ModelError(`${nameOf(point)} changes what the hardware keeps, and is no page-table walk`, {
    ...(place !== undefined && { where: place }),
    cause: `it uses ${word.name} together with ${cell?.name ?? "a hardware field"}; a walk reads a word, may set bits of it, and fills an entry with what it has read`,
    remedy:
      point.step.operation === "ipiHandler"
        ? "make hardware(...) of what the CPU of the handler alone uses, and let the sender look at the rest before"
        : "make the CPU's access and the flush a step each",
  });
}
