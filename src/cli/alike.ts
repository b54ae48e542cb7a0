import { editDistance, listed } from "../model/error.ts";

const MOST = 12;

/** The words of a name, without a folder before it, by which one is found that is not remembered as it is. */
const wordsOf = (name: string): readonly string[] =>
  name
    .slice(name.lastIndexOf("/") + 1)
    .split(/[-_, ]+/)
    .filter((word) => word.length > 2);

/** Those of `names` that have a word which begins with one of the words of `name`. */
function alikeOf(name: string, names: Iterable<string>): readonly string[] {
  const asked = wordsOf(name);
  return [...new Set(names)].filter((one) => wordsOf(one).some((word) => asked.some((part) => word.startsWith(part))));
}

/**
 * For the "what exists" line of an error: those of the names that are alike, of many the nearest; nothing if none is. Of `kind`, as in
 * `paths`, all are said where they are few, and how many there are where none is alike.
 */
export function alike(name: string, names: Iterable<string>): string | undefined;
export function alike(name: string, names: Iterable<string>, kind: string): string;
export function alike(name: string, names: Iterable<string>, kind?: string): string | undefined {
  const distance = new Map([...names].map((one) => [one, editDistance(name, one)]));
  if (kind !== undefined && distance.size <= MOST) return `${kind}: ${listed(distance.keys())}`;
  const found = alikeOf(name, distance.keys());
  if (found.length > MOST) {
    const nearest = found.toSorted((a, b) => distance.get(a)! - distance.get(b)!).slice(0, MOST);
    return `alike: ${listed(nearest)}, and ${found.length - MOST} more`;
  }
  if (found.length > 0) return `alike: ${listed(found)}`;
  return kind === undefined ? undefined : `there are ${distance.size} ${kind}`;
}
