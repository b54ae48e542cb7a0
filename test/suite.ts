import { readdirSync } from "node:fs";

/** What a user types. */
const OUTSIDE: ReadonlySet<string> = new Set(["cli"]);

/** They look at every pinned run, which is searched once for all of them; documents run `check`, which does, too. */
const PINNED: ReadonlySet<string> = new Set([
  "docs/docs",
  "docs/models",
  "explain/lkmm/forbidding",
  "explain/lkmm/slice",
  "explain/why",
  "models/aborts",
  "models/coverage",
  "models/exported",
  "models/never-taken",
  "models/tokens",
  "models/weak-memory",
  "report/bundled",
  "search/bundled",
]);

/** They take long for another reason: all values of parameters, many random programs, many processes, a browser. */
const LONG: ReadonlySet<string> = new Set([
  "analysis/plain-updates",
  "cli/at-once",
  "cli/claims",
  "cli/hand-over",
  "cli/impure",
  "cli/interrupt",
  "cli/latches",
  "cli/machines",
  "cli/mutations",
  "cli/package",
  "cli/surroundings",
  "cli/sweep",
  "cli/types",
  "cli/watch",
  "docs/lock-page-series",
  "memory/candidates",
  "memory/lkmm/switches",
  "memory/lkmm/symmetry",
  "memory/random",
  "models/fences",
  "models/lock-page-patches",
  "models/mapper-orders",
  "models/memory-tables",
  "models/order-table",
  "models/patched-map-pages",
  "models/specs",
  "published/published",
  "report/html/page",
  "search/edges",
  "search/fences",
  "search/memory-limit",
  "search/never-finishes",
  "search/progress",
  "search/progress-spin",
  "search/published",
  "search/random",
  "search/reachable-values",
  "search/shards",
  "search/switches",
  "search/symmetry",
  "search/threads",
]);

type Part = "inside" | "outside" | "pinned" | "long";

function partOf(file: string): Part {
  const name = file.slice(0, -".test.js".length);
  if (PINNED.has(name)) return "pinned";
  if (LONG.has(name)) return "long";
  return OUTSIDE.has(file.split("/")[0]!) ? "outside" : "inside";
}

/**
 * Loads every test of one part of the suite into this process: starting a process for each file takes longer than most
 * of the tests, and one process for all would leave the other cores idle. `npm test` runs inside and outside, `npm run
 * test:all` the others, too.
 */
export async function loadTests(part: Part): Promise<void> {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.js"));
  const names = new Set(files.map((file) => file.slice(0, -".test.js".length)));
  for (const name of [...PINNED, ...LONG]) if (!names.has(name)) throw new Error(`there is no test/${name}.test.ts`);
  for (const file of files.filter((one) => partOf(one) === part).toSorted()) await import(new URL(file, folder).href);
}
