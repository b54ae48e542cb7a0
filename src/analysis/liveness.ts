import type { Cell } from "../model/access.ts";
import { breaksRule } from "../model/error.ts";
import type { Program, ProgramThread } from "../machine/program.ts";
import { DONE } from "../machine/state.ts";
import type { Tree } from "./decision-tree.ts";
import { localsOf } from "./locals.ts";
import { treeIn } from "./reachable.ts";

/**
 * The same machine, whose steps also put every local back to its initial value that no later step of its thread reads
 * before writing it. States that differ only in values nothing can see are then one state.
 */
export function resetDeadLocals(program: Program): Program {
  return { ...program, threads: program.threads.map((_, t) => withResets(program, t)) };
}

function withResets(program: Program, t: number): ProgramThread {
  const thread = program.threads[t]!;
  const locals = localsOf(thread);
  if (locals.length === 0) return thread;
  const uses = allUses(program, t);
  if (!uses) return thread;
  const live = thread.points.map(() => new Set<Cell>());
  for (let changed = true; changed;) {
    changed = false;
    for (let point = thread.points.length - 1; point >= 0; point--) {
      const before = live[point]!.size;
      const { reads, exits } = uses[point]!;
      for (const cell of reads) live[point]!.add(cell);
      for (const { next, written } of exits)
        if (next !== DONE) for (const cell of live[next]!) if (!written.has(cell)) live[point]!.add(cell);
      changed ||= live[point]!.size > before;
    }
  }
  return { ...thread, resets: live.map((cells) => locals.filter((cell) => !cells.has(cell))) };
}

/** What each step reads and writes; nothing if one reads too much to be taken apart. */
function allUses(program: Program, thread: number): readonly Uses[] | undefined {
  try {
    return program.threads[thread]!.points.map((_, point) => usesOf(treeIn(program, thread, point)));
  } catch (error) {
    if (breaksRule(error)) return undefined;
    throw error;
  }
}

interface Uses {
  readonly reads: ReadonlySet<Cell>;
  readonly exits: readonly { readonly next: number; readonly written: ReadonlySet<Cell> }[];
}

function usesOf(tree: Tree): Uses {
  const reads = new Set<Cell>();
  const exits: Uses["exits"][number][] = [];
  const visit = (node: Tree): void => {
    switch (node.kind) {
      case "branch":
        if (node.cell.isLocal) reads.add(node.cell);
        node.arms.forEach(visit);
        break;
      case "choice":
        node.options.forEach(visit);
        break;
      case "moved":
        exits.push({ next: node.next, written: new Set(node.writes.keys()) });
        break;
      default:
    }
  };
  visit(tree);
  return { reads, exits };
}
