import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { locked } from "../../src/cli/output/lock.ts";
import { faultline, filesUnder, inFolder, LOST_UPDATE, readJson } from "./recorded.ts";

// This file runs as <package>/.build/test/cli/at-once.test.js.
const SAVER = fileURLToPath(new URL("./saver.js", import.meta.url));
const BIN = fileURLToPath(new URL("../../dist/src/cli/bin.cjs", import.meta.url));

/** Whose files are in a folder: the mark in each of them, and that in result.json. */
function marksIn(folder: string): ReadonlySet<string> {
  const { command, files } = JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as {
    command: string;
    files: readonly string[];
  };
  const here = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  assert.deepEqual(here.toSorted(), files.toSorted());
  return new Set([command, ...files.map((name) => readFileSync(join(folder, name), "utf8"))]);
}

test("several processes save into one folder at once, and at every moment its files are those of one run", async () => {
  await inFolder({}, async (folder) => {
    const shared = join(folder, "out/shared");
    const savers = ["x", "y", "z"].map((mark) =>
      spawn(process.execPath, [SAVER, folder, mark, "40"], { stdio: "inherit" }),
    );
    const ends = Promise.all(savers.map((saver) => once(saver, "close")));
    const seen = new Set<string>();
    try {
      while (savers.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
        await setTimeout(1);
        if (!existsSync(join(shared, "result.json"))) continue;
        const marks = await locked(shared, () => marksIn(shared));
        assert.equal(marks.size, 1, [...marks].join(" and "));
        for (const mark of marks) seen.add(mark);
      }
    } finally {
      for (const saver of savers) saver.kill();
    }
    for (const [code] of await ends) assert.equal(code, 0);
    assert.ok(seen.size > 3, `saw ${seen.size} sets`);
    assert.equal(marksIn(shared).size, 1);
    assert.equal((await filesUnder(shared)).length, 5, "nothing but the files of the last run");
  });
});

test("two checks of one scenario at once leave the files of one of them", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const run = async (threads: number): Promise<void> => {
      const args = ["check", "race.ts", "--quiet", "--set", `threads=${threads}`];
      await promisify(execFile)(process.execPath, [BIN, ...args], { cwd: folder }).catch(() => {});
    };
    await Promise.all([run(2), run(3)]);
    const out = join(folder, "out/lost-update");
    const { specs } = (await readJson(out, "result.json")) as { specs: readonly { name: string; token: string }[] };
    for (const { name, token } of specs.filter(({ token }) => token)) {
      const text = readFileSync(join(out, `${name}.txt`), "utf8").replaceAll(/ \\\n +/g, "");
      assert.ok(text.includes(token), `${token} is not in ${text}`);
    }
    assert.equal((await filesUnder(out)).length, 7);
  });
});

test("a lock is waited for, and taken over from a process that died with it", async () => {
  await inFolder({}, async (folder) => {
    const lock = join(folder, ".lock");
    writeFileSync(lock, "");
    let isDone = false;
    const waiting = locked(folder, () => (isDone = true));
    await setTimeout(50);
    assert.ok(!isDone);
    const minuteAgo = Date.now() / 1000 - 60;
    utimesSync(lock, minuteAgo, minuteAgo);
    await waiting;
    assert.ok(isDone);
    assert.deepEqual(await filesUnder(folder), []);
    await assert.rejects(
      locked(folder, () => {
        throw new Error("inside");
      }),
      /inside/,
    );
    assert.deepEqual(await filesUnder(folder), []);
  });
});

test("a process that is killed while it saves leaves whole files", async () => {
  await inFolder({}, async (folder) => {
    for (const ms of [150, 250, 350, 450]) {
      const saver = spawn(process.execPath, [SAVER, folder, "k", "100000"]);
      const closed = once(saver, "close");
      await setTimeout(ms);
      saver.kill("SIGKILL");
      await closed;
      const shared = join(folder, "out/shared");
      if (!existsSync(join(shared, "result.json"))) continue;
      for (const name of (await filesUnder(shared)).filter((file) => file.endsWith(".txt")))
        assert.match(readFileSync(join(shared, name), "utf8"), /^k \d+$/);
      assert.ok(await readJson(shared, "result.json"));
    }
  });
});

test("no room, or a folder that is read-only: the verdict stands, with a warning and without files", async () => {
  const { code, out, err } = await faultline("/", "check two-faults --quiet --out /sys/faultline");
  assert.match(out, /holds {6}fault-maps/);
  assert.match(err, /^warning: no report is written: cannot write '\/sys\/faultline\/two-faults'\n/);
  assert.equal(code, 2);
  await inFolder({}, async (folder) => {
    // A shell that lets files grow to one block: they fail as on a full disk.
    const script = `trap '' XFSZ; ulimit -f 1; exec "$0" "$@"`;
    const args = ["check", "fault-around-vs-punch", "--set", "order=patch4", "--format", "json"];
    const {
      stdout,
      stderr,
      code: status,
    } = await promisify(execFile)("/bin/bash", ["-c", script, process.execPath, BIN, ...args], {
      cwd: folder,
      maxBuffer: 2 ** 26,
    }).then(
      (ended) => ({ ...ended, code: 0 }),
      (error: { readonly stdout: string; readonly stderr: string; readonly code: number }) => error,
    );
    assert.equal(status, 1);
    assert.match(stderr, /^warning: no report is written: cannot write .*\n {9}files may not grow that large here\n/);
    assert.match(stdout, /"verdict": "violated"/);
    assert.deepEqual(await filesUnder(folder), []);
  });
});
