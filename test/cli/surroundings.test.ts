import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { locked } from "../../src/cli/output/lock.ts";
import { OWNER } from "../../src/cli/output/owner.ts";
import { faultline, filesUnder, inFolder, LOST_UPDATE, modelWith, reportsOf } from "./recorded.ts";

// This file runs as <package>/.build/test/cli/surroundings.test.js.
const BIN = fileURLToPath(new URL("../../dist/src/cli/bin.cjs", import.meta.url));
const SAVER = fileURLToPath(new URL("./saver.js", import.meta.url));

/** Runs a line of a shell, in which $faultline is the program. */
function shell(
  folder: string,
  line: string,
): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync("bash", ["-c", line], {
    cwd: folder,
    env: { ...process.env, faultline: `${process.execPath} ${BIN}` },
    encoding: "utf8",
    timeout: 120_000,
  });
  return { code: status, out: stdout, err: stderr };
}

const noStack = (text: string): void => assert.doesNotMatch(text, /^\s+at |bug in faultline/m);

test("a full disk behind standard output cost the files, and passed for a bug", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    for (const line of ["check race.ts", "check race.ts --expected", "graph race.ts", "sweep race.ts", "list"]) {
      const { code, err } = shell(
        folder,
        `$faultline ${line} --out out > /dev/full`.replace(/((sweep|list|help).*) --out out/, "$1"),
      );
      assert.equal(code, 2, err);
      assert.equal(err, "error: cannot write to standard output: the disk is full\n", line);
    }
    assert.deepEqual(
      (await filesUnder(join(folder, "out/lost-update"))).filter((name) => !/graph|=/.test(name)),
      ["result.json", ...reportsOf("sum"), ...reportsOf("two")],
    );
    assert.equal(shell(folder, "$faultline check race.ts 2> /dev/full").code, 1);
    const { code, err } = shell(folder, "$faultline check race.ts --expected | head -1; exit ${PIPESTATUS[0]}");
    assert.deepEqual([code, err], [0, ""]);
  });
});

test("files are there before anything is printed, and the verdict is printed without them", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    // A reader that looks at the files when the first word arrives.
    const { out } = shell(folder, "$faultline check race.ts | { read -r line; ls out/lost-update; }");
    assert.deepEqual(out.trim().split("\n"), ["result.json", ...reportsOf("sum"), ...reportsOf("two")]);
    mkdirSync(join(folder, "bad/lost-update/sum.txt"), { recursive: true });
    const bad = await faultline(folder, "check race.ts --out bad");
    assert.match(bad.out, /violated {3}sum/);
    assert.match(bad.err, /^warning: no report is written/);
  });
});

test("a lock that nobody holds was waited for, for ever", async () => {
  await inFolder({}, async (folder) => {
    const lock = join(folder, ".lock");
    const patience = { staleMs: 100, mostMs: 2000 };
    const inFuture = Date.now() / 1000 + 1e6;
    const gone = spawnSync("true").pid;
    for (const [owner, isDated] of [
      ["", true],
      [OWNER.replace(/\d+$/, String(gone)), false],
      ["ffffffff-1", true],
      [OWNER, true],
      ["no owner at all\n", true],
    ] as const) {
      writeFileSync(lock, owner);
      if (isDated) utimesSync(lock, inFuture, inFuture);
      assert.equal(await locked(folder, () => "done", patience), "done");
      assert.deepEqual(readdirSync(folder), []);
    }
    // One whose process is gone is not waited for at all.
    writeFileSync(lock, OWNER.replace(/\d+$/, String(gone)));
    await locked(folder, () => {}, { staleMs: 1e9, mostMs: 1e9 });
    writeFileSync(lock, OWNER);
    const said: string[] = [];
    const waiting = locked(folder, () => {}, { staleMs: 1e9, mostMs: 1200, say: (sentence) => said.push(sentence) });
    await assert.rejects(waiting, { code: "EBUSY" });
    assert.equal(said.length, 1);
  });
});

test("a pipe or a folder in the place of a file was waited for, or passed for a bug", async () => {
  const inTheWay = {
    "a pipe as lock": "mkfifo out/lost-update/.lock",
    "a folder as lock": "mkdir out/lost-update/.lock",
    "a link as lock": "ln -s /dev/null out/lost-update/.lock",
    "a pipe as result": "mkfifo out/lost-update/result.json",
    "a link to a pipe as result": "mkfifo p; ln -s ../../p out/lost-update/result.json",
    "a folder as result": "mkdir out/lost-update/result.json",
    "a pipe as report": "mkfifo out/lost-update/two.txt",
    "a pipe as out": "rm -r out; mkfifo out",
    "a pipe as folder": "rm -r out/lost-update; mkfifo out/lost-update",
    "a device as report":
      "ln -s /dev/null out/lost-update/x; mknod out/lost-update/two.txt c 1 3 || mkfifo out/lost-update/two.txt",
  };
  for (const [what, make] of Object.entries(inTheWay))
    await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
      execFileSync("bash", ["-c", `mkdir -p out/lost-update; ${make}`], { cwd: folder, stdio: "ignore" });
      const { code, err } = await faultline(folder, "check race.ts --spec two");
      assert.equal(code, 2, what);
      assert.match(err, /^(error|warning: no report is written): cannot write 'out\//, what);
      noStack(err);
    });
});

test("a link that was planted in out/ led to another file being replaced", async () => {
  await inFolder({ "race.ts": LOST_UPDATE, "precious.txt": "precious" }, async (folder) => {
    mkdirSync(join(folder, "out/lost-update"), { recursive: true });
    symlinkSync("../../precious.txt", join(folder, "out/lost-update/sum.txt"));
    assert.equal((await faultline(folder, "check race.ts")).code, 1);
    assert.equal(readFileSync(join(folder, "precious.txt"), "utf8"), "precious");
    assert.match(readFileSync(join(folder, "out/lost-update/sum.txt"), "utf8"), /^lost-update: sum violated/);
  });
});

test("a missing folder of temporary files, home or working directory passed for a bug", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    for (const temporary of ["/nowhere", join(folder, "race.ts"), "/proc"]) {
      const { code, err } = shell(folder, `TMPDIR=${temporary} $faultline check race.ts`);
      assert.equal(code, 2, err);
      assert.match(err, /^error: cannot make a temporary folder in '.*'\n/);
      assert.match(err, /try: set TMPDIR to a folder/);
    }
    assert.equal(shell(folder, "unset HOME; $faultline check race.ts").code, 1);
    for (const line of ["list", "check race.ts"]) {
      const { code, err } = shell(folder, `mkdir gone; cd gone; rmdir ../gone; $faultline ${line}`);
      assert.equal(code, 2, err);
      assert.match(err, /error: the working directory is not there any more\n/);
      noStack(err.slice(err.indexOf("error: ")));
    }
  });
});

test("without its packages, every command passed for a bug", async () => {
  await inFolder({ "package.json": '{ "type": "module", "version": "0.0.0" }' }, async (folder) => {
    cpSync(fileURLToPath(new URL("../../src", import.meta.url)), join(folder, ".build/src"), { recursive: true });
    const bin = join(folder, ".build/src/cli/bin.js");
    for (const line of ["--help", "list", "check x.ts", ""]) {
      const { code, err } = shell(folder, `${process.execPath} ${bin} ${line}`);
      assert.equal(code, 2, err);
      assert.match(
        err,
        /^error: the package '(yargs|immutable)' is not installed[^\n]*\n {7}try: run `npm ci` in \/.*\/\n$/,
      );
    }
  });
});

test("without WebAssembly, or addresses for it, every search passed for a bug", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    const said = "warning: the reference engine searches, which is slower: ";
    for (const [how, line] of [
      ["", "check race.ts --quiet"],
      ["", "sweep race.ts --set threads=*"],
      ["ulimit -v 6000000;", "check race.ts --quiet"],
    ] as const) {
      const program = how === "" ? `${process.execPath} --jitless ${BIN}` : "$faultline";
      const { code, out, err } = shell(folder, `${how} ${program} ${line}`);
      assert.equal(code, 1, err);
      assert.match(out, /sum|violated/);
      assert.ok(err.includes(said), err);
      noStack(err);
    }
    const lkmm = shell(folder, `${process.execPath} --jitless ${BIN} check race.ts --memory lkmm --quiet`);
    assert.equal(lkmm.code, 1);
    assert.ok(!lkmm.err.includes(said), "the engine of lkmm needs none");
  });
});

test("a process that was killed while it saved left temporary files for ever", async () => {
  await inFolder({}, async (folder) => {
    const shared = join(folder, "out/shared");
    mkdirSync(shared, { recursive: true });
    const temporary = (): readonly string[] => readdirSync(shared).filter((name) => name.endsWith(".tmp"));
    let left = 0;
    for (let round = 0; round < 20 && left === 0; round++) {
      const saver = spawn(process.execPath, [SAVER, folder, "k", "100000"]);
      const closed = once(saver, "close");
      while (temporary().length === 0) await setTimeout(0);
      saver.kill("SIGKILL");
      await closed;
      left = temporary().length;
    }
    assert.ok(left > 0, "no round was killed in the right moment");
    const living = `living.txt.${OWNER}-0123abcd.tmp`;
    const elsewhere = "elsewhere.txt.ffffffff-1-0123abcd.tmp";
    const mine = "notes.tmp";
    for (const name of [living, elsewhere, mine]) writeFileSync(join(shared, name), "");
    execFileSync(process.execPath, [SAVER, folder, "k", "1"]);
    assert.deepEqual(temporary().toSorted(), [elsewhere, living, mine].toSorted());
    // After an hour nobody writes it any more.
    utimesSync(join(shared, elsewhere), 1, 1);
    execFileSync(process.execPath, [SAVER, folder, "k", "1"]);
    assert.deepEqual(temporary().toSorted(), [living, mine].toSorted());
  });
});

test("an interrupt left empty folders", async () => {
  const ENDLESS = modelWith({
    steps: `"more": (k, me) => { if (me.i < 900) { me.i++; return "more"; } }, "end": (k) => { k.n = 2; },`,
    threads: "t: [p, p, p, p, p]",
  }).replace(`w.path("p", {}, {`, `w.path("p", { i: int(0, 900) }, {`);
  await inFolder({ "m.ts": ENDLESS }, async (folder) => {
    // A signal that comes at once ends the process; later it is heard, and what was found is reported.
    for (const [line, milliseconds] of [
      ["check m.ts --out a/b --timeout 60", 1000],
      ["check m.ts --out a/b", 600],
      ["check m.ts --out a/b", 3500],
      ["check m.ts --out a/b --engine reference", 3500],
    ] as const) {
      const child = spawn(process.execPath, [BIN, ...line.split(" ")], { cwd: folder });
      const closed = once(child, "close");
      await setTimeout(milliseconds);
      child.kill("SIGINT");
      child.kill("SIGTERM");
      await setTimeout(0);
      child.kill("SIGINT");
      await closed;
      // Either the run was reported, or nothing is left of it.
      const files = await filesUnder(folder);
      if (files.length === 1) assert.deepEqual(readdirSync(folder), ["m.ts"], line);
      else assert.ok(files.includes("a/b/mine/result.json"));
      rmSync(join(folder, "a"), { recursive: true, force: true });
    }
  });
});
