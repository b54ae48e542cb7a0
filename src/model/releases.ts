import { ModelError } from "./error.ts";

/** From which release to which a path is true, both included; no end where it is still true, or always was. */
export interface Releases {
  readonly from: Release | undefined;
  readonly to: Release | undefined;
}

/** `v5.9-rc4` as its numbers; no `candidate` for a release itself, which comes after all of them. */
interface Release {
  readonly numbers: readonly number[];
  readonly candidate: number;
}

const NAME = String.raw`v\d+(?:\.\d+)+(?:-rc\d+)?`;
const RANGE = new RegExp(`^(?:(${NAME})?\\.\\.(${NAME})?|(${NAME}))$`);

/** Reads `v5.11..v5.18`, `..v5.18`, `v5.19..` or `v5.9`. Throws a ModelError for anything else, and for a range that runs backwards. */
export function releasesOf(text: string, where: string): Releases {
  const [, first, last, only] = RANGE.exec(text) ?? [];
  if ((first ?? last ?? only) === undefined)
    throw new ModelError(`'${text}' is no range of releases`, {
      where,
      remedy: "write v5.11..v5.18, ..v5.18, v5.19.. or v5.19",
    });
  const range = { from: releaseOf(first ?? only), to: releaseOf(last ?? only) };
  if (isBefore(range.to, range.from))
    throw new ModelError(`'${text}' ends before it begins`, { where, remedy: "give the older release first" });
  return range;
}

function releaseOf(name: string | undefined): Release | undefined {
  const [numbers, candidate] = name?.slice(1).split("-rc") ?? [];
  return numbers === undefined
    ? undefined
    : { numbers: numbers.split(".").map(Number), candidate: candidate === undefined ? Infinity : Number(candidate) };
}

function isBefore(a: Release | undefined, b: Release | undefined): boolean {
  if (!a || !b) return false;
  for (let i = 0; i < Math.max(a.numbers.length, b.numbers.length); i++) {
    const [left, right] = [a.numbers[i] ?? 0, b.numbers[i] ?? 0];
    if (left !== right) return left < right;
  }
  return a.candidate < b.candidate;
}

/** A range in words: `v5.11 to v5.18`, `v5.19 or later`. */
export function showReleases(text: string): string {
  const [first, last] = text.split("..");
  if (last === undefined) return text;
  if (first === "") return last === "" ? "any release" : `${last} or before`;
  return last === "" ? `${first} or later` : `${first} to ${last}`;
}

/** Some release has both. Ranges that meet two by two have one release in common, all of them. */
export const haveCommon = (a: Releases, b: Releases): boolean => !isBefore(a.to, b.from) && !isBefore(b.to, a.from);
