import assert from "node:assert/strict";
import { test } from "node:test";
import type { About } from "../../src/model/about.ts";
import type { AnyCall, AnyStep } from "../../src/model/path.ts";
import { placeOf } from "../../src/model/where.ts";
import { framesOf, pinnedRuns } from "../models/pinned.ts";
import { generatedPart, isUpdate, readDocument, writeDocument } from "./document.ts";

/** A path with all its variants in the pinned runs. A function that differs by release may be several. */
interface Described {
  readonly name: string;
  readonly source: string;
  /** Where in it, to put several of one file in the order of the file. */
  readonly line: number;
  readonly abouts: Map<string, About>;
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
          entries: new Map(),
          scenarios: new Set(),
          variants: 0,
        } as Described);
      paths.set(id, one);
      one.scenarios.add(scenario.name);
      one.abouts.set(about.release ?? "", about);
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
