/** What kind of C an event is; `join` is none, but a place that jumps lead to, and `jump` is a goto, break or continue. */
export type EventKind = "call" | "write" | "read" | "test" | "return" | "jump" | "join";

/** One operation of a C function, in the order in which it is evaluated. */
export interface SourceEvent {
  /** Its number, in the order in which it is written, callees in place. */
  readonly index: number;
  readonly kind: EventKind;
  /** As it is written, on one line. */
  readonly text: string;
  /** Of a call: the name of the function, or of the member that holds it. */
  readonly callee?: string;
  /** Of a call: its arguments as they are written. */
  readonly args: readonly string[];
  readonly file: string;
  readonly line: number;
  /** The functions that it stands in, the outermost first. */
  readonly chain: readonly string[];
  /** The C label that it stands behind, in its own function. */
  readonly label: string | undefined;
  /** What it depends on: `if (...)`, `else (...)`, `case ...`, the outermost first. */
  readonly under: readonly string[];
  readonly isInLoop: boolean;
  /** It decides whether a loop is run again. */
  readonly isLoopTest: boolean;
  /** The shared fields that it touches, as members: `mapping`. */
  readonly fields: readonly string[];
  /** Why nobody has to say anything about it; without it, it is a step, omitted, or new. */
  readonly quiet: string | undefined;
  /** Of a call that was not followed: what its body does that would have to be accounted for. */
  readonly within: readonly string[];
  /** Of a local that is assigned, its name; of a test, the locals that it looks at. */
  readonly locals: readonly string[];
}

/** A function with what it calls in place, as a graph of events. */
export interface Flow {
  readonly events: readonly SourceEvent[];
  /** By the index of an event: what may come next. */
  readonly next: readonly (readonly number[])[];
  /** Beside `next`: what a test has said on that way. */
  readonly sides: readonly (readonly (boolean | undefined)[])[];
  /** Of loops that have no test: where they begin, and the jumps that leave them. */
  readonly endless: ReadonlyMap<number, readonly { readonly event: number }[]>;
  /** Where each of the functions that no other of them calls is left. */
  readonly exits: readonly number[];
  /** Every function that was followed. */
  readonly functions: readonly string[];
}

/** Whether one event may come after another without a loop being run again, for all pairs of a flow. */
export function orderOf({ next }: Flow): (first: number, later: number) => boolean {
  const back = backEdges(next);
  const reached = next.map((): Set<number> | undefined => undefined);
  const from = (index: number): Set<number> => {
    const known = reached[index];
    if (known) return known;
    const all = new Set<number>();
    reached[index] = all;
    for (const to of next[index]!) {
      if (back.has(`${index},${to}`)) continue;
      all.add(to);
      for (const more of from(to)) all.add(more);
    }
    return all;
  };
  return (first, later) => from(first).has(later);
}

/** What can be come to from the beginnings. */
export function reachedFrom(starts: readonly number[], next: readonly (readonly number[])[]): ReadonlySet<number> {
  const reached = new Set(starts);
  for (const index of reached) for (const to of next[index]!) reached.add(to);
  return reached;
}

/** The edges that lead back into a loop: to where a walk from the beginning still is. */
export function backEdges(next: readonly (readonly number[])[]): ReadonlySet<string> {
  const found = new Set<string>();
  const state = new Map<number, "open" | "left">();
  for (let root = 0; root < next.length; root++) {
    if (state.has(root)) continue;
    const stack = [{ index: root, child: 0 }];
    state.set(root, "open");
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const to = next[top.index]![top.child++];
      if (to === undefined) {
        state.set(top.index, "left");
        stack.pop();
      } else if (state.get(to) === "open") found.add(`${top.index},${to}`);
      else if (!state.has(to)) {
        state.set(to, "open");
        stack.push({ index: to, child: 0 });
      }
    }
  }
  return found;
}
