import { DEFAULT_MEMORY, MEMORY_MODELS, type MemoryModel } from "../model/memory.ts";
import { withoutZeros, type Schedule, type Move } from "../machine/schedule.ts";
import { crc32 } from "node:zlib";
import { ModelError } from "../model/error.ts";
import type { TraceStep } from "../machine/trace.ts";

/** One run of one scenario, in the words in which it travels. */
export interface Token {
  /** As it was named on the command line: a bundled scenario, or a file. */
  readonly argument: string;
  /** The settings that are not at their default, as words of the command line. */
  readonly set: Readonly<Record<string, string>>;
  /** On whose machine the schedule runs. */
  readonly memory: MemoryModel;
  /** The spec or check that the run ends in; `NO_SPEC` for a run that ends in none. */
  readonly spec: string;
  /** Picks of a step may lack zeros at their end. */
  readonly schedule: Schedule;
  /** What `fingerprint` said of the steps when the token was made. */
  readonly steps: string;
}

/** Stands in a token for the spec of a run that ends in none. */
export const NO_SPEC = "-";

/**
 * A run as one word: `two-faults:order=patch4:fault-maps:0x12.1x3.0:5e0c-91ab`. It has no character that a shell or a
 * mail program treats specially, and may be broken and quoted anywhere. docs/result.md has the grammar.
 */
export function writeToken({ argument, set, memory, spec, schedule, steps }: Token): string {
  const settings = Object.entries(set).map(([name, word]) => `${escaped(name)}=${escaped(word)}`);
  const body = [
    escaped(argument),
    ...settings,
    ...(memory === DEFAULT_MEMORY ? [] : [memory]),
    spec,
    showSchedule(schedule),
    steps,
  ].join(":");
  return `${body}-${checksum(body)}`;
}

/** Reads a token, also one that was wrapped and quoted in a mail. Throws a ModelError for one that is not whole. */
export function readToken(text: string): Token {
  const word = unwrapped(text);
  const at = word.lastIndexOf("-");
  const body = word.slice(0, Math.max(at, 0));
  const parts = body.split(":");
  if (parts.length < 4 || at < 0)
    throw new ModelError(`'${shortened(word)}' is no token`, {
      cause: "a token is scenario:name=value:spec:schedule:checksum",
      remedy: "copy all of what stands behind `faultline replay` in a report",
    });
  const mangled = (cause: string): ModelError =>
    new ModelError("the token is not whole", { cause, remedy: "copy it again: all lines, and nothing else" });
  if (checksum(body) !== word.slice(at + 1)) throw mangled("its checksum does not fit: some of it was lost or changed");
  const words = parts.map(unescaped);
  const [argument, ...rest] = words as [string, ...string[]];
  const [spec, schedule, steps] = rest.slice(-3) as [string, string, string];
  const between = parts.slice(1, -3);
  const settings = between.filter(isSetting).map((setting): readonly string[] => setting.split("=").map(unescaped));
  const [memory = DEFAULT_MEMORY, ...more] = between.filter((part) => !isSetting(part));
  const parsed = parseSchedule(schedule);
  if (!parsed) throw mangled(`'${shortened(schedule)}' is no schedule`);
  if (!isKnown(memory) || more.length > 0)
    throw mangled(`'${[memory, ...more].join(":")}' is no memory model of a token`);
  return { argument, set: Object.fromEntries(settings), memory, spec, schedule: parsed, steps };
}

const isSetting = (part: string): boolean => part.includes("=");

const isKnown = (memory: string): memory is MemoryModel => MEMORY_MODELS.some((known) => known === memory);

/** Four hexadecimal digits that differ, almost always, between runs through different steps. */
export const fingerprint = (steps: readonly Pick<TraceStep, "thread" | "calls" | "path" | "label">[]): string =>
  checksum(steps.map(({ thread, calls, path, label }) => [thread, ...calls, path, label].join("\t")).join("\n"));

/** Both halves of CRC-32, folded: short enough to be read aloud, and wrong once in 65536 times. */
function checksum(text: string): string {
  const crc = crc32(text);
  return ((crc >>> 16) ^ (crc & 0xffff)).toString(16).padStart(4, "0");
}

// '/' and '.' stay, so that the name of a file can be read.
const escaped = (word: string): string =>
  encodeURIComponent(word)
    .replaceAll("%2F", "/")
    .replaceAll(/[!~*'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

// Only a forged token has a '%' that escapes nothing: the checksum fits one that was written here.
function unescaped(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/** Without what mail and shell put in between: quotes (`> `) before lines, marks where lines go on, the command itself. */
function unwrapped(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^[\s>|]+/, "").replace(/\s*\\?\s*$/, ""));
  return lines
    .join(" ")
    .trim()
    .replace(/^(replay:\s*)?((npx\s+)?faultline\s+replay\s+)?/, "")
    .replaceAll(/[\s'"]/g, "");
}

const shortened = (word: string): string => (word.length > 60 ? `${word.slice(0, 57)}...` : word);

/**
 * `0x12.1s4.0/2x3`: twelve steps of CPU0, one of CPU1 that meets the store of step 4, three of CPU0 in which its first
 * `choose` takes option 2. What stands behind `loop` is done again and again.
 */
function showSchedule({ initial, moves, loop }: Schedule): string {
  const runs: { readonly move: string; count: number }[] = [];
  for (const [i, { thread, picks, at }] of moves.entries()) {
    if (i === loop) runs.push({ move: LOOP, count: 1 });
    const move = [thread, ...withoutZeros(picks)].join("/") + (at === undefined ? "" : `s${at}`);
    const last = runs.at(-1);
    if (last?.move === move) last.count++;
    else runs.push({ move, count: 1 });
  }
  const items = runs.map(({ move, count }) => (count === 1 ? move : `${move}x${count}`));
  return [...(initial > 0 || items.length === 0 ? [`i${initial}`] : []), ...items].join(".");
}

const LOOP = "loop";

// No search has found a longer one; a word that claims to be should not fill the memory.
const MOST_MOVES = 1_000_000;

function parseSchedule(text: string): Schedule | undefined {
  const items = text.split(".");
  const initial = /^i(\d+)$/.exec(items[0]!)?.[1];
  if (initial !== undefined) items.shift();
  const moves: Move[] = [];
  let loop: number | undefined;
  for (const item of items) {
    if (item === LOOP && loop === undefined) {
      loop = moves.length;
      continue;
    }
    const match = /^(\d+)((?:\/\d+)*)(?:s(\d+))?(?:x(\d+))?$/.exec(item);
    if (!match) return undefined;
    const picks = match[2]!.split("/").slice(1).map(Number);
    const at = match[3] === undefined ? {} : { at: Number(match[3]) };
    const count = Number(match[4] ?? 1);
    if (moves.length + count > MOST_MOVES) return undefined;
    for (let i = 0; i < count; i++) moves.push({ thread: Number(match[1]), picks, ...at });
  }
  // A loop has a step.
  if (loop === moves.length) return undefined;
  return { initial: Number(initial ?? 0), moves, ...(loop !== undefined && { loop }) };
}
