import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, inFolder } from "./recorded.ts";

const RUN = "check fault-around-vs-punch --set order=october";
const FOLDER = "out/fault-around-vs-punch";

/** Runs `body` in a folder that holds a result with three violated specs. */
const withResult = (body: (folder: string) => Promise<void>): Promise<void> =>
  inFolder({}, async (folder) => {
    assert.equal((await faultline(folder, RUN)).code, 1);
    await body(folder);
  });

async function isWrong(folder: string, line: string, ...texts: readonly string[]): Promise<void> {
  const { code, out, err } = await faultline(folder, line);
  assert.equal(code, 2, line);
  assert.equal(out, "", line);
  for (const text of texts) assert.ok(err.includes(text), `${line}: '${text}' is not in ${err}`);
  assert.doesNotMatch(err, /^\s+at /m, "a stack trace");
}

test("show draws what check wrote, from the file, its folder, or its name under out/", () =>
  withResult(async (folder) => {
    const text = await readFile(join(folder, FOLDER, "no-stale-pte.txt"), "utf8");
    for (const name of [`${FOLDER}/result.json`, FOLDER, "fault-around-vs-punch", "out"]) {
      const shown = await faultline(folder, `show ${name} --spec no-stale-pte`);
      assert.deepEqual(shown, { code: 0, out: text, err: "" });
    }
  }));

test("show without --spec draws the shortest counterexample", () =>
  withResult(async (folder) => {
    const { out } = await faultline(folder, `show ${FOLDER}`);
    assert.match(out, /^fault-around-vs-punch order=october: no-false-alarm violated\n/);
  }));

test("--full shows every step, and --width keeps to the width", () =>
  withResult(async (folder) => {
    const folded = await faultline(folder, `show ${FOLDER} --spec no-stale-pte --width 66`);
    const full = await faultline(folder, `show ${FOLDER} --spec no-stale-pte --width 66 --full`);
    assert.match(folded.out, /unrelated step/);
    assert.doesNotMatch(full.out, /unrelated step/);
    for (const { out } of [folded, full]) assert.ok(out.split("\n").every((line) => line.length <= 66));
  }));

test("--format kernel is the diagram alone: CPUs over a rule, then calls with their depth", () =>
  withResult(async (folder) => {
    const { out } = await faultline(folder, `show ${FOLDER} --spec no-stale-pte --format kernel`);
    const lines = out.trimEnd().split("\n");
    assert.match(lines[0]!, /^CPU0 \(fault\) +CPU1 \(punch\)$/);
    assert.match(lines[1]!, /^---- +----$/);
    assert.equal(lines[2], "filemap_map_pages()");
    assert.match(lines[3]!, /^ page = xas_find\(&xas\) -> page$/);
    assert.ok(lines.some((line) => /^ +truncate_pagecache_range\(\)$/.test(line)));
    assert.match(lines.at(-1)!, /<-- violates no-stale-pte$/);
    assert.ok(!lines.includes(""));
  }));

test("check --minimize switches says so in the report and in the command that repeats it", () =>
  inFolder({}, async (folder) => {
    const { out } = await faultline(folder, `${RUN} --spec no-stale-pte --minimize switches`);
    assert.match(out, /context switches?;\s+no violation with fewer switches, nor with\s+as many and fewer steps/);
    assert.match(out.replaceAll(/ \\\n +/g, " "), /reproduce: .* --minimize switches --spec no-stale-pte\n/);
  }));

test("check --full prints and writes all steps", () =>
  inFolder({}, async (folder) => {
    const { out } = await faultline(folder, `${RUN} --spec no-stale-pte --full`);
    assert.doesNotMatch(out, /unrelated step/);
    assert.doesNotMatch(await readFile(join(folder, FOLDER, "no-stale-pte.txt"), "utf8"), /unrelated step/);
  }));

test("a result, a spec or an option that does not exist is named, with what does", () =>
  withResult(async (folder) => {
    await isWrong(folder, "show", "'show' needs to be told what to work on");
    await isWrong(folder, "show nix", "there is no result 'nix'", `results: ${FOLDER}`);
    await isWrong(folder, `show ${FOLDER} --spec no-stale`, "there is no spec 'no-stale'", "no-stale-pte, ");
    await isWrong(folder, `show ${FOLDER} --spec no-bug`, "'no-bug' has no run to show", "it holds");
    await isWrong(folder, `show ${FOLDER} --width 65`, "--width 65 is too narrow", "66 to 500");
    await isWrong(folder, `show ${FOLDER} --width 501`, "--width 501 is too wide", "66 to 500");
    await isWrong(folder, `show ${FOLDER} --width x`, "--width needs a whole number");
    await isWrong(folder, `show ${FOLDER} --format kernl`, "did you mean 'kernel'?", "text, kernel");
    await isWrong(folder, `${RUN} --minimize switch`, "did you mean 'switches'?", "steps, switches");
    await faultline(folder, "check two-faults --set order=patch4");
    await isWrong(folder, "show out", "'out' holds several results", `${FOLDER}, out/two-faults`);
  }));

test("a file that is no result is refused, and a damaged one is named with the place", () =>
  withResult(async (folder) => {
    const good = JSON.parse(await readFile(join(folder, FOLDER, "result.json"), "utf8")) as Record<string, unknown>;
    const damaged: readonly (readonly [string, ...(readonly string[])])[] = [
      ["", "is no JSON"],
      ["{", "is no JSON"],
      ["null", "is no result of faultline"],
      ['{"format":"other"}', "is no result of faultline"],
      [JSON.stringify([good]), "holds several results"],
      [JSON.stringify({ ...good, version: 2 }), "has version 2", "reads version 1"],
      [
        JSON.stringify({ ...good, specs: [{ ...(good["specs"] as object[])[0], trace: {} }] }),
        "specs[0].trace.schedule",
      ],
      [JSON.stringify({ ...good, threads: [] }), "is incomplete", "specs[0].trace"],
      [JSON.stringify({ ...good, command: 3 }), "is incomplete", "command"],
    ];
    for (const [text, ...said] of damaged) {
      await writeFile(join(folder, "bad.json"), text);
      await isWrong(folder, "show bad.json", "bad.json", ...said);
    }
  }));
