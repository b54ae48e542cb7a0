import { DRIFT, type Alignment, type Row, type RowKind, type SourcePlace } from "../../source/result.ts";
import { labelledLines, WIDTH } from "./labelled.ts";
import { counted } from "./summary.ts";
import { ascii, fold } from "./wrap.ts";

const WORDS: Readonly<Record<RowKind, string>> = {
  anchored: "anchored",
  renamed: "renamed",
  missing: "missing",
  reordered: "reordered",
  elsewhere: "elsewhere",
  negated: "negated",
  changed: "changed",
  new: "new",
  omitted: "omitted",
  stale: "stale omit",
  "not in source": "not in C",
};

/** What is shown of an alignment: what differs, or all. */
export interface AlignStyle {
  readonly full: boolean;
  /** The scenarios that run the path, where another one that is shown has its name. */
  readonly scenarios?: readonly string[];
}

/** One path beside the source, as text. */
export function alignmentText(alignment: Alignment, { full, scenarios = [] }: AlignStyle): string {
  const { path, release, tree, isOfRelease, rows, isContent } = alignment;
  const beside = isOfRelease ? tree : `${tree}, follows ${release ?? "no release"}`;
  const counts = (Object.keys(WORDS) as RowKind[])
    .filter((kind) => alignment.counts[kind] > 0)
    .map((kind) => `${alignment.counts[kind]} ${WORDS[kind]}`);
  const title = fold(
    ascii(`${path}, ${beside}: ${isContent ? "accounted for" : "drift"}; ${counts.join(", ")}`),
    WIDTH,
    2,
  );
  const users = scenarios.length > 0 ? fold(`in ${scenarios.join(", ")}`, WIDTH, 3) : [];
  const shown = rows.filter(({ kind }) => full || DRIFT.includes(kind));
  return [...title, ...users, ...grouped(shown).flatMap(rowLines)].map((line) => `${line}\n`).join("");
}

/** What one entry of `omits` stands for, in one row. */
function grouped(rows: readonly Row[]): readonly Row[] {
  const isSame = (one: Row, other: Row): boolean =>
    one.kind === "omitted" && other.kind === "omitted" && one.label === other.label;
  return rows.flatMap((row, i) => {
    if (rows.slice(0, i).some((one) => isSame(one, row))) return [];
    const same = rows.slice(i + 1).filter((one) => isSame(one, row));
    const places = same.flatMap(({ place }) => place ?? []);
    return [same.length === 0 ? row : { ...row, also: places }];
  });
}

const MOST_PLACES = 3;

function rowLines({ kind, label, text, place, also = [], why }: Row): readonly string[] {
  const all = [...new Set([...(place ? [place] : []), ...also].map(shownPlace))];
  const places =
    all.length > MOST_PLACES ? [...all.slice(0, MOST_PLACES - 1), `and ${all.length - MOST_PLACES + 1} more`] : all;
  const said = kind === "new" ? text! : label!;
  const details = [
    ...(kind !== "new" && text !== undefined && text !== said.replace(/\?$/, "") ? [text] : []),
    ...(why === undefined ? [] : [kind === "renamed" ? `now ${why}()` : why]),
  ];
  return labelledLines(WORDS[kind], [said, ...places, ...details]);
}

const shownPlace = ({ file, line, function: fn }: SourcePlace): string => `${file}:${line}, ${fn}()`;

/** With which tree the paths were compared besides, and of another update of its series, which are not as they were there. */
export function comparedLine(all: readonly Alignment[]): string {
  const kept = all.filter(({ comparedWith }) => comparedWith !== undefined);
  const [first] = kept;
  const lines = (text: string): string =>
    fold(ascii(text), WIDTH, 3)
      .map((line) => `${line}\n`)
      .join("");
  if (!first)
    return lines(
      `not compared: of ${all[0]?.tree ?? "the tree"} and its series nothing is kept for ${all.length === 1 ? "this path" : "these paths"}`,
    );
  const how = `compared with what ${first.comparedWith} was: ${kept.length} of ${counted(all.length, "path")}`;
  if (first.isCompared) return lines(how);
  const other = kept.filter(({ differs = [] }) => differs.length > 0);
  const named = other.map(({ path, differs = [] }) => `${path} (${counted(differs.length, "step")})`);
  const same = other.length === 0 ? "the same there" : `not the same there: ${named.join(", ")}`;
  return lines(`${how}, ${same}`);
}

/** How many paths of a scenario are of other releases than it runs for the tree's; nothing where there are none. */
export function leftAside(releases: readonly (string | undefined)[]): string {
  if (releases.length === 0) return "";
  const named = [...new Set(releases)].map(
    (one) => `${releases.filter((other) => other === one).length} of ${one ?? "no release"}`,
  );
  const text = fold(ascii(`left aside: ${named.join(", ")}`), WIDTH, 2);
  return `${text.join("\n")}\n`;
}

/** All of them in the end: how many paths are accounted for. */
export function alignTotal(all: readonly Alignment[]): string {
  const content = all.filter(({ isContent }) => isContent).length;
  return `${counted(all.length, "path")}: ${content} accounted for, ${all.length - content} with drift\n`;
}
