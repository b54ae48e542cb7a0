import type { Path } from "../model/path.ts";
import type { Wanted } from "./anchor.ts";
import type { ParseC } from "./grammar.ts";
import { readLabelParts, readPattern, type Pattern } from "./pattern.ts";

/** What each step is looked for by; the labels that are no C; and those that are said not to be in the source. */
export function wantedOf(
  path: Path,
  parse: ParseC,
): {
  readonly wanted: readonly Wanted[];
  readonly unread: ReadonlyMap<string, string>;
  readonly nowhere: ReadonlyMap<string, string>;
} {
  const { at = {}, notInSource = {} } = path.about as {
    at?: Readonly<Record<string, string | readonly string[]>>;
    notInSource?: string | Readonly<Record<string, string>>;
  };
  const whyNot = (label: string): string | undefined =>
    typeof notInSource === "string" ? notInSource : notInSource[label];
  const wanted: Wanted[] = [];
  const unread = new Map<string, string>();
  const nowhere = new Map<string, string>();
  const groupOf = new Map([...path.groups].flatMap(([group, parts]) => parts.map((part) => [part, group] as const)));
  for (const label of path.labels) {
    // The steps of one operation are where the operation is.
    const named = groupOf.get(label) ?? label;
    const said = at[label] ?? at[named];
    const why = whyNot(label) ?? whyNot(named);
    if (said === undefined && why !== undefined) {
      nowhere.set(label, why);
      continue;
    }
    const texts = said === undefined ? undefined : [said].flat();
    const read: readonly (Pattern | undefined)[] = texts
      ? texts.map((one) => readPattern(one, parse))
      : (readLabelParts(named, parse) ?? [undefined]);
    const bad = read.indexOf(undefined);
    if (bad >= 0) unread.set(label, texts ? `'${texts[bad]}' is no C` : "it is no C: say `at`, or `notInSource`");
    else wanted.push({ label, patterns: read as readonly Pattern[], isSaid: said !== undefined || groupOf.has(label) });
  }
  return { wanted, unread, nowhere };
}

/** An entry of `omits`: what it names, and what it is looked for by. */
export interface Omit {
  readonly written: string;
  readonly why: string;
  readonly patterns: readonly Pattern[];
}

export function omitsOf({ about: { omits = {} } }: Path, parse: ParseC): readonly Omit[] {
  return Object.entries(omits).flatMap(([written, why]) =>
    partsOf(written).map((one) => {
      const read = readPattern(one, parse);
      return { written: one, why, patterns: read ? [read] : [] };
    }),
  );
}

/** The entries of `omits` that share a reason: splits at the commas that are in no brackets. */
export function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let [depth, from] = [0, 0];
  for (let i = 0; i <= text.length; i++) {
    if ("([{".includes(text[i] ?? " ")) depth++;
    if (")]}".includes(text[i] ?? " ")) depth--;
    if (i < text.length && (text[i] !== "," || depth > 0)) continue;
    parts.push(text.slice(from, i).trim());
    from = i + 1;
  }
  return parts.filter((one) => one !== "");
}
