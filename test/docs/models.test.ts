import assert from "node:assert/strict";
import { test } from "node:test";
import type { About, AnyCall, AnyStep, Path } from "../../src/model/path.ts";
import { placeOf } from "../../src/model/where.ts";
import { framesOf, pinnedRuns } from "../models/pinned.ts";
import { generatedPart, isUpdate, readDocument, writeDocument } from "./document.ts";

/** A path with all its variants in the pinned runs. Two files may write down the same function. */
interface Described {
  readonly name: string;
  readonly source: string;
  readonly abouts: Map<string, About>;
  /** By label, in the order they are written in: the entry, and in how many of the variants it is. */
  readonly entries: Map<string, { readonly entry: AnyStep | AnyCall; variants: number }>;
  readonly scenarios: Set<string>;
  variants: number;
}

const sourceOf = (path: Path): string =>
  placeOf(path.definedAt)!
    .replace(/:\d+:\d+$/, "")
    .replace(/^.*\.build\//, "")
    .replace(/\.js$/, ".ts");

async function described(): Promise<readonly Described[]> {
  const paths = new Map<string, Described>();
  const variants = new Set<string>();
  for (const { scenario, machine } of await pinnedRuns())
    for (const { path } of framesOf(machine)) {
      const { name, about } = path;
      const source = sourceOf(path);
      const id = `${name}\n${source}`;
      const one =
        paths.get(id) ??
        ({
          name,
          source,
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

test("docs/models.md lists every path with its function, file, release, steps, and what it leaves out", async () => {
  const fileOf = ({ abouts }: Described): string => [...abouts.values()][0]!.file ?? "";
  const paths = (await described()).toSorted((a, b) =>
    a.name === b.name ? (a.source < b.source ? -1 : 1) : a.name < b.name ? -1 : 1,
  );
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
