import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import { COMMANDS } from "../../src/cli/commands/index.ts";
import { EXIT } from "../../src/cli/output/exit.ts";
import { faultline, type Recorded } from "./recorded.ts";

const run = (line: string): Promise<Recorded> => faultline("/", line);

const isWrong = async (line: string, ...texts: readonly string[]): Promise<void> => {
  const { code, out, err } = await run(line);
  assert.equal(code, 2, line);
  assert.equal(out, "", line);
  for (const text of texts) assert.ok(err.includes(text), `${line}: '${text}' is not in ${err}`);
  assert.doesNotMatch(err, /^\s+at /m, "a stack trace");
};

test("--help shows the table of exit codes and an example", async () => {
  const { code, out } = await run("--help");
  assert.equal(code, 0);
  const table = out.split("\n").flatMap((line) => /^ +(\d+) {2}(\S.*)$/.exec(line)?.slice(1) ?? []);
  assert.deepEqual(
    table,
    Object.values(EXIT).flatMap(({ code: number, meaning }) => [String(number), meaning]),
  );
  assert.match(out, /Examples:\n {2}faultline check fault-around-vs-punch --set order=patch4/);
  assert.ok(out.split("\n").every((line) => line.length <= 100));
});

test("help of each command shows its options", async () => {
  const check = await run("check --help");
  for (const option of ["expected", "set", "spec", "out", "format", "max-states", "quiet", "no-color"])
    assert.match(check.out, new RegExp(`^ +--${option} `, "m"));
  const list = await run("list --help");
  assert.match(list.out, /--format/);
  assert.doesNotMatch(list.out, /--max-states/);
});

test("the examples of each command are commands, and its help shows them", async () => {
  for (const { name, examples } of COMMANDS) {
    const { out } = await run(`${name} --help`);
    for (const example of examples) {
      assert.match(example, new RegExp(`^${name}\\b`));
      assert.ok(out.includes(`\n  faultline ${example}\n`), `${name} --help does not show '${example}'`);
      // Help refuses options, scenarios and commands that do not exist; a file of the reader's own does not.
      if (!example.includes(".ts")) assert.equal((await run(`${example} --help`)).code, 0, example);
    }
  }
});

test("help of what does not exist was the general help", async () => {
  await isWrong("chek --help", "error: there is no command 'chek'; did you mean 'check'?");
  await isWrong("nonsense --help", "error: there is no command 'nonsense'\n");
  await isWrong("--help nonsense", "error: there is no command 'nonsense'\n");
  await isWrong("help chek", "error: there is no command 'chek'; did you mean 'check'?");
  await isWrong("help help", "error: there is no command 'help'");
  await isWrong("help check two-faults", "error: 'two-faults' is one word too many for 'help check'\n");
  await isWrong("nonsense --version", "error: there is no command 'nonsense'\n");
  await isWrong("check --max-stats 3 --help", "there is no option '--max-stats'; did you mean '--max-states'?");
  await isWrong("check --max-stats=3 --help", "there is no option '--max-stats'; did you mean '--max-states'?");
  await isWrong("list --set a=1 --help", "there is no option '--set'\n", "options of list: --format,");
  await isWrong("--hlp --help", "there is no option '--hlp'; did you mean '--help'?");
  await isWrong("check two-fault --help", "there is no scenario 'two-fault'; did you mean 'two-faults'?");
  await isWrong("graph nothing.ts --help", "there is no file 'nothing.ts'\n");
  for (const line of [
    "help",
    "help list",
    "list two-faults --help",
    "list --format json --help",
    "--quiet check --help",
  ])
    assert.equal((await run(line)).code, 0, line);
});

test("--version is that of the package", async () => {
  assert.match((await run("--version")).out, /^\d+\.\d+\.\d+\n$/);
});

test("a wrong command or option is named, with what exists", async () => {
  await isWrong(
    "",
    "error: there is no command\n",
    "commands: check, sweep, merge, claims, show, list, graph, export, litmus, fences, replay, explore, align, draft, init, completion",
  );
  await isWrong("chek", "error: there is no command 'chek'; did you mean 'check'?");
  await isWrong("check --max-stats 3", "there is no option '--max-stats'; did you mean '--max-states'?", "--out");
  await isWrong("check -x", "there is no option '-x'");
  await isWrong("list --set a=1", "there is no option '--set'\n", "options of list: --format,");
  await isWrong("graph --html", "there is no option '--html'\n", "options of graph: --path,");
  await isWrong("list two-faults two-faults", "one word too many");
  await isWrong("list -- two-faults two-faults", "list takes one scenario");
});

test("a wrong value of an option is named, with what it should be", async () => {
  await isWrong("check --max-states x", "--max-states needs a whole number from 1 on, not 'x'");
  await isWrong("check --max-states 0", "not '0'");
  await isWrong("check --max-states -5", "not '-5'");
  await isWrong("check --max-states 1.5", "not '1.5'");
  await isWrong("check --max-states 1 --max-states 2", "--max-states is given twice");
  await isWrong("check --quiet --quiet --out a --out b", "--out is given twice");
  await isWrong("check --out", "--out needs a value");
  await isWrong("check --out=", "--out needs a value");
  await isWrong("check --format xml", "--format cannot be 'xml'", "values: text, json");
  await isWrong("check --format jsn", "did you mean 'json'?");
});

test("a wrong scenario, parameter or spec is named, with what exists", async () => {
  const named = scenarios.map(({ name }) => name).filter((name) => !name.includes("/"));
  const names = named.join(", ");
  const twos = "alike: two-faults, two-read-faults, races/two-unmaps";
  await isWrong("check two-faulst", "there is no scenario 'two-faulst'; did you mean 'two-faults'?", twos);
  await isWrong("list nothing-like-it", "there is no scenario 'nothing-like-it'\n", names);
  await isWrong("check two-faults --set order", "--set needs name=value, not 'order'");
  await isWrong("check two-faults --set =trylock", "--set needs name=value");
  await isWrong("check two-faults --set ordre=trylock", "has no parameter 'ordre'; did you mean 'order'?", "trylock|");
  await isWrong(
    "check two-faults --set order=tryloc",
    "'order' of scenario 'two-faults' cannot be 'tryloc'",
    "trylock|",
  );
  await isWrong("check two-faults --set order=trylock --set order=patch4", "--set gives 'order' two values");
  await isWrong("check two-faults --set order=trylock,order=patch4", "--set gives 'order' two values");
  await isWrong("check fault-around-vs-punch --set mappers=3", "cannot be '3'", "values: 1..2");
  await isWrong("check fault-around-vs-punch --set mappers=1..2", "--set mappers=1..2 gives a range");
  await isWrong("check --set ordre=trylock", "no scenario has a parameter 'ordre'; did you mean 'order'?", "mappers");
  await isWrong("check two-faults --spec fault-map", "no spec 'fault-map'; did you mean 'fault-maps'?", "not-stuck");
});

test("completion prints a script, and completes commands, options and scenarios", async () => {
  assert.match((await run("completion")).out, /faultline --get-yargs-completions/);
  const complete = async (words: readonly string[]): Promise<readonly string[]> =>
    (await run(["--get-yargs-completions", "faultline", ...words].join(" "))).out.split("\n").filter(Boolean);
  assert.ok((await complete(["che"])).includes("check"));
  assert.ok((await complete(["check", "--m"])).includes("--max-states"));
  assert.deepEqual(await complete(["check", "two-f"]), ["two-faults"]);
  assert.deepEqual(await complete(["check", "--out", "two-f"]), []);
});
