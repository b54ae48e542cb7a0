/** A kernel tree, of which files are read as they are asked for. It is never walked. */
export interface SourceTree {
  /** As the user gave it, for sentences. */
  readonly name: string;
  /** `v6.12.117`, as its Makefile says. */
  readonly release: string;
  /** The text of a file below it, or nothing if it is not there. */
  read(file: string): string | undefined;
}

const LINE = (name: string): RegExp => new RegExp(`^${name}[ \\t]*=[ \\t]*(.*?)[ \\t]*$`, "m");

/** The release that the Makefile at the top of a kernel tree says it is of, or nothing for any other file. */
export function releaseIn(makefile: string): string | undefined {
  const [version, patch, sub, extra] = ["VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"].map(
    (name) => LINE(name).exec(makefile)?.[1],
  );
  if (version === undefined || patch === undefined || !/^\d+$/.test(version) || !/^\d+$/.test(patch)) return undefined;
  const third = sub !== undefined && /^[1-9]\d*$/.test(sub) ? `.${sub}` : "";
  return `v${version}.${patch}${third}${/^-rc\d+$/.test(extra ?? "") ? extra : ""}`;
}

const numbersOf = (release: string): readonly number[] => (release.match(/\d+/g) ?? []).map(Number);

/** Whether it names a release alone: `v5.9, patched` is of none. */
export const isRelease = (named: string): boolean => /^v\d+(?:\.\d+)+(?:-rc\d+)?$/.test(named);

/** Whether a tree is of the release that a path names: `v5.9.1` is of `v5.9`, and `v5.9.2` is not of `v5.9.1`. */
export function isOfRelease(tree: string, named: string): boolean {
  if (!isRelease(named)) return false;
  const [has, asks] = [numbersOf(tree), numbersOf(named)];
  return asks.every((number, i) => (has[i] ?? 0) === number);
}

/** Whether a release is `since` or later; a release candidate counts as its release. */
export function isSince(release: string, since: string): boolean {
  const [a, b] = [numbersOf(release.replace(/-rc\d+$/, "")), numbersOf(since)];
  for (let i = 0; i < Math.max(a.length, b.length); i++)
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (a[i] ?? 0) > (b[i] ?? 0);
  return true;
}
