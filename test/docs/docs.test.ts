import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import * as language from "faultline";
import { scenarios } from "../../models/scenarios/index.ts";
import { EXIT } from "../../src/cli/output/exit.ts";
import { COMMANDS as ALL_COMMANDS } from "../../src/cli/commands/index.ts";
import type { Options } from "../../src/cli/option.ts";
import { COMMON_OPTIONS } from "../../src/cli/options.ts";
import { main } from "../../src/cli/main.ts";
import { BUILT_IN_NAMES } from "../../src/model/spec.ts";
import { Recording } from "../cli/recorded.ts";
import {
  COMMANDS,
  EXECUTED,
  ROOT,
  accepted,
  filesOf,
  generatedPart,
  isShown,
  isUpdate,
  readDocument,
  table,
  timeless,
  writeDocument,
  type Document,
  type Edit,
} from "./document.ts";
import { ordersTable } from "./orders.ts";
import { QUESTIONS, verdictsOfQuestions } from "./questions.ts";
import { bundledBySubject } from "./subjects.ts";

const DOCUMENTS = ["", "docs/", "docs/decisions/", "docs/questions/"].flatMap((folder) =>
  readdirSync(`${ROOT}${folder}`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}${name}`),
);

/** Parts of commands that are not run, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "npm ci": "it would install the package over the one that this test runs in; .ci/run does it",
  "npm test": "it runs this test",
};

/** What `faultline check` has just printed, and ended well: .ci/run has it at hand, so that it does not run twice. */
const CHECKED = process.env["FAULTLINE_CHECKED"];

interface Printed {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Runs a line of a document as if it were typed in `folder`; nothing, if all of it is left out. */
async function run(line: string, folder: string): Promise<Printed | undefined> {
  const [, writer, file] = /^(.*) > (\S+)$/.exec(line) ?? [];
  if (file !== undefined) {
    const { code, lines } = (await run(writer!, folder))!;
    writeFileSync(join(folder, file), lines.map((one) => `${one}\n`).join(""));
    return { code, lines: [] };
  }
  const { input, reader } = pipeOf(line, folder);
  const commands = reader.split(" && ").filter((command) => !(command in LEFT_OUT));
  assert.ok(commands.length <= 1, `one command a line: ${line}`);
  const [npx, program, ...args] = commands[0]?.split(" ") ?? [];
  if (npx === undefined) return undefined;
  assert.equal(npx, "npx", `no way to run: ${line}`);
  if (program === "tsc") return compile(args, folder);
  assert.equal(program, "faultline", `no way to run: ${line}`);
  if (CHECKED !== undefined && args.join(" ") === "check")
    return { code: EXIT.held.code, lines: readFileSync(CHECKED, "utf8").split("\n").slice(0, -1) };
  const io = new Recording(folder, { input });
  const code = await main(args, io);
  // Errors name files relative to the working directory, which is not the folder here.
  const text = `${io.out}${io.err}`.replaceAll(`${relative(process.cwd(), folder)}/`, "");
  return { code, lines: text.split("\n").slice(0, -1) };
}

/** What a line gives to standard input, and the command that reads it. */
function pipeOf(line: string, folder: string): { readonly input: string; readonly reader: string } {
  const printf = /^printf '(.*)' \| (.*)$/.exec(line);
  if (printf) return { input: printf[1]!.replaceAll(String.raw`\n`, "\n"), reader: printf[2]! };
  const sed = /^sed -n '\/(.*)\/,\$p' (\S+) \| (.*)$/.exec(line);
  if (!sed) return { input: "", reader: line };
  const [, from, file, reader] = sed;
  const lines = readFileSync(join(folder, file!), "utf8").split("\n");
  return { input: lines.slice(lines.findIndex((text) => new RegExp(from!).test(text))).join("\n"), reader: reader! };
}

async function compile(args: readonly string[], folder: string): Promise<Printed> {
  const tsc = `${ROOT}node_modules/typescript/bin/tsc`;
  const { stdout } = await promisify(execFile)(process.execPath, [tsc, ...args], { cwd: folder }).catch(
    (error: { readonly stdout: string }) => error,
  );
  return { code: stdout === "" ? 0 : 1, lines: stdout.split("\n").slice(0, -1) };
}

/** Runs `body` in a folder of the package, so that the compiler finds what a model imports. */
async function inPackage(document: Document, body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(`${ROOT}.build/docs-`);
  try {
    for (const [name, text] of Object.entries(filesOf(document))) writeFileSync(join(folder, name), text);
    cpSync(`${ROOT}examples`, join(folder, "examples"), { recursive: true });
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

for (const name of EXECUTED)
  test(`the commands of ${name} do what it says`, async () => {
    const document = readDocument(name);
    const edits: Edit[] = [];
    await inPackage(document, async (folder) => {
      for (const [i, { language, lines, exit }] of document.blocks.entries()) {
        if (language !== "sh") continue;
        const printed: string[] = [];
        let code = 0;
        for (const line of lines) {
          const one = await run(line, folder);
          printed.push(...(one?.lines ?? []));
          code = one?.code ?? code;
        }
        assert.equal(code, exit, `${name}: ${lines.join("; ")}\n${printed.join("\n")}`);
        const shown = document.blocks[i + 1];
        if (shown?.language !== "text" && shown?.language !== "json") continue;
        if (isShown(shown, printed)) continue;
        const fresh = isUpdate ? accepted(shown, printed) : undefined;
        if (fresh) edits.push({ from: shown.at + 1, to: shown.at + 1 + shown.lines.length, lines: fresh });
        else
          assert.deepEqual(
            shown.lines.map(timeless),
            printed.map(timeless),
            `${name}: ${lines.join("; ")}; UPDATE_GOLDEN=1 accepts it`,
          );
      }
    });
    if (edits.length > 0) writeDocument(document, edits);
  });

const optionTable = (commands: readonly string[], options: Options): readonly string[] => {
  const names = commands.map((name) => `\`${name}\``);
  const last = names.at(-1)!;
  const of = names.length === 1 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
  return table([
    [`option of ${of}`, "does"],
    ...Object.entries(options).map(([name, { describe }]) => [
      `\`--${name}\``,
      describe.replaceAll("|", String.raw`\|`),
    ]),
  ]);
};

/** A table for each command, without what several have in common, which has one of its own. */
function optionTables(): readonly string[] {
  const isCommon = ([name, option]: readonly [string, unknown]): boolean =>
    option === COMMON_OPTIONS[name as keyof typeof COMMON_OPTIONS];
  const hasAll = ({ options }: (typeof ALL_COMMANDS)[number]): boolean =>
    Object.entries(options).filter(isCommon).length === Object.keys(COMMON_OPTIONS).length;
  const own = ALL_COMMANDS.map((one) => ({
    name: one.name,
    options: hasAll(one)
      ? Object.fromEntries(Object.entries(one.options).filter((option) => !isCommon(option)))
      : one.options,
  }));
  const tables = [
    ...own
      .filter(({ options }) => Object.keys(options).length > 0)
      .map(({ name, options }) => optionTable([name], options)),
    optionTable(
      ALL_COMMANDS.filter(hasAll).map(({ name }) => name),
      COMMON_OPTIONS,
    ),
  ];
  return tables.flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

/** By document, the parts that are made of what the tool or the models say. */
const GENERATED: Readonly<Record<string, Readonly<Record<string, () => readonly string[]>>>> = {
  "docs/seven-orders.md": { orders: ordersTable },
  "docs/scenarios.md": { scenarios: () => table([["subject", "scenario", "what runs"], ...bundledBySubject()]) },
  [QUESTIONS]: { verdicts: () => table(verdictsOfQuestions()) },
  [COMMANDS]: {
    options: optionTables,
    exit: () => table([["exit", "meaning"], ...Object.values(EXIT).map(({ code, meaning }) => [`${code}`, meaning])]),
  },
};

for (const [file, parts] of Object.entries(GENERATED))
  for (const [name, generate] of Object.entries(parts))
    test(`${file}: the ${name} are those of the tool`, () => {
      const document = readDocument(file);
      const part = generatedPart(document, name);
      const lines = ["", ...generate(), ""];
      if (isUpdate) writeDocument(document, [{ ...part, lines }]);
      else assert.deepEqual(part.lines, lines, "UPDATE_GOLDEN=1 accepts it");
    });

const PICTURES = [
  [
    "docs/counterexample.md",
    "check fault-around-vs-punch --set order=patch4 --spec",
    "fault-around-vs-punch/no-stale-pte.svg",
    "no-stale-pte",
  ],
  ["docs/memory.md", "graph mapcount.ts", "mapcount/graph/states-lkmm.svg", "mapcount-lkmm"],
] as const;

for (const [name, command, drawn, image] of PICTURES)
  test(`${name}: the picture '${image}' is what the tool draws`, async () => {
    const document = readDocument(name);
    const line = document.lines.find((text) => text.includes(command));
    await inPackage(document, async (folder) => {
      await run(line!, folder);
      const picture = readFileSync(join(folder, "out", drawn), "utf8");
      const file = `${ROOT}docs/images/${image}.svg`;
      if (isUpdate) {
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, picture);
      } else assert.ok(readFileSync(file, "utf8") === picture, `docs/images/${image}.svg: UPDATE_GOLDEN=1 accepts it`);
    });
  });

test("docs/language.md names everything that a model can import, and every check", () => {
  const { lines } = readDocument("docs/language.md");
  const text = lines.join("\n");
  for (const name of [...Object.keys(language), ...BUILT_IN_NAMES])
    assert.match(text, new RegExp(`\`${name}[\`(]`), `docs/language.md does not explain '${name}'`);
});

test("docs/language.md: every message is one of the tool", () => {
  const sources = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(`${ROOT}src/${file}`, "utf8"));
  const { lines } = readDocument("docs/language.md");
  const messages = lines
    .slice(lines.indexOf("| message | remedy |") + 2)
    .flatMap((line) => /^\| `(.*?)` \|/.exec(line)?.[1] ?? []);
  assert.ok(messages.length > 20);
  for (const message of messages)
    for (const part of message.split(/'?<[^>]*>'?/).filter((text) => /\w/.test(text)))
      assert.ok(
        sources.some((source) => source.includes(part)),
        `no message has '${part}', as in '${message}'`,
      );
});

/** As GitHub makes it of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/^#+ /, "")
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

test("links between the documents lead somewhere", () => {
  for (const name of DOCUMENTS) {
    const text = readDocument(name)
      .lines.join("\n")
      .replaceAll(/^```[^]*?^```$/gm, "");
    for (const [, link] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link!)) continue;
      const [path = "", anchor] = link!.split("#");
      const target = path === "" ? name : join(dirname(name), path);
      assert.ok(existsSync(ROOT + target), `${name}: there is no ${target}`);
      if (anchor === undefined) continue;
      const anchors = readDocument(target)
        .lines.filter((line) => line.startsWith("#"))
        .map(anchorOf);
      assert.ok(anchors.includes(anchor), `${name}: there is no #${anchor} in ${target}`);
    }
  }
});

// Its command is executed with all others; here is how many runs that has to be.
test(`${COMMANDS}: check without a name judges every pinned run`, () => {
  const pinned = scenarios.flatMap(({ expect }) => expect).length;
  assert.match(readDocument(COMMANDS).lines.join("\n"), new RegExp(`^${pinned} of ${pinned} runs as expected: `, "m"));
});
