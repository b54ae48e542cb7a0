import { readdirSync } from "node:fs";

/** What a user types. */
const OUTSIDE: ReadonlySet<string> = new Set(["cli"]);

/**
 * What takes long, by what it takes: a process for each, so that the next one begins on the core that is idle first. In
 * package.json the longest come first, and last the documents, which take all cores by themselves.
 */
const PARTS = {
  /** They look at every run that is pinned under sc, which is searched once for all of them. */
  pinned: [
    "docs/models",
    "explain/why",
    "models/aborts",
    "models/coverage",
    "models/never-taken",
    "models/tokens",
    "report/bundled",
    "search/bundled",
    "search/reduced-bundled",
  ],
  /** They run what documents say, of which `check` is one, and all claims. */
  documents: ["cli/claims", "docs/docs", "docs/lock-page-series", "docs/recipes"],
  /** They look at every run that is pinned under another memory model, which is searched once for all of them. */
  weak: [
    "explain/lkmm/forbidding",
    "explain/lkmm/slice",
    "models/exported",
    "models/plain-stores",
    "models/weak-memory",
    "models/weak-tokens",
    "search/bundled-lkmm",
  ],
  /** SPIN searches every run that is pinned under sc, random programs, and odd ones; TLC some of them, where it is at hand. */
  exports: ["export/odd", "export/pinned", "export/random", "export/second", "export/tlc"],
  /** All values of parameters, random programs under each memory model, a browser. */
  long: [
    "analysis/plain-updates",
    "machine/contexts",
    "machine/seqcount",
    "memory/candidates",
    "memory/contexts",
    "memory/lkmm/switches",
    "memory/lkmm/symmetry",
    "memory/locks",
    "memory/random",
    "memory/seqcount",
    "memory/wait-queue",
    "models/fences",
    "models/lock-page-patches",
    "models/mapper-orders",
    "models/memory-tables",
    "models/order-table",
    "models/patched-map-pages",
    "models/specs",
    "models/swap-weak",
    "models/write-protect-seq",
    "published/published",
    "report/html/page",
  ],
  /** Large searches, and random programs for the engines. */
  searches: [
    "search/edges",
    "search/fences",
    "search/memory-limit",
    "search/never-finishes",
    "search/progress",
    "search/progress-spin",
    "search/promela-recipes",
    "search/published",
    "search/random",
    "search/random-locks",
    "search/random-pointers",
    "search/reachable-values",
    "search/reduced-random",
    "search/shards",
    "search/switches",
    "search/symmetry",
    "search/threads",
    "search/walks",
  ],
  /** Many processes, one after the other. */
  commands: [
    "cli/at-once",
    "cli/expected",
    "cli/hand-over",
    "cli/impure",
    "cli/interrupt",
    "cli/latches",
    "cli/litmus",
    "cli/machines",
    "cli/mutations",
    "cli/package",
    "cli/surroundings",
    "cli/sweep",
    "cli/trees",
    "cli/types",
    "cli/watch",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** `npm test` runs the first two, `npm run test:all` the others, too. */
type Part = "inside" | "outside" | keyof typeof PARTS;

const LONG: ReadonlyMap<string, Part> = new Map(
  Object.entries(PARTS).flatMap(([part, names]) => names.map((name) => [name, part as Part] as const)),
);

function partOf(file: string): Part {
  const long = LONG.get(file.slice(0, -".test.js".length));
  return long ?? (OUTSIDE.has(file.split("/")[0]!) ? "outside" : "inside");
}

/**
 * Loads every test of one part of the suite into this process: starting a process for each file takes longer than most
 * of the tests, and one process for all would leave the other cores idle.
 */
export async function loadTests(part: Part): Promise<void> {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.js"));
  const names = new Set(files.map((file) => file.slice(0, -".test.js".length)));
  for (const name of LONG.keys()) if (!names.has(name)) throw new Error(`there is no test/${name}.test.ts`);
  for (const file of files.filter((one) => partOf(one) === part).toSorted()) await import(new URL(file, folder).href);
}
