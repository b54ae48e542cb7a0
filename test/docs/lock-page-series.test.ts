import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ORDERS, nameOf, orderWord, simplerOrders, wordOf } from "../../models/mm/filemap/mapper-orders.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import type { SweepResult, SweepRow } from "../../src/result/sweep.ts";
import { faultline, filesUnder, inFolder } from "../cli/recorded.ts";
import { generatedPart, isUpdate, readDocument, table, writeDocument } from "./document.ts";

const DOCUMENT = "docs/lock-page-series.md";

/** Every order against everything takes minutes: that is done to write the document, and by `npm run test:long`. */
const isLong = isUpdate || process.env["FAULTLINE_RUNS"] !== undefined;

async function printed(line: string): Promise<string> {
  let text = "";
  await inFolder({}, async (folder) => {
    const { code, out, err } = await faultline(folder, `${line} --quiet`);
    assert.ok(code < 2, err);
    text = out;
  });
  return text;
}

function isCurrent(part: string, lines: readonly string[]): void {
  const document = readDocument(DOCUMENT);
  const old = generatedPart(document, part);
  const fresh = ["", ...lines, ""];
  if (isUpdate) writeDocument(document, [{ ...old, lines: fresh }]);
  else assert.deepEqual(old.lines, fresh, "UPDATE_GOLDEN=1 accepts it");
}

/** What one column of the tables is about: some removers, all of which must leave the page alone. */
type Removers = readonly string[];
const V59 = ["punch", "truncate", "invalidate", "reclaim", "shmem"];
const ALWAYS = V59.map((remover) => `${remover},gate=none`);
const WARN = V59.map((remover) => `${remover},check=WARN_ON`);

const ROWS: readonly (readonly [string, Removers])[] = [
  ["hole punch", ["punch"]],
  ["truncate", ["truncate"]],
  ["invalidate_inode_pages2_range()", ["invalidate"]],
  ["reclaim of a file's page", ["reclaim"]],
  ["shmem_writepage()", ["shmem"]],
  ["all five", V59],
  ["all five, BUG_ON() made WARN_ON()", WARN],
  ["punch, truncate, invalidate that always unmap", ALWAYS.slice(0, 3)],
  ["all five, that always unmap where they unmap", ALWAYS],
  ["truncate with one unmap pass", ["truncate,passes=one"]],
  ["punch and truncate that delete the xarray entry first", ["punch,deletion=single", "truncate,deletion=single"]],
];

/** The rows of what gives a page up that somebody has a reference to: what is safe there alone is wrong everywhere else. */
const RECLAIM = new Set(ROWS.slice(3, 5).map(([name]) => name));
/** The rows that the answer rests on. */
const DESIGNS = new Set(ROWS.slice(5, 9).map(([name]) => name));
const ANSWER = "all five, BUG_ON() made WARN_ON()";

// What a parameter has no effect on need not be searched again.
const NO_EFFECT = [
  [/^(reclaim|shmem),gate=none$/, "$1"],
  [/^(punch|truncate|reclaim),check=WARN_ON$/, "$1"],
] as const;
const runOf = (remover: string): string => NO_EFFECT.reduce((text, [what, by]) => text.replace(what, by), remover);

const cache = new Map<string, SweepRow>();

/** The verdicts on some orders against one remover. */
async function against(remover: string, orders: readonly string[]): Promise<ReadonlyMap<string, SweepRow>> {
  const run = runOf(remover);
  const key = (order: string): string => `${order} ${run}`;
  const isMissing = (order: string): boolean => !cache.has(key(order));
  // What will be asked for later, too: each sweep starts threads of its own.
  const missing = orders.some(isMissing)
    ? [...new Set([...orders, ...(wanted().get(run) ?? [])])].filter(isMissing)
    : [];
  if (missing.length > 0) {
    const set = `order=${missing.join("|")},remover=${run}`;
    const json = await printed(`sweep fault-around-orders --set ${set} --sort given --format json`);
    const { rows, fixed } = JSON.parse(json) as SweepResult;
    for (const row of rows) cache.set(key(String(row.params["order"] ?? fixed["order"])), row);
  }
  return new Map(orders.map((order) => [order, cache.get(key(order))!]));
}

const ALARM = "no-false-alarm";

/** Those of some orders that are safe against all removers; `tolerant`: a false alarm does not count. */
async function safe(removers: Removers, orders: readonly string[], tolerant: boolean): Promise<readonly string[]> {
  const all: ReadonlyMap<string, SweepRow>[] = [];
  for (const remover of removers) all.push(await against(remover, orders));
  return orders.filter((order) =>
    all.every((found) =>
      Object.entries(found.get(order)!.verdicts).every(
        ([spec, { verdict }]) => verdict === "holds" || (tolerant && spec === ALARM),
      ),
    ),
  );
}

const cells = (words: readonly string[], minimal: readonly string[]): readonly string[] => [
  `${words.length}`,
  minimal.map((word) => `\`${word}\``).join(" ") || "-",
];

const minimalOf = (words: readonly string[]): readonly string[] =>
  words.filter((word) => !simplerOrders(word).some((simpler) => words.includes(simpler)));

test(
  "docs/lock-page-series.md: how many orders are safe, and which of them are minimal",
  { skip: !isLong },
  async () => {
    const rows = [];
    for (const [name, removers] of ROWS) {
      const strict = await safe(removers, orderWord.names, false);
      const tolerant = await safe(removers, orderWord.names, true);
      rows.push([name, ...cells(strict, minimalOf(strict)), ...cells(tolerant, minimalOf(tolerant))]);
    }
    isCurrent("safe", [
      ...table(
        [["against", "safe", "minimal", "but for false alarms", "minimal"], ...rows],
        [false, true, false, true, false],
      ),
      "",
      `There are ${orderWord.names.length} orders, ${orderWord.names.filter((word) => !word.includes("T")).length} of them without the page lock.`,
    ]);
  },
);

/** The rows of the table of safe orders as the document has them: name, minimal orders, and those but for false alarms. */
const rowsInDocument = (): readonly (readonly [string, readonly string[], readonly string[]])[] =>
  generatedPart(readDocument(DOCUMENT), "safe")
    .lines.filter((line) => line.startsWith("|"))
    .slice(2)
    .map((line) => {
      const [, name, , strict, , tolerant] = line.split("|").map((cell) => cell.trim());
      return [name!, wordsIn(strict!), wordsIn(tolerant!)];
    });

const wordsIn = (text: string): readonly string[] => [...text.matchAll(/`([TLCPGX]+S)`/g)].map(([, word]) => word!);

const simplerOf = (word: string): readonly string[] =>
  simplerOrders(word).filter((simpler) => orderWord.names.includes(simpler));

test("docs/lock-page-series.md: the minimal orders are safe, and nothing simpler is", async () => {
  const inDocument = rowsInDocument();
  assert.deepEqual(
    inDocument.map(([name]) => name),
    ROWS.map(([name]) => name),
  );
  for (const [i, [name, strict, tolerant]] of inDocument.entries()) {
    if (!isLong && !DESIGNS.has(name)) continue;
    for (const [words, isTolerant] of [
      [strict, false],
      [tolerant, true],
    ] as const) {
      const removers = ROWS[i]![1];
      assert.deepEqual(await safe(removers, words, isTolerant), words, name);
      if (!isLong && name !== ANSWER) continue;
      assert.deepEqual(await safe(removers, [...new Set(words.flatMap(simplerOf))], isTolerant), [], name);
    }
  }
});

/** A row of the table of safe orders: its removers, and the orders that its test asks about. */
const askedIn = ([name, strict, tolerant]: ReturnType<typeof rowsInDocument>[number], i: number) => {
  const isAsked = isLong || DESIGNS.has(name);
  const words = isAsked ? [...strict, ...tolerant] : [];
  const simpler = isLong || name === ANSWER ? words.flatMap(simplerOf) : [];
  return { removers: ROWS[i]![1], words: [...words, ...simpler] };
};

/** The orders of the thread and the minimal ones. */
const wordsInDocument = (): readonly string[] => {
  const minimal = rowsInDocument().flatMap(([, strict, tolerant]) => [...strict, ...tolerant]);
  return [...new Set([...ORDERS.map(wordOf), ...minimal])];
};

let known: ReadonlyMap<string, ReadonlySet<string>> | undefined;

/** By remover: the orders that any of the tests asks about. */
function wanted(): ReadonlyMap<string, ReadonlySet<string>> {
  if (known) return known;
  const orders = new Map<string, Set<string>>();
  const want = (remover: string, words: readonly string[]): void => {
    const run = runOf(remover);
    orders.set(run, new Set([...(orders.get(run) ?? []), ...words]));
  };
  for (const { removers, words } of rowsInDocument().map(askedIn))
    for (const remover of removers) if (words.length > 0) want(remover, words);
  for (const remover of V59) want(remover, wordsInDocument());
  return (known = orders);
}

const SHORT = { "no-stale-pte": "stale", "no-mapped-deletion": "real", [ALARM]: "false alarm", "no-bug": "bug" };

test("docs/lock-page-series.md: the orders of the thread and the minimal ones against each remover", async () => {
  const words = wordsInDocument();
  const columns: ReadonlyMap<string, SweepRow>[] = [];
  for (const remover of V59) columns.push(await against(remover, words));
  const cell = ({ verdicts }: SweepRow): string => {
    const violated = Object.entries(verdicts).filter(([, { verdict }]) => verdict === "violated");
    for (const [spec] of violated) assert.ok(spec in SHORT, `${spec} has no short name`);
    return violated.map(([spec, { steps }]) => `${SHORT[spec as keyof typeof SHORT]} ${steps}`).join(", ") || "-";
  };
  isCurrent(
    "orders",
    table([
      ["order", "proposed as", ...V59],
      ...words.map((word) => [`\`${word}\``, nameOf(word) ?? "", ...columns.map((found) => cell(found.get(word)!))]),
    ]),
  );
});

/** What each machine is by the options of `sweep`. */
type Machines = Readonly<Record<string, { readonly memory: MemoryModel; readonly set: string }>>;
/** What a column is about, by the options of `sweep`. */
type Columns = Readonly<Record<string, string>>;

const MACHINES: Machines = {
  "x86 (tso)": { memory: "tso", set: "barriers=none" },
  lkmm: { memory: "lkmm", set: "barriers=none" },
  "lkmm, both barriers": { memory: "lkmm", set: "barriers=both" },
};

const UNGATED: Machines = {
  "x86 (tso)": { memory: "tso", set: "gate=none" },
  lkmm: { memory: "lkmm", set: "gate=none" },
  "lkmm, acquire": { memory: "lkmm", set: "gate=none,barriers=mapper" },
  "lkmm, both barriers": { memory: "lkmm", set: "gate=none,barriers=both" },
  "lkmm, all three": { memory: "lkmm", set: "gate=none,barriers=all" },
};

const REMOVERS: Columns = Object.fromEntries(
  ["populated", "none"].flatMap((pmd) =>
    ["punch", "truncate"].map((remover) => [
      `${remover}${pmd === "none" ? ", empty page table" : ""}`,
      `remover=${remover},pmd=${pmd}`,
    ]),
  ),
);

/** What punch and truncate find wrong with each of these orders, on each of these machines. */
async function underEach(machines: Machines, words: readonly string[]): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const [column, what] of Object.entries(REMOVERS))
    for (const [machine, { memory, set }] of Object.entries(machines)) {
      const json = await printed(
        `sweep fault-around-orders --set order=${words.join("|")},${what},${set} --memory ${memory} ` +
          "--spec no-stale-pte --spec no-mapped-deletion --sort given --format json",
      );
      const { rows, fixed } = JSON.parse(json) as SweepResult;
      for (const { params, verdicts } of rows) {
        const cell = Object.entries(verdicts).flatMap(([spec, { verdict, steps }]) => {
          assert.ok(verdict === "violated" || verdict === "holds", verdict);
          return verdict === "violated" ? [`${SHORT[spec as keyof typeof SHORT]} ${steps}`] : [];
        });
        found.set(`${String(params["order"] ?? fixed["order"])} ${machine} ${column}`, cell.join(", ") || "-");
      }
    }
  return table([
    ["order", "proposed as", "machine", ...Object.keys(REMOVERS)],
    ...words.flatMap((word) =>
      Object.keys(machines).map((machine, i) => [
        ...(i === 0 ? [`\`${word}\``, nameOf(word) ?? ""] : ["", ""]),
        machine,
        ...Object.keys(REMOVERS).map((column) => found.get(`${word} ${machine} ${column}`)!),
      ]),
    ),
  ]);
}

test("docs/lock-page-series.md: the orders under each memory model", { skip: !isLong }, async () => {
  const lockless = rowsInDocument().flatMap(([name, , tolerant]) =>
    RECLAIM.has(name) ? [] : tolerant.filter((word) => !word.includes("T")),
  );
  const words = [...new Set([...ORDERS.map(wordOf), ...lockless])];
  isCurrent("memory", await underEach(MACHINES, words));
});

test("docs/lock-page-series.md: removers that always unmap, under each memory model", { skip: !isLong }, async () => {
  const ungated = rowsInDocument().flatMap(([name, strict]) => (DESIGNS.has(name) ? strict : []));
  const words = [...new Set(ungated)].filter((word) => !word.includes("T"));
  assert.deepEqual(words, ["LPGCS", "LPXCS"]);
  isCurrent("memory-ungated", await underEach(UNGATED, [...words, wordOf("december")]));
});

test("docs/lock-page-series.md: the claims", async () => {
  await inFolder({}, async (folder) => {
    const { code, out, err } = await faultline(folder, "claims --format markdown --quiet");
    assert.equal(code, 0, out + err);
    isCurrent("claims", out.trimEnd().split("\n"));
    const files = (await filesUnder(join(folder, "out"))).filter((name) => name.endsWith(".txt"));
    assert.ok(files.length >= 10, files.join());
    for (const file of files)
      assert.ok((await readFile(join(folder, "out", file), "utf8")).includes("reproduce: faultline check"), file);
  });
});
