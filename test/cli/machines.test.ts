import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ajv, isResult } from "../report/schema.ts";
import { BUFFERING, faultline, filesUnder, inFolder, LOST_UPDATE, modelWith, reportsOf } from "./recorded.ts";

test("--junit, --sarif and --itf write beside everything else, for a named run and for pinned ones", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
    await mkdir(join(folder, "ci"));
    const line = "check race.ts --junit ci/junit.xml --sarif ci/log.sarif";
    assert.equal((await faultline(folder, `${line} --itf --quiet`)).code, 1);
    assert.match(await read("ci/junit.xml"), /<testsuite name="lost-update" tests="8" failures="1" errors="0">/);
    assert.match(await read("ci/junit.xml"), /<failure message="violated in 4 steps, 2 switches" type="violated">\n/);
    assert.match(await read("ci/log.sarif"), /"uri": "race\.ts"\n +\},\n +"region": \{\n +"startLine": 5\n/);
    assert.deepEqual(await filesUnder(join(folder, "out/lost-update")), [
      "result.json",
      ...["sum", "two"].flatMap((name) => reportsOf(name).toSpliced(1, 0, `${name}.itf.json`)),
    ]);
    // Without --itf the older traces go.
    assert.equal((await faultline(folder, `${line} --expected --quiet`)).code, 0);
    assert.match(await read("ci/junit.xml"), /^<testsuites name="faultline" tests="16" failures="0" errors="0">$/m);
    assert.match(await read("ci/log.sarif"), /"justification": "pinned: violated"/);
    await faultline(folder, "check race.ts --quiet");
    assert.ok(!(await filesUnder(join(folder, "out/lost-update"))).some((name) => name.endsWith("itf.json")));
  });
});

test("the schema describes what check prints and writes, of named, pinned, cut and replayed runs, under each memory model", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "b.ts": BUFFERING }, async (folder) => {
    const documents = async (line: string): Promise<readonly unknown[]> => {
      const printed: unknown = JSON.parse((await faultline(folder, `${line} --format json --quiet`)).out);
      return Array.isArray(printed) ? printed : [printed];
    };
    const all = [
      ...(await documents("check race.ts --set threads=3")),
      ...(await documents("check race.ts --max-states 3")),
      ...(await documents("check race.ts --expected")),
      ...(await documents("check fault-around-vs-punch --expected")),
      ...(await documents("check b.ts --memory tso")),
      ...(await documents("check b.ts --memory lkmm")),
      JSON.parse(await readFile(join(folder, "out/lost-update/threads=2/result.json"), "utf8")) as unknown,
    ];
    assert.ok(all.length > 10);
    const { specs } = all[0] as { specs: readonly { token: string }[] };
    all.push(...(await documents(`replay ${specs[0]!.token}`)));
    for (const document of all) assert.ok(isResult(document), ajv.errorsText(isResult.errors));
  });
});

test("a run that ends the check with something else than 0 is not green in JUnit", async () => {
  const models = {
    "vacuous.ts": modelWith({ steps: `"a": () => {},`, specs: `w.sometimes("s", "n is one", (k) => k.n === 1)` }),
    "missed.ts": modelWith({ steps: `"a": () => done,\n "b": () => {},` }),
    "cut.ts": modelWith({ steps: `"a": (k) => { k.n = 1; },\n "b": (k) => { k.n = 2; },` }),
  };
  await inFolder(models, async (folder) => {
    const wrong = async (line: string, code: number, text: RegExp): Promise<void> => {
      assert.equal((await faultline(folder, `check ${line} --quiet --junit junit.xml`)).code, code);
      assert.match(await readFile(join(folder, "junit.xml"), "utf8"), text);
    };
    await wrong("vacuous.ts", 4, /failures="1" errors="0">\n(.*\n)+.*type="vacuous"/);
    await wrong("missed.ts", 4, /<testcase name="steps-taken" .*\n.*message="never taken: p: b" type="never-taken"/);
    await wrong("cut.ts --max-states 1", 3, /failures="0" errors="6">/);
  });
});

test("runs that were not started are errors in JUnit", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const interrupts = (interrupt: () => void): void => interrupt();
    const { code } = await faultline(folder, "check race.ts --expected --junit junit.xml", { interrupts });
    assert.equal(code, 3);
    const text = await readFile(join(folder, "junit.xml"), "utf8");
    assert.match(text, /^<testsuites name="faultline" tests="10" failures="0" errors="\d+">$/m);
    assert.match(text, /<testsuite name="lost-update threads=3" tests="1" .*\n.*\n +<error message="not started"/);
  });
});

test("a file for other tools that cannot be written is refused before the search, or costs a warning after it", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    for (const place of ["nowhere/junit.xml", "race.ts/junit.xml", "."]) {
      const { code, out, err } = await faultline(folder, `check race.ts --junit ${place}`);
      assert.equal(code, 2);
      assert.equal(out, "");
      assert.match(err, /^error: cannot write '.*'\n.*\n {7}try: choose another file with --junit\n$/);
    }
    const full = await faultline(folder, "check race.ts --spec two --format json --sarif /dev/full");
    assert.equal(full.code, 2);
    assert.match(full.out, /"verdict": "holds"/);
    assert.match(full.err, /warning: no --sarif file is written: cannot write '\/dev\/full'\n {9}the disk is full\n/);
    assert.equal((await faultline(folder, "check race.ts --junit /dev/full --quiet")).code, 1);
    assert.ok(!(await filesUnder(folder)).some((name) => name.endsWith(".tmp")));
  });
});

test("a file that faultline has not written is not overwritten by a report, whatever is in it", async () => {
  const theirs = {
    "race.ts": LOST_UPDATE,
    "main.c": "int main(void) { return 0; }\n",
    "tests.xml": '<?xml version="1.0"?>\n<testsuites name="unit"/>\n',
    "data.json": '{ "runs": [], "name": "faultline" }\n',
    "MP.litmus": "C MP\n\n(* Expected: Never. See faultline. *)\n\n{}\n",
  };
  await inFolder(theirs, async (folder) => {
    for (const option of ["--junit", "--sarif", "--litmus"])
      for (const file of Object.keys(theirs)) {
        const { code, out, err } = await faultline(folder, `check race.ts --memory lkmm ${option} ${file}`);
        assert.deepEqual([code, out], [2, ""], `${option} ${file}`);
        assert.match(
          err,
          /^error: '.*' was not written by faultline with --(junit|sarif|litmus)\n {7}it would be overwritten\n/,
        );
      }
    for (const [file, text] of Object.entries(theirs)) assert.equal(await readFile(join(folder, file), "utf8"), text);
    assert.deepEqual(await filesUnder(folder), Object.keys(theirs).toSorted());
    // A report of another kind is not what the option writes; one of its own is, and an empty file is nobody's.
    await writeFile(join(folder, "ours.xml"), "");
    for (const code of [1, 1])
      assert.equal((await faultline(folder, "check race.ts --quiet --junit ours.xml --sarif ours.json")).code, code);
    assert.equal((await faultline(folder, "check race.ts --quiet --sarif ours.xml")).code, 2);
    const both = await faultline(folder, "check race.ts --quiet --sarif one --junit one");
    assert.equal(both.code, 2);
    assert.match(both.err, /^error: 'one' cannot be both what --junit and what --sarif writes\n/);
    assert.equal((await faultline(folder, "check race.ts --quiet --sarif /dev/null --junit /dev/null")).code, 1);
  });
});
