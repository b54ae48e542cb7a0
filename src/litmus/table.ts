import { ModelError, listed } from "../model/error.ts";
import type { MemoryModel } from "../model/memory.ts";
import type { Answer, Observation } from "./answer.ts";

/** What a table says of one test under one memory model. */
export interface Expected {
  readonly observation: string;
  readonly outcomes: number;
}

/** By the name of the test's file. A test without an entry is not judged: the table has `?` there, or no such line. */
export type ExpectedTable = ReadonlyMap<string, Expected>;

// The machine of lkmm leaves out load buffering, and so does the column it is compared with.
const COLUMNS: { readonly [M in MemoryModel]: readonly string[] } = {
  sc: ["sc"],
  tso: ["tso"],
  lkmm: ["lkmm_nolb", "lkmm"],
};

/** Reads a table of verdicts and numbers of outcomes: tab-separated, with a head that names the columns. */
export function readTable(name: string, text: string, memory: MemoryModel): ExpectedTable {
  const [head, ...rows] = text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split("\t"));
  const verdict = COLUMNS[memory][0]!;
  const columnOf = (...names: readonly string[]): number => {
    const index = names.map((column) => head!.indexOf(column)).find((place) => place >= 0);
    if (index !== undefined) return index;
    throw new ModelError(`the table has no column '${names[0]}'`, {
      where: `${name}:1`,
      cause: `columns: ${listed(head!)}`,
      remedy: `give it these: file, ${verdict}, ${verdict}_states`,
    });
  };
  const names = COLUMNS[memory];
  const [file, found, states] = [
    columnOf("file"),
    columnOf(...names),
    columnOf(...names.map((column) => `${column}_states`)),
  ];
  const table = new Map<string, Expected>();
  for (const [i, row] of rows.entries()) {
    if (row.length === 1 && row[0] === "") continue;
    const [test, observation, outcomes] = [row[file], row[found], row[states]];
    const where = `${name}:${i + 2}`;
    if (test === undefined || observation === undefined || outcomes === undefined)
      throw new ModelError("a row of the table is too short", { where, remedy: `give it ${head!.length} columns` });
    if (table.has(test)) throw new ModelError(`the table names '${test}' twice`, { where, remedy: "leave one" });
    if (observation === "?") continue;
    if (!OBSERVATIONS.includes(observation) || !/^\d+$/.test(outcomes))
      throw new ModelError(`'${observation} ${outcomes}' is no verdict with a number of outcomes`, {
        where,
        remedy: `verdicts: ${listed([...OBSERVATIONS, "?"])}`,
      });
    table.set(test, { observation, outcomes: Number(outcomes) });
  }
  return table;
}

const OBSERVATIONS: readonly string[] = ["Never", "Sometimes", "Always"] satisfies readonly Observation[];

/** How an answer differs from what a table says: the families that differences are listed by. */
export type Family = "more outcomes" | "fewer outcomes" | "another verdict";

export interface Difference {
  readonly family: Family;
  readonly file: string;
  readonly expected: Expected;
  readonly answer: Answer;
}

/** The difference of an answer from the table, if it has one; "undecided" if that depends on outcomes that are. */
export function differenceOf(file: string, answer: Answer, expected: Expected): Difference | "undecided" | undefined {
  const found = answer.outcomes.length;
  const isVerdict = answer.observation === expected.observation;
  const most = found + answer.undecided.length;
  if (
    most > found &&
    (isVerdict || answer.observation === "Undecided") &&
    found <= expected.outcomes &&
    expected.outcomes <= most
  )
    return "undecided";
  if (found === expected.outcomes && isVerdict) return undefined;
  const family =
    found > expected.outcomes ? "more outcomes" : found < expected.outcomes ? "fewer outcomes" : "another verdict";
  return { family, file, expected, answer };
}

/** A test that could not be read or run, and why. */
export interface Unread {
  readonly file: string;
  readonly reason: string;
}

/** How a set of tests compares with a table. */
export interface Comparison {
  readonly memory: MemoryModel;
  readonly same: number;
  readonly differences: readonly Difference[];
  /** Tests that may or may not be as expected, and why. */
  readonly undecided: readonly Unread[];
  /** Files that the table has no verdict for. */
  readonly unjudged: readonly string[];
  readonly unread: readonly Unread[];
}

const FAMILIES: readonly Family[] = ["more outcomes", "fewer outcomes", "another verdict"];

/** The differences by family, what was not read, and how many there are of each. */
export function comparisonText({ memory, same, differences, undecided, unjudged, unread }: Comparison): string {
  const lines: string[] = [];
  for (const family of FAMILIES) {
    const ofFamily = differences.filter((difference) => difference.family === family);
    if (ofFamily.length === 0) continue;
    lines.push(`${family} than expected: ${ofFamily.length}`);
    for (const [group, members] of groups(ofFamily)) {
      lines.push(`  ${group}: ${members.length}`);
      for (const { file, expected, answer } of members) {
        const found = `${answer.observation} ${answer.outcomes.length}`;
        lines.push(`    ${file}`, `      ${found}, expected ${expected.observation} ${expected.outcomes}`);
      }
    }
    lines.push("");
  }
  for (const [what, tests] of [
    ["undecided", undecided],
    ["not answered", unread],
  ] as const)
    if (tests.length > 0) lines.push(`${what}: ${tests.length}`, ...tests.map(({ reason }) => `  ${reason}`), "");
  const total = same + differences.length + undecided.length + unjudged.length + unread.length;
  const parts = [
    `${differences.length} differ`,
    ...(undecided.length > 0 ? [`${undecided.length} undecided`] : []),
    ...(unjudged.length > 0 ? [`${unjudged.length} without a verdict in the table`] : []),
    ...(unread.length > 0 ? [`${unread.length} not answered`] : []),
  ];
  lines.push(`${same} of ${total} tests as expected under ${memory}: ${parts.join(", ")}`, "");
  return lines.join("\n");
}

/** By the folder the test lies in, and by what may explain the difference. */
function groups(differences: readonly Difference[]): ReadonlyMap<string, readonly Difference[]> {
  const found = new Map<string, Difference[]>();
  for (const difference of differences) {
    const { file, answer } = difference;
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".";
    const reasons = answer.explanations.length > 0 ? ` (${answer.explanations.join(", ")})` : "";
    const group = folder + reasons;
    found.set(group, [...(found.get(group) ?? []), difference]);
  }
  return found;
}
