import type { ProgramThread } from "../../machine/program.ts";
import type { Shape, Word } from "../../analysis/words.ts";

/** Whose a word is, where threads that are declared symmetric have one each: `mm[1].ptl` is the `.ptl` of `mm[1]`. */
export interface Owner {
  /** The same for all that are in the same place of their owners. */
  readonly family: string;
  /** Where the names of all that is the owner's begin. */
  readonly prefix: string;
}

/** Says whose a word is; nothing, if it is no one's. */
export type OwnerOf = (word: Word) => Owner | undefined;

/**
 * Finds what belongs to symmetric threads by what their steps use: where one is the only one of its group to use
 * `mm[0].ptl`, and another uses `mm[1].ptl` in its place, all of `mm[0]` and `mm[1]` belongs to them.
 */
export function ownersOf(threads: readonly ProgramThread[], shapes: readonly (readonly Shape[])[]): OwnerOf {
  const groups = [...new Set(threads.flatMap(({ group }) => group ?? []))];
  const families = groups.flatMap((group) => {
    const used = threads.flatMap((thread, t) =>
      thread.group === group ? [new Set(shapes[t]!.flatMap(({ words }) => [...words]))] : [],
    );
    const own = used.map((words, i) =>
      [...words].filter((word) => used.every((others, j) => j === i || !others.has(word))),
    );
    return own.length < 2 ? [] : own[0]!.flatMap((_, i) => prefixesOf(own.map((words) => words[i]?.name)));
  });
  const owners = new Map(families.flatMap((prefixes) => prefixes.map((prefix) => [prefix, prefixes[0]!] as const)));
  return ({ name }) => {
    for (const [prefix, first] of owners)
      if (name.startsWith(prefix)) return { family: first + name.slice(prefix.length), prefix };
    return undefined;
  };
}

/** How names begin that differ in one index: up to there. Nothing, if that is not how they differ. */
function prefixesOf(names: readonly (string | undefined)[]): readonly (readonly string[])[] {
  const parts = names.map((name) => (name ?? "").split(/(?<=\])/));
  const at = parts[0]!.findIndex((part, i) => parts.some((other) => other[i] !== part));
  if (at < 0) return [];
  const prefixes = parts.map((part) => part.slice(0, at + 1).join(""));
  const isOneEach = new Set(prefixes).size === prefixes.length && prefixes.every((prefix) => prefix.endsWith("]"));
  return isOneEach ? [prefixes] : [];
}
