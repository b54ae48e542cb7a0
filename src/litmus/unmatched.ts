import { fixedLocation } from "./values.ts";
import type { Instruction, LitmusTest, LitmusThread } from "./program.ts";

/** What a thread is in when it comes to an instruction: RCU critical sections, and locks by location. */
interface Inside {
  readonly at: number;
  readonly sections: number;
  readonly locks: ReadonlySet<number>;
}

/**
 * The unlocks, as `line 3: spin_unlock(l)`, that some way through their thread comes to without the lock. No execution
 * contains one: what comes to it has no outcome. An attempt to take a lock counts as if it had got it.
 */
export const unmatchedIn = ({ threads, locations }: LitmusTest): readonly string[] =>
  threads.flatMap((thread) => [...unmatchedInThread(thread, locations.length)]);

function unmatchedInThread({ instructions }: LitmusThread, locations: number): ReadonlySet<string> {
  const found = new Set<string>();
  const seen = new Set<string>();
  const open: Inside[] = [{ at: 0, sections: 0, locks: new Set() }];
  for (let inside = open.pop(); inside; inside = open.pop()) {
    const instruction = instructions[inside.at];
    const key = `${inside.at} ${inside.sections} ${[...inside.locks].toSorted((a, b) => a - b).join()}`;
    if (!instruction || seen.has(key)) continue;
    seen.add(key);
    const after = passed(instruction, inside, locations);
    if (!after) found.add(`line ${instruction.line}: ${instruction.text}`);
    else for (const at of nextOf(instruction, inside.at)) open.push({ ...after, at });
  }
  return found;
}

/** What a thread is in behind an instruction; nothing if it cannot pass. */
function passed(instruction: Instruction, inside: Inside, locations: number): Inside | undefined {
  const { sections, locks } = inside;
  switch (instruction.kind) {
    case "rcu":
      if (instruction.rcu === "synchronize-rcu") return inside;
      if (instruction.rcu === "rcu-read-lock") return { ...inside, sections: sections + 1 };
      return sections === 0 ? undefined : { ...inside, sections: sections - 1 };
    case "lock":
    case "trylock":
      return { ...inside, locks: new Set([...locks, fixedLocation(instruction.address, locations)!]) };
    case "unlock": {
      const lock = fixedLocation(instruction.address, locations)!;
      return locks.has(lock) ? { ...inside, locks: new Set([...locks].filter((other) => other !== lock)) } : undefined;
    }
    default:
      return inside;
  }
}

function nextOf(instruction: Instruction, at: number): readonly number[] {
  if (instruction.kind === "jump") return [instruction.to];
  return instruction.kind === "branch" ? [at + 1, instruction.otherwise] : [at + 1];
}
