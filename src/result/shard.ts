import { createHash } from "node:crypto";
import { ModelError, listed } from "../model/error.ts";
import type { Simpler, SweepResult, SweepRow } from "./sweep.ts";

/** Which part of a sweep: the combinations that have this place among each `of`. */
export interface Part {
  /** From 1 on. */
  readonly index: number;
  readonly of: number;
}

/** What all shards of one sweep have alike. */
export interface SweepHead extends Pick<
  SweepResult,
  "scenario" | "about" | "fixed" | "swept" | "specs" | "combinations"
> {
  /** Of the faultline that searched. */
  readonly release: string;
  /** Tells models apart whose steps or specs are written in other ways. */
  readonly model: string;
  /** The options of the sweep that say what is searched, and how it is told. */
  readonly asked: Readonly<Record<string, string | readonly string[] | boolean>>;
  /** With --minimal: by parameter and value, the values that ask for one thing less. */
  readonly simpler?: Simpler;
}

/** What a part of a sweep has found, as plain data: docs/result.md describes the JSON form. */
export interface Shard {
  readonly format: "faultline-sweep-shard";
  readonly version: 1;
  readonly shard: Part;
  readonly head: SweepHead;
  /** One for each combination that was searched, with its number among all of them, from 0. */
  readonly rows: readonly { readonly number: number; readonly row: SweepRow }[];
  readonly stopped: string | null;
  /** Steps, as `path: label`, that some combination takes; and that some combination does not take. */
  readonly taken: readonly string[];
  readonly missed: readonly string[];
  /** Of all that stands before it. */
  readonly sum: string;
}

/** All rows of a sweep with what it takes to judge them. */
export interface Collected extends Pick<Shard, "taken" | "missed" | "stopped"> {
  /** By combination; nothing for one that was not searched. */
  readonly rows: readonly (SweepRow | undefined)[];
}

export const partOf = (number: number, { index, of }: Part): boolean => number % of === index - 1;

const sumOf = (body: Omit<Shard, "sum">): string => createHash("sha256").update(JSON.stringify(body)).digest("hex");

export function shardOf(shard: Part, head: SweepHead, { rows, stopped, taken, missed }: Collected): Shard {
  const body = {
    format: "faultline-sweep-shard" as const,
    version: 1 as const,
    shard,
    head,
    rows: rows.flatMap((row, number) => (row ? { number, row } : [])),
    stopped,
    taken: taken.toSorted(),
    missed: missed.toSorted(),
  };
  return { ...body, sum: sumOf(body) };
}

const AGAIN = "let `faultline sweep --shard` write it again";

/** The shard in a text. Throws a ModelError that names `file` and says what is wrong with it. */
export function parseShard(text: string, file: string): Shard {
  const wrong = (sentence: string, cause: string, remedy = AGAIN): ModelError =>
    new ModelError(`'${file}' ${sentence}`, { cause, remedy });
  if (text.trim() === "") throw wrong("is empty", "the sweep that should write it ended before it was done");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong("is no JSON: it is damaged, or no shard", (error as Error).message);
  }
  const { format, version, sum, ...rest } = Object(value) as Partial<Shard>;
  if (format !== "faultline-sweep-shard")
    throw wrong(
      format === ("faultline-sweep" as string) ? "is a whole sweep, and no shard of one" : "is no shard of a sweep",
      'its "format" is not "faultline-sweep-shard"',
      "give files that `faultline sweep --shard` has printed",
    );
  if (version !== 1) throw wrong(`has version ${JSON.stringify(version) ?? "none"}`, "this faultline reads version 1");
  // As it was written: names in the same order.
  const body = { format, version, ...rest } as Omit<Shard, "sum">;
  if (sum !== sumOf(body)) throw wrong("is not what was written", "its sum does not fit: it was changed or damaged");
  return value as Shard;
}

/** A shard, and the file that it is in. */
export interface Given {
  readonly file: string;
  readonly shard: Shard;
}

/** What all shards of one sweep found together. Throws a ModelError where they are not all shards of one sweep, each once. */
export function merged(given: readonly Given[]): { readonly head: SweepHead; readonly collected: Collected } {
  const first = given[0]!;
  const { head } = first.shard;
  const { of } = first.shard.shard;
  const files = new Map<number, string>();
  for (const { file, shard } of given) {
    refuseForeign(first, { file, shard });
    const other = files.get(shard.shard.index);
    if (other !== undefined)
      throw new ModelError(`shard ${shard.shard.index} of ${of} is given twice`, {
        where: `${other} and ${file}`,
        remedy: "give each shard once",
      });
    files.set(shard.shard.index, file);
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !files.has(index));
  if (missing.length > 0)
    throw new ModelError(
      `${missing.length === 1 ? "a shard is" : `${missing.length} shards are`} missing: ${listed(missing.map(String))} of ${of}`,
      {
        cause: `given: ${listed([...files].toSorted(([a], [b]) => a - b).map(([index, file]) => `${index} (${file})`))}`,
        remedy: `search what is missing with \`faultline sweep ... --shard ${missing[0]}/${of}\``,
      },
    );
  const rows: (SweepRow | undefined)[] = Array.from({ length: head.combinations });
  for (const { shard } of given) for (const { number, row } of shard.rows) rows[number] = row;
  const all = (which: "taken" | "missed"): readonly string[] => [
    ...new Set(given.flatMap(({ shard }) => shard[which])),
  ];
  return {
    head,
    collected: {
      rows,
      taken: all("taken"),
      missed: all("missed"),
      stopped: given.map(({ shard }) => shard.stopped).find((why) => why !== null) ?? null,
    },
  };
}

const DIFFERENCES: readonly (readonly [keyof SweepHead, string])[] = [
  ["scenario", "they are of different scenarios"],
  ["release", "different releases of faultline have written them"],
  ["fixed", "the parameters have other values"],
  ["swept", "other values were swept"],
  ["asked", "the options of the sweep were others"],
  ["model", "the model was another one"],
];

/** What differs, of options the one that does. */
function between(one: Given, other: Given, what: keyof SweepHead): string {
  const [mine, others] = [one.shard.head, other.shard.head];
  const name = Object.keys({ ...mine.asked, ...others.asked }).find(
    (option) => what === "asked" && JSON.stringify(mine.asked[option]) !== JSON.stringify(others.asked[option]),
  );
  const [a, b] = name === undefined ? [mine[what], others[what]] : [mine.asked[name], others.asked[name]];
  return `${name === undefined ? "" : `${name} is `}${JSON.stringify(a ?? null)} and ${JSON.stringify(b ?? null)}`;
}

function refuseForeign(one: Given, other: Given): void {
  const from = (what: keyof SweepHead): readonly [string, string] => [
    JSON.stringify(one.shard.head[what]),
    JSON.stringify(other.shard.head[what]),
  ];
  const different = DIFFERENCES.find(([what]) => from(what)[0] !== from(what)[1]);
  const [mine, others] = [one.shard.shard.of, other.shard.shard.of];
  if (!different && mine === others) return;
  const cause = different ? different[1] : `one is of ${mine} shards, the other of ${others}`;
  const shown = different && different[0] !== "model" ? `: ${between(one, other, different[0])}` : "";
  throw new ModelError("these shards are not of one sweep", {
    where: `${one.file} and ${other.file}`,
    cause: cause + shown,
    remedy: "give the shards of one sweep, searched with the same command but for --shard",
  });
}
