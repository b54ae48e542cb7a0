import { bool, int, once, world, type Path } from "../../src/index.ts";
import type { About } from "../../src/model/about.ts";
import type { SourceNames } from "../../src/model/source-names.ts";
import { align, type Aligned } from "../../src/source/align.ts";
import { cParser } from "../../src/source/grammar.ts";
import { NameTable } from "../../src/source/names.ts";
import type { Row, RowKind } from "../../src/source/result.ts";
import type { SourceTree } from "../../src/source/tree.ts";

/** A kernel of our own, of one file and one header. */
export const NAMES: SourceNames = {
  renamed: [
    { names: ["lock_box", "crate_lock"], since: [undefined, "v2.0"], evidence: "none: it is made up" },
    { names: ["box", "crate"], since: [undefined, "v2.0"], evidence: "none: it is made up" },
  ],
  alike: [["shelf", "b_shelf"]],
  does: { map_lock: ["spin_lock"], map_unlock: ["spin_unlock"], for_each_box: ["next_box"] },
  quiet: [{ why: "an assertion", names: ["BUG_ON", "WARN_ON"] }],
  fields: { owner: ["box", "crate"], count: ["*"] },
  entries: ["slot"],
  headers: ["include/box.h"],
  files: ["mm/other.c"],
};

export const treeOf = (files: Readonly<Record<string, string>>, release = "v1.2.3"): SourceTree => ({
  name: "a tree",
  release,
  read: (file) => (Object.hasOwn(files, file) ? files[file] : undefined),
});

const shared = world({ count: int(0, 3), owner: bool });
const step = once((k: { count: number }) => {
  k.count = 0;
});

/** A path with these labels, whose steps do nothing: only what is said of it matters here. */
export const pathWith = (name: string, labels: readonly string[], about: About = {}): Path =>
  shared.path(name, {}, Object.fromEntries(labels.map((label) => [label, step])), {
    file: "mm/box.c",
    release: "v1.2",
    ...about,
  }) as unknown as Path;

/** A path beside functions of mm/box.c. */
export async function beside(
  path: Path,
  code: string,
  { header = "", release = "v1.2.3", other = "" }: { header?: string; release?: string; other?: string } = {},
): Promise<Aligned> {
  const tree = treeOf({ "mm/box.c": code, "include/box.h": header, "mm/other.c": other }, release);
  return align(path, { tree, parse: await cParser(), names: new NameTable(NAMES, release) });
}

/** The rows of a kind, as `label` or, of what is new, the C. */
export const said = (rows: readonly Row[], kind: RowKind): readonly string[] =>
  rows.filter((row) => row.kind === kind).map(({ label, text }) => (kind === "new" ? text! : label!));

export const lineOf = (rows: readonly Row[], label: string): number | undefined =>
  rows.find((row) => row.label === label)?.place?.line;
