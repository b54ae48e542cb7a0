import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { quoted, shellLines, shellWords } from "../../src/report/shell.ts";
import { LOST_UPDATE, faultline, filesUnder, inFolder, modelWith } from "./recorded.ts";

/** What a POSIX shell makes of a command line: its words. */
const wordsOf = (command: string): readonly string[] =>
  execFileSync("sh", ["-c", `for word in ${command}; do printf '%s\\0' "$word"; done`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1);

const NAMES = [
  "plain.ts",
  "two words.ts",
  "d\u00e9mo \u2014 \u65e5\u672c.ts",
  "it's.ts",
  '"double".ts',
  'a"\u00e9 b.ts',
  "100%.ts",
  "back\\slash\\n.ts",
  "$HOME `id` $(id) !x.ts",
  "line\nbreak.ts",
  "ends in one\n",
  "\n",
  "tab\there.ts",
  "--spec x.ts",
  "'",
  "\\",
  "",
  `${"long name with blanks ".repeat(8)}.ts`,
  `${"\u00e9'%\\\\".repeat(30)}.ts`,
];

test("a command with an odd file name could not be pasted", () => {
  for (const name of NAMES) {
    const command = ["faultline", "check", quoted(name), "--spec", "a"].join(" ");
    assert.deepEqual(wordsOf(command), ["faultline", "check", name, "--spec", "a"]);
    assert.deepEqual(wordsOf(shellLines(command, 72).join("\n")), ["faultline", "check", name, "--spec", "a"]);
    assert.equal(shellWords(command).join(" "), command);
    if (name.endsWith("\n")) continue;
    for (const line of shellLines(command, 72)) assert.match(line, /^[\x20-\x7e]{1,72}$/);
  }
});

test("the lines below a counterexample repeat it, whatever the file is called", async () => {
  for (const name of NAMES.filter((one) => one.endsWith(".ts") && !one.includes("/")).slice(0, 14)) {
    await inFolder({}, async (folder) => {
      await writeFile(join(folder, name), LOST_UPDATE);
      const { run } = commandLine(folder);
      const first = await run(["check", "--spec", "sum", "--quiet", "--", name]);
      assert.equal(first.code, 1, first.err);
      const text = await readFile(join(folder, "out/lost-update/sum.txt"), "utf8");
      for (const kind of ["reproduce", "replay"]) {
        const [, command] = new RegExp(`^${kind}: ((?:.*\\\\\n)*.*)$`, "m").exec(text)!;
        const again = await run(wordsOf(command!).slice(1).filter(Boolean));
        assert.equal(again.code, 1, `${kind} of ${name}: ${again.err}`);
        assert.equal(await readFile(join(folder, "out/lost-update/sum.txt"), "utf8"), text.replace(" -- ", " "));
      }
    });
  }
});

function commandLine(folder: string) {
  return {
    run: async (words: readonly string[]) => {
      const { Recording } = await import("./recorded.ts");
      const { main } = await import("../../src/cli/main.ts");
      const io = new Recording(folder);
      const code = await main(words, io);
      return { code, out: io.out, err: io.err };
    },
  };
}

/** Threads that are declared symmetric and are not: the second one counts twice. */
const UNEQUAL = LOST_UPDATE.replace("symmetric(threads, () => add)", "symmetric(threads, (i) => addOf(i))")
  .replace(
    "export default",
    `const addOf = (i: number) => w.path("add_one", { old: int(0, 3) }, {
  "old = n": (k, me) => { me.old = k.n; },
  "n = old + 1": (k, me) => { k.n = Math.min(3, me.old + 1 + i); },
});
export default`,
  )
  .replace("k.n >= 2", "k.n >= 3");

test("the replay line of a run that told symmetric threads apart did not replay", async () => {
  await inFolder({ "m.ts": UNEQUAL }, async (folder) => {
    assert.match((await faultline(folder, "check m.ts")).err, /declared symmetric/);
    const { code } = await faultline(folder, "check m.ts --no-symmetry --spec sum --quiet");
    assert.equal(code, 1);
    const text = await readFile(join(folder, "out/lost-update/sum.txt"), "utf8");
    const token = /replay: faultline replay (\S+)/.exec(text)![1]!;
    const again = await faultline(folder, `replay ${token} --quiet --out again`);
    assert.deepEqual([again.code, again.err], [1, ""]);
    assert.equal(await readFile(join(folder, "again/lost-update/sum.txt"), "utf8"), text);
  });
});

test("a token ran a file of the reader's disk", async () => {
  await inFolder({ "outside.ts": LOST_UPDATE }, async (outer) => {
    const inner = join(outer, "inner");
    await mkdir(join(inner, "deeper"), { recursive: true });
    await writeFile(join(inner, "deeper/own.ts"), LOST_UPDATE);
    await symlink(join(outer, "outside.ts"), join(inner, "link.ts"));
    await symlink(outer, join(inner, "up"));
    const tokenOf = async (folder: string, file: string): Promise<string> => {
      await faultline(folder, `check ${file} --spec sum --quiet`);
      const text = await readFile(join(folder, "out/lost-update/sum.txt"), "utf8");
      return /replay: faultline replay ([^]*)$/.exec(text)![1]!.replaceAll(/[\s\\]/g, "");
    };
    const away = ["../outside.ts", join(outer, "outside.ts"), "link.ts", "up/outside.ts", "deeper/../../outside.ts"];
    for (const file of away) {
      const token = await tokenOf(inner, file);
      for (const command of [`replay ${token}`, `explore --from ${token}`]) {
        const { code, out, err } = await faultline(inner, command);
        assert.deepEqual([code, out], [2, ""], `${command}: ${err}`);
        assert.match(err, /^error: the token names '.*', which is not below the working directory\n/);
        assert.match(err, /add --anywhere/);
      }
      assert.equal((await faultline(inner, `replay --anywhere ${token} --quiet`)).code, 1);
    }
    for (const file of [
      "deeper/own.ts",
      join(inner, "deeper/own.ts"),
      "./deeper/../deeper/own.ts",
      "up/inner/deeper/own.ts",
    ])
      assert.equal((await faultline(inner, `replay ${await tokenOf(inner, file)} --quiet`)).code, 1, file);
    // Nothing of the file is run before it is refused.
    const sprung = join(outer, "sprung");
    const trap = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(sprung)}, "");\n`;
    await writeFile(join(outer, "trap.ts"), trap + LOST_UPDATE);
    const token = await tokenOf(inner, "../trap.ts");
    assert.ok((await readdir(outer)).includes("sprung"));
    await rm(sprung);
    assert.equal((await faultline(inner, `replay ${token}`)).code, 2);
    assert.ok(!(await readdir(outer)).includes("sprung"));
  });
});

test("a spread scenario, or spec, wrote outside of --out", async () => {
  const spread = (text: string): string =>
    LOST_UPDATE.replace("export default scenario(", "const made = scenario(") + `\nexport default ${text};\n`;
  const files = {
    "up.ts": spread(`{ ...made, name: "../../up" }`),
    "root.ts": spread(`{ ...made, name: "/tmp/faultline-root" }`),
    "dots.ts": spread(`{ ...made, name: ".." }`),
    "spec.ts": spread(
      `{ ...made, specs: made.specs.map((spec) => ({ ...spec, name: "../../" + spec.name })), expect: [] }`,
    ),
    "none.ts": spread(`{ ...made, name: "" }`),
  };
  await inFolder(files, async (folder) => {
    for (const file of Object.keys(files))
      for (const command of ["check", "check --expected", "graph", "list", "sweep", "fences"]) {
        const { code, err } = await faultline(
          folder,
          `${command} ${file} --out a/b`.replace(/(list|sweep|fences) (\S+).*/, "$1 $2"),
        );
        assert.equal(code, 2, `${command} ${file}: ${err}`);
        assert.match(
          err,
          /^error: ('.*' cannot be the name of a (scenario|spec)|the default export of '.*' is no scenario)\n/,
        );
      }
    assert.deepEqual(await filesUnder(folder), Object.keys(files).toSorted());
  });
});

test("the name of a parameter wrote outside of --out", async () => {
  const config = `params: { "../../../up": bool }, expect: [{ set: { "../../../up": true } }],`;
  const model = modelWith({ steps: `"a": () => {},`, config }).replace("params: {},", "");
  await inFolder({ "m.ts": model }, async (folder) => {
    const { code, err } = await faultline(folder, "check m.ts --expected --out a");
    assert.equal(code, 0, err);
    assert.deepEqual(await filesUnder(folder), ["a/mine/..%2F..%2F..%2Fup=true/result.json", "m.ts"]);
  });
});
