import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import type { Command } from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { plainLine } from "../../src/cli/plain-line.ts";
import { runByYargs } from "../../src/cli/yargs-line.ts";
import { Recording } from "./recorded.ts";

interface Found {
  readonly name: string;
  readonly words: readonly string[];
  /** What each option is made of, or the mistake in it. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Commands whose options are what was given, and which say so in the place of doing anything. */
const saying = (found: (one: Found) => void): readonly Command[] =>
  COMMANDS.map((command) => ({
    ...command,
    options: Object.fromEntries(
      Object.entries(command.options).map(([name, option]) => [name, { ...option, parse: (given: unknown) => given }]),
    ),
    run: async (words, given) => {
      found({ name: command.name, words, given: told(given) });
      return "held";
    },
  }));

/** Yargs says of an array that is not there that it is not given. */
const told = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));

async function byYargs(line: readonly string[]): Promise<Found | undefined> {
  let found: Found | undefined;
  const commands = saying((one) => (found = one));
  await runByYargs(line, new Recording("/"), () => {}, commands);
  return found;
}

function plainly(line: readonly string[]): Found | undefined {
  const plain = plainLine(line);
  return plain && { name: plain.command.name, words: plain.words, given: told(plain.given) };
}

const TRAPS = [
  "check --quiet true",
  "check a --quiet false b",
  "check a --out 'b'",
  "check a --out -3",
  "check a --out - b",
  "check a --out b --out c",
  "check a --quiet --quiet",
  "check a --quiet=yes",
  "check a --set -- b",
  "check a --set b c --set d",
  "check a -- --set b",
  "check a --no-png",
  "list a b",
  "explore",
  "litmus -",
];

test("a line that was read without yargs was read as yargs reads it", async () => {
  const value = fc.constantFrom("a", "order=patch4", "x.ts", "3", "1e3", "-", "-3", "true", "false", "", "'a'");
  const lines = fc.constantFrom(...COMMANDS).chain(({ name, options }) => {
    const option = fc
      .constantFrom(...Object.keys(options), ...Object.keys(options), "help", "version", "no-png", "SET")
      .map((one) => `--${one}`);
    const word = fc.oneof(
      { weight: 4, arbitrary: value },
      { weight: 4, arbitrary: option },
      fc.tuple(option, value).map(([one, text]) => `${one}=${text}`),
      fc.constantFrom("--", "-q", "check", "--set.a", "a b"),
    );
    return fc.array(word, { maxLength: 4 }).map((rest) => [name, ...rest]);
  });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(lines, async (line) => {
      const found = plainly(line);
      if (!found) return;
      read++;
      assert.deepEqual(found, await byYargs(line));
    }),
    { numRuns: 200, seed: 1, examples: TRAPS.map((line) => [line.split(" ")]) },
  );
  assert.ok(read > 40, `${read} were read`);
});

test("what is typed most was given to yargs", () => {
  for (const line of [
    "check fault-around-vs-punch",
    "check fault-around-vs-punch --set order=patch4 --memory lkmm --quiet",
    "check my-race.ts --out=out --max-states 1000 --set a=1 --set b=2",
    "check",
    "sweep fault-around-vs-punch",
    "list",
  ])
    assert.ok(plainLine(line.split(" ")), line);
});
