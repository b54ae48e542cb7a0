import type { SourceEvent } from "./events.ts";
import { flowOf, type Decision } from "./flow.ts";
import type { CFunction, Functions } from "./functions.ts";
import type { ParseC } from "./grammar.ts";
import type { NameTable } from "./names.ts";
import type { Pattern } from "./pattern.ts";

/** What of a path decides which calls are followed. */
export interface Scope {
  readonly parse: ParseC;
  readonly names: NameTable;
  readonly functions: Functions;
  /** Those that the path says it follows. */
  readonly own: readonly string[];
  /** By a member that holds a function: the one that the path says it is. */
  readonly pointers: ReadonlyMap<string, string>;
  /** What its labels and `at` look for, and what its `omits` name. */
  readonly looked: readonly Pattern[];
  readonly omitted: readonly Pattern[];
  /** What was not found without following calls that the path does not name: those that have it are followed. */
  readonly lost: readonly Pattern[];
}

/** So deep is looked into functions that the path says nothing of. */
const DEPTH = 5;

const SEEN = "does nothing that another CPU may see";

/**
 * Decides what becomes of each call: a step or an entry of `omits` stands for all of it; a function that the path names, or that
 * has a step which was lost, is followed; of any other it is asked whether it does something that has to be accounted for.
 */
export function decider(scope: Scope): (callee: string, chain: readonly string[], isIndirect: boolean) => Decision {
  const { names, functions, own, pointers, looked, omitted, lost } = scope;
  const calls = looked.flatMap(({ what }) =>
    what.kind === "call" ? [what.callee] : what.kind === "name" ? [what.name] : [],
  );
  const left = omitted.flatMap(({ what }) =>
    what.kind === "call" ? [what.callee] : what.kind === "name" ? [what.name] : [],
  );
  const followed = new Set(
    [...own, ...looked.flatMap(({ contexts }) => contexts)].map((name) => names.canonical(name)),
  );
  const isLookedFor = (callee: string): boolean => calls.some((one) => names.does(callee, one) !== undefined);
  const searched = lost.flatMap(({ what }) => (what.kind === "call" ? [what.callee] : []));
  const isSearched = (callee: string): boolean => searched.some((one) => names.does(callee, one) !== undefined);
  const isOmitted = (callee: string): boolean => left.some((one) => names.does(callee, one) === "is");
  const examined = new Map<string, Examined>();
  let nested = 0;

  const decide = (callee: string, chain: readonly string[], isIndirect: boolean): Decision => {
    if (isIndirect) {
      const target = pointers.get(callee) ?? own.find((name) => name === callee || name.endsWith(`_${callee}`));
      const into = target === undefined || chain.includes(target) ? undefined : functions.find(target);
      if (into) return { kind: "follow", into };
    }
    const isStep = isLookedFor(callee);
    if (isStep && !followed.has(names.canonical(callee))) return { kind: "event" };
    const quiet = names.whyQuiet(callee);
    if (isOmitted(callee)) return quiet === undefined ? { kind: "event" } : { kind: "event", quiet };
    if (quiet !== undefined && !followed.has(names.canonical(callee))) return { kind: "event", quiet };
    const into = isIndirect || chain.includes(callee) ? undefined : functions.find(callee);
    if (!into) return { kind: "event" };
    if (followed.has(names.canonical(callee))) return { kind: "follow", into, isStep };
    if (nested >= DEPTH) return { kind: "event", within: [callee] };
    const { hasStep, does } = examine(into, chain);
    if (hasStep) return { kind: "follow", into };
    return does.length === 0 ? { kind: "event", quiet: SEEN } : { kind: "event", within: does };
  };

  const examine = (fn: CFunction, chain: readonly string[]): Examined => {
    const known = examined.get(fn.name);
    if (known) return known;
    nested++;
    const { events } = flowOf([fn], {
      parse: scope.parse,
      names,
      decide: (callee, inner, isIndirect) => decide(callee, [...chain, ...inner], isIndirect),
    });
    nested--;
    const found = {
      hasStep: events.some(({ kind, callee, quiet }) => kind === "call" && quiet === undefined && isSearched(callee!)),
      does: [...new Set(events.filter(isAccountable).map(({ text }) => text))],
    };
    examined.set(fn.name, found);
    return found;
  };
  return decide;
}

interface Examined {
  readonly hasStep: boolean;
  readonly does: readonly string[];
}

/** Whether an event must be a step or an entry of `omits`, wherever it stands. */
export const isAccountable = ({ kind, quiet }: SourceEvent): boolean =>
  quiet === undefined && (kind === "call" || kind === "write" || kind === "read" || kind === "test");
