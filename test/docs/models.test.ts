import assert from "node:assert/strict";
import { test } from "node:test";
import { MAP_RELEASES, NOT_MODELLED } from "../../models/kernel/not-modelled.ts";
import type { About } from "../../src/model/about.ts";
import type { AnyCall, AnyStep } from "../../src/model/path.ts";
import { placeOf } from "../../src/model/where.ts";
import { framesOf, pinnedRuns } from "../models/pinned.ts";
import { PAIRS } from "../models/families.ts";
import { generatedPart, isUpdate, readDocument, writeDocument } from "./document.ts";

/** A path with all its variants in the pinned runs. A function that differs by release may be several. */
interface Described {
  readonly name: string;
  readonly source: string;
  /** Where in it, to put several of one file in the order of the file. */
  readonly line: number;
  readonly abouts: Map<string, About>;
  /** By release: the functions of C that one variant or another follows, each with what that says of itself. */
  readonly functions: Map<string, Map<string, About>>;
  /** By label, in the order they are written in: the entry, and in how many of the variants it is. */
  readonly entries: Map<string, { readonly entry: AnyStep | AnyCall; variants: number }>;
  readonly scenarios: Set<string>;
  variants: number;
}

const sourceOf = (place: string): string =>
  place
    .replace(/:\d+:\d+$/, "")
    .replace(/^.*\.build\//, "")
    .replace(/\.js$/, ".ts");

async function described(): Promise<readonly Described[]> {
  const paths = new Map<string, Described>();
  const variants = new Set<string>();
  for (const { scenario, program } of await pinnedRuns())
    for (const { path } of framesOf(program)) {
      const { name, about } = path;
      const place = placeOf(path.definedAt)!;
      const id = `${name}\n${place}`;
      const one =
        paths.get(id) ??
        ({
          name,
          source: sourceOf(place),
          line: Number(place.split(":").at(-2)),
          abouts: new Map(),
          functions: new Map(),
          entries: new Map(),
          scenarios: new Set(),
          variants: 0,
        } as Described);
      paths.set(id, one);
      one.scenarios.add(scenario.name);
      one.abouts.set(about.release ?? "", about);
      const functions = one.functions.get(about.release ?? "") ?? new Map<string, About>();
      one.functions.set(about.release ?? "", functions);
      for (const followed of functionsOf(name, about)) functions.set(followed, about);
      const variant = `${id}\n${path.labels.join("\n")}`;
      if (variants.has(variant)) continue;
      variants.add(variant);
      one.variants++;
      for (const [label, entry] of path.entries) {
        const known = one.entries.get(label) ?? { entry, variants: 0 };
        known.variants++;
        one.entries.set(label, known);
      }
    }
  return [...paths.values()];
}

/** The releases of its variants, and what else each is true of. */
const releasesOf = (abouts: ReadonlyMap<string, About>): string =>
  listOf([...abouts].map(([release, { fits }]) => (fits === undefined ? release : `${release} (fits ${fits})`)));

const listOf = (values: Iterable<string>): string => [...new Set(values)].join("; ");

function section({ name, source, abouts, entries, scenarios, variants }: Described): readonly string[] {
  const steps = [...entries].map(([label, { entry, variants: with_ }], i) => {
    const kind = entry.kind === "call" ? `runs ${entry.path.name}()` : entry.order;
    const atomic = entry.kind === "step" && entry.atomic !== undefined ? `; one event: ${entry.atomic}` : "";
    return `${i + 1}. \`${label}\` - ${kind}${atomic}${with_ < variants ? " (not in all variants)" : ""}`;
  });
  return [
    `### ${name}()`,
    "",
    `[${source}](../${source}), follows ${releasesOf(abouts)}. Run by ${[...scenarios].map((one) => `\`${one}\``).join(", ")}.`,
    "",
    ...steps,
    "",
    ...[...new Set([...abouts.values()].map(({ leavesOut }) => leavesOut))].map((text) => `Left out: ${text}.`),
    "",
  ];
}

const byNameAndPlace = (a: Described, b: Described): number =>
  compare(a.name, b.name) || compare(a.source, b.source) || a.line - b.line;

const compare = (a: string, b: string): number => Number(a > b) - Number(a < b);

/** The functions of C that a path follows, but for one that stands for no C. */
const functionsOf = (name: string, { functions, notInSource }: About): readonly string[] =>
  (functions ?? (typeof notInSource === "string" || !/^\w+$/.test(name) ? [] : [name])).map((one) =>
    one.replace(/^func: /, ""),
  );

/** As GitHub makes it of the heading of a path. */
const anchorOf = (name: string): string =>
  name
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

/** No more than a table has room for. */
const shortened = (names: readonly string[], most = 3): string =>
  names.length <= most
    ? names.join(", ")
    : `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;

interface Mapped {
  readonly file: string;
  /** By release: the paths. */
  readonly paths: Map<string, Set<string>>;
  readonly scenarios: Set<string>;
}

/** A row for each function of C: by release where it is modelled, and in which scenarios, or why it is not. */
async function mapOfFunctions(): Promise<readonly string[]> {
  const functions = new Map<string, Mapped>();
  for (const { name, functions: followed, scenarios } of await described())
    for (const byName of followed.values())
      for (const [one, about] of byName) {
        const known = functions.get(one) ?? { file: about.file ?? "", paths: new Map(), scenarios: new Set() };
        functions.set(one, known);
        const release = MAP_RELEASES.find((of) => about.release === of) ?? about.release ?? "";
        known.paths.set(release, (known.paths.get(release) ?? new Set()).add(name));
        for (const scenario of scenarios) known.scenarios.add(scenario);
      }
  const links = (paths: ReadonlySet<string> | undefined): string =>
    paths === undefined
      ? "-"
      : shortened(
          [...paths].toSorted(compare).map((path) => `[${path}](#${anchorOf(path)})`),
          2,
        );
  const isOther = (release: string): boolean => !MAP_RELEASES.some((of) => of === release);
  const modelled = [...functions]
    .toSorted(([a, { file: in_ }], [b, { file }]) => compare(in_, file) || compare(a, b))
    .map(([name, { file, paths, scenarios }]) => [
      `\`${name}\``,
      file,
      ...MAP_RELEASES.map((release) => links(paths.get(release))),
      shortened([...paths.keys()].filter(isOther).toSorted(compare)) || "-",
      shortened([...scenarios].map((one) => `\`${one}\``)),
    ]);
  const without = NOT_MODELLED.filter((one) => !functions.has(one.function));
  const reasons = new Map<string, string[]>();
  for (const { file, why, releases, function: name } of without) {
    const key = [file, releases.join(", "), why].join("\n");
    reasons.set(key, [...(reasons.get(key) ?? []), `\`${name}\``]);
  }
  const table = (rows: readonly (readonly string[])[]): readonly string[] =>
    rows.map((row) => `| ${row.join(" | ")} |`);
  return [
    "### Modelled",
    "",
    ...table([
      ["function", "file of the path", ...MAP_RELEASES, "others", "in"],
      Array.from({ length: 7 }, () => "---"),
    ]),
    ...table(modelled),
    "",
    "### Not modelled",
    "",
    ...table([["functions", "file", "releases", "why"], Array.from({ length: 4 }, () => "---")]),
    ...table(
      [...reasons].map(([key, list]) => {
        const [file = "", releases = "", why = ""] = key.split("\n");
        return [list.join(", "), file, releases, why];
      }),
    ),
  ];
}

test("docs/models.md begins with a map of functions: where each is modelled, or why it is not", async () => {
  const document = readDocument("docs/models.md");
  const part = generatedPart(document, "map");
  const fresh = ["", ...(await mapOfFunctions()), ""];
  if (isUpdate) writeDocument(document, [{ ...part, lines: fresh }]);
  else assert.deepEqual(part.lines, fresh, "UPDATE_GOLDEN=1 accepts it");
});

test("a function that is said not to be modelled is not followed by a path, and is said once", async () => {
  const followed = new Set<string>();
  for (const { functions } of await described())
    for (const byName of functions.values()) for (const [one, about] of byName) followed.add(`${one} ${about.file}`);
  const said = NOT_MODELLED.map((one) => `${one.function} ${one.file}`);
  assert.deepEqual(
    said.filter((one) => followed.has(one)),
    [],
  );
  assert.deepEqual(said.toSorted(compare), [...new Set(said)].toSorted(compare));
});

/** Of each family of `pairs`: a row and a column for each path. */
function matrices(): readonly string[] {
  return PAIRS.flatMap(({ scenario, two, changed }) => {
    const { names, together, apart } = two;
    const searched = new Set(together.map(({ first, second }) => `${first} ${second}`));
    const reasons = [...new Set(Object.values(apart))];
    const cell = (a: string, b: string): string => {
      const pair = searched.has(`${a} ${b}`) || `${a} ${b}` in apart ? `${a} ${b}` : `${b} ${a}`;
      return searched.has(pair) ? "x" : String(reasons.indexOf(apart[pair]!) + 1);
    };
    const numbers = names.map((_, i) => String.fromCodePoint("a".codePointAt(0)! + i));
    return [
      `### ${scenario.name}`,
      "",
      `${scenario.about}. ${changed === undefined ? "" : `Runs are of v7.1; ${changed.length === 0 ? "all paths are the same in v6.12" : `of v6.12 those of \`${changed.join("`, `")}\`, as all other paths are the same there`}.`}`.trim(),
      "",
      `| | path | ${numbers.join(" | ")} |`,
      `| --- | --- | ${numbers.map(() => "---").join(" | ")} |`,
      ...names.map(
        (a, i) => `| ${numbers[i]} | \`${a}\` | ${names.map((b, j) => (j > i ? "" : cell(a, b))).join(" | ")} |`,
      ),
      "",
      ...reasons.map((reason, i) => `${i + 1}. ${reason}`),
      ...(reasons.length > 0 ? [""] : []),
    ];
  });
}

test("docs/models.md has a matrix of each family of pairs", () => {
  const document = readDocument("docs/models.md");
  const part = generatedPart(document, "pairs");
  const fresh = ["", ...matrices()];
  if (isUpdate) writeDocument(document, [{ ...part, lines: fresh }]);
  else assert.deepEqual(part.lines, fresh, "UPDATE_GOLDEN=1 accepts it");
});

/** By the path of a thread: those of the other threads of the scenarios that it is in. */
async function meetings(): Promise<readonly string[]> {
  const met = new Map<string, Set<string>>();
  for (const { program } of await pinnedRuns())
    for (const [i, { path }] of program.threads.entries())
      for (const [j, other] of program.threads.entries()) {
        if (i === j) continue;
        const known = met.get(path.name) ?? new Set();
        met.set(path.name, known.add(other.path.name));
      }
  return [...met]
    .toSorted(([a], [b]) => compare(a, b))
    .map(
      ([name, others]) =>
        `- \`${name}\` meets ${[...others]
          .toSorted(compare)
          .map((one) => `\`${one}\``)
          .join(", ")}.`,
    );
}

test("docs/models.md says which paths are searched beside which others", async () => {
  const document = readDocument("docs/models.md");
  const part = generatedPart(document, "meetings");
  const fresh = ["", ...(await meetings()), ""];
  if (isUpdate) writeDocument(document, [{ ...part, lines: fresh }]);
  else assert.deepEqual(part.lines, fresh, "UPDATE_GOLDEN=1 accepts it");
});

test("docs/models.md lists every path with its function, file, release, steps, and what it leaves out", async () => {
  const fileOf = ({ abouts }: Described): string => [...abouts.values()][0]!.file ?? "";
  const paths = (await described()).toSorted(byNameAndPlace);
  const files = [...new Set(paths.map(fileOf))].toSorted();
  const lines = files.flatMap((file) => [
    `## ${file}`,
    "",
    ...paths.filter((path) => fileOf(path) === file).flatMap(section),
  ]);
  const document = readDocument("docs/models.md");
  const part = generatedPart(document, "paths");
  const fresh = ["", ...lines];
  if (isUpdate) writeDocument(document, [{ ...part, lines: fresh }]);
  else assert.deepEqual(part.lines, fresh, "UPDATE_GOLDEN=1 accepts it");
});

test("every path says which file and release of the kernel it follows, and what it leaves out", async () => {
  for (const { name, abouts } of await described())
    for (const { file, release, leavesOut } of abouts.values())
      for (const said of [file, release, leavesOut]) assert.ok(said !== undefined && said !== "", name);
});
