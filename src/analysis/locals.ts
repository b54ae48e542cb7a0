import type { Cell } from "../model/access.ts";
import type { ProgramThread } from "../machine/program.ts";

/** The locals of a thread, with those of the paths that it calls: of identical threads in the same order. */
export function localsOf(thread: ProgramThread): readonly Cell[] {
  const cells: Cell[] = [...(thread.copies ?? [])];
  const visit = (frame: ProgramThread["root"]): void => {
    cells.push(...frame.locals.cells);
    for (const callee of frame.callees.values()) visit(callee);
  };
  visit(thread.root);
  return cells;
}
