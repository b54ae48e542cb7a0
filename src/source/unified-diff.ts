import { ModelError } from "../model/error.ts";
import type { SourceTree } from "./tree.ts";

interface Hunk {
  readonly head: string;
  readonly from: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** `@@ -0,0 +1,9 @@`. */
  readonly isNewFile: boolean;
}

const HEAD = /^@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@/;

/** The tree with a unified diff applied to it, in memory. Throws a ModelError that names the hunk which does not apply. */
export function patchedTree(tree: SourceTree, diff: string, name: string): SourceTree {
  const patched = new Map(
    [...hunksIn(diff, name)].map(([file, hunks]) => {
      const text = tree.read(file);
      const [first] = hunks;
      if (text === undefined && hunks.length === 1 && first!.isNewFile) return [file, first!.after.join("\n")];
      if (text === undefined) throw notApplied(name, `${tree.release} has no file ${file}`);
      return [
        file,
        hunks
          .reduce<readonly string[]>((lines, hunk) => withHunk(lines, hunk, { file, name }), text.split("\n"))
          .join("\n"),
      ];
    }),
  );
  return { ...tree, read: (file) => patched.get(file) ?? tree.read(file) };
}

/** The hunks by file, the last one first, so that none moves the lines of another. */
function hunksIn(diff: string, name: string): ReadonlyMap<string, readonly Hunk[]> {
  // Mail and editors may have ended the lines with CRLF.
  const lines = diff.replace(/\r?\n$/, "").split(/\r?\n/);
  const found = new Map<string, Hunk[]>();
  let file: string | undefined;
  for (let i = 0; i < lines.length; i++) {
    const to = lines[i]!.startsWith("--- ") ? /^\+\+\+ (?:b\/)?([^\t]+)/.exec(lines[i + 1] ?? "")?.[1] : undefined;
    if (to !== undefined) {
      file = to;
      if (!/\.[ch]$/.test(to)) file = undefined;
      i++;
    }
    const head = HEAD.exec(lines[i]!);
    if (!head || file === undefined) continue;
    const [from, had, has] = [Number(head[1]), Number(head[2] ?? 1), Number(head[3] ?? 1)];
    const [before, after]: [string[], string[]] = [[], []];
    while (before.length < had || after.length < has) {
      const line = lines[++i];
      if (line === undefined || !/^[ +\-\\]|^$/.test(line))
        throw notApplied(name, `hunk '${head[0]}' of ${file} ends early`);
      if (line.startsWith("\\")) continue;
      if (!line.startsWith("+")) before.push(line.slice(1));
      if (!line.startsWith("-")) after.push(line.slice(1));
    }
    found.set(file, [
      { head: head[0], from, before, after, isNewFile: from === 0 && had === 0 },
      ...(found.get(file) ?? []),
    ]);
  }
  if (found.size === 0) throw notApplied(name, "it has no hunk for a .c or .h file");
  return found;
}

/** Where the diff says, or where these lines are, if they are in one place only. */
function withHunk(
  lines: readonly string[],
  { head, from, before, after }: Hunk,
  { file, name }: { readonly file: string; readonly name: string },
): readonly string[] {
  const isAt = (at: number): boolean => before.every((line, i) => lines[at + i]?.replace(/\r$/, "") === line);
  const places = isAt(from - 1) ? [from - 1] : [...lines.keys()].filter(isAt);
  if (places.length !== 1 || before.length === 0)
    throw notApplied(
      name,
      `hunk '${head}' of ${file} ${places.length === 0 ? "is nowhere there" : "is in several places there"}`,
    );
  return [...lines.slice(0, places[0]!), ...after, ...lines.slice(places[0]! + before.length)];
}

const notApplied = (name: string, cause: string): ModelError =>
  new ModelError(`the patch '${name}' does not apply`, { cause, remedy: "give a unified diff against this very tree" });
