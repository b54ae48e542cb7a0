import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { watchInterrupts } from "../../src/cli/output/interrupt.ts";
import { remember } from "../../src/cli/output/temporary.ts";
import { faultline, filesUnder, inFolder, LOST_UPDATE, modelWith, readJson, Recording } from "./recorded.ts";

// This file runs as <package>/.build/test/cli/interrupt.test.js.
const BIN = fileURLToPath(new URL("../../dist/src/cli/bin.cjs", import.meta.url));

/**
 * More states than any test waits for. It makes a file when the search is on its way: steps cannot, so the loop of events
 * does, which gets a turn after each slice of the search.
 */
const ENDLESS = modelWith({
  steps: `
    "more": (k, me) => {
      if (me.i < 200) { me.i++; return "more"; }
    },
    "end": (k) => { k.n = 2; },`,
  more: `import { writeFileSync } from "node:fs";
    let turns = 0;
    const file = process.env.SEARCHING;
    if (file) setInterval(() => { if (++turns === 60) writeFileSync(file, ""); }, 10).unref();`,
  specs: `w.sometimes("start", "n is zero", (k) => k.n === 0), w.always("low", "n stays low", (k) => k.n < 2)`,
  threads: "t: symmetric(5, () => p)",
  config: `expect: [{}, { memory: "tso" }],`,
}).replace(`w.path("p", {}, {`, `w.path("p", { i: int(0, 200) }, {`);

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the real program; `meanwhile` gets the process. */
async function spawned(
  folder: string,
  line: string,
  meanwhile: (child: ChildProcess) => Promise<void>,
): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, ...line.split(" ")], {
    cwd: folder,
    env: { ...process.env, SEARCHING: join(folder, "searching") },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (text) => (out += String(text)));
  child.stderr.on("data", (text) => (err += String(text)));
  const closed = once(child, "close");
  await meanwhile(child);
  const [code] = (await closed) as [number | null];
  return { code, out, err };
}

async function untilSearching(folder: string): Promise<void> {
  while (!existsSync(join(folder, "searching"))) await setTimeout(10);
  // Steps run while they are compiled, too: give the search the time to begin.
  await setTimeout(200);
}

test("Ctrl-C stops the search, reports what was seen, and leaves whole files", async () => {
  await inFolder({ "m.ts": ENDLESS }, async (folder) => {
    const { code, out, err } = await spawned(folder, "check m.ts --timeout 1000", async (child) => {
      await untilSearching(folder);
      child.kill("SIGINT");
    });
    assert.equal(code, 3, err);
    assert.equal(err, "");
    assert.match(out, /^undecided: \d+ states?, \d+ transitions?, depth \d+; stopped by Ctrl-C; \d+ waiting$/m);
    assert.match(out, /^ {2}undecided {2}low$/m);
    assert.deepEqual(
      await filesUnder(join(folder, "out")),
      ["result.json", "start.dot", "start.svg", "start.txt"].map((name) => `mine/${name}`),
    );
    const result = await readJson(folder, "out/mine/result.json");
    assert.ok(typeof result === "object" && result !== null && "search" in result);
    assert.match(JSON.stringify(result.search), /"cut":"Ctrl-C"/);
  });
});

test("SIGTERM does the same, and runs that wait are not started", async () => {
  await inFolder({ "m.ts": ENDLESS }, async (folder) => {
    const { code, out } = await spawned(folder, "check m.ts --expected --timeout 1000", async (child) => {
      await untilSearching(folder);
      child.kill("SIGTERM");
    });
    assert.equal(code, 3);
    assert.match(out, /stopped by SIGTERM; \d+ waiting,\s/);
    assert.match(out, /\n0 of 2 runs as expected, 1 undecided, 1 not started: /);
  });
});

const STUCK = modelWith({
  steps: `"stuck": () => { /(a+)+$/.test("a".repeat(45) + "b"); },`,
  more: `import { writeFileSync } from "node:fs";`,
  threads: `...(writeFileSync(process.env.SEARCHING!, ""), { t: p })`,
});

test("a step that never came back heard no signal, and could only be killed by hand", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    await inFolder({ "m.ts": STUCK }, async (folder) => {
      let ended: NodeJS.Signals | null = null;
      const { code, out, err } = await spawned(folder, "check m.ts --timeout 1000", async (child) => {
        await untilSearching(folder);
        child.on("exit", (_, by) => (ended = by));
        // The thread that hears them takes its time to begin.
        while (child.exitCode === null && child.signalCode === null) {
          child.kill(signal);
          await setTimeout(200);
        }
      });
      assert.equal(code, null, out + err);
      assert.equal(ended, "SIGKILL");
      assert.match(err, /^error: killed, as it did not hear the signal\n/);
      assert.deepEqual(await filesUnder(join(folder, "out")), []);
      assert.ok(!existsSync(join(folder, "out")));
    });
});

test("a step that never came back from the start waited for a thread that was to hear signals", async () => {
  await inFolder({ "m.ts": STUCK }, async (folder) => {
    const { code, out, err } = await spawned(folder, "check m.ts", async (child) => {
      await untilSearching(folder);
      child.kill("SIGINT");
      assert.deepEqual(await once(child, "exit"), [null, "SIGINT"]);
    });
    assert.deepEqual({ code, out, err }, { code: null, out: "", err: "" });
    assert.deepEqual(await filesUnder(folder), ["m.ts", "searching"]);
  });
});

test("a signal that came while the files of a short check were written left half of them", async () => {
  await inFolder({}, async (folder) => {
    const signals = new URL("../../src/cli/output/signals.js", import.meta.url);
    const temporary = new URL("../../src/cli/output/temporary.js", import.meta.url);
    const script = `
      import { writeSync } from "node:fs";
      import { setTimeout } from "node:timers/promises";
      import { onSignals } from "${signals.href}";
      import { forget, remember } from "${temporary.href}";
      onSignals((what) => writeSync(1, what + " "), { isFresh: true });
      const interrupt = async (name) => {
        writeSync(1, name + ": ");
        process.kill(process.pid, "SIGINT");
        await setTimeout(100);
      };
      remember("a.tmp");
      remember("b.tmp");
      await interrupt("two files");
      forget("a.tmp");
      await interrupt("one file");
      forget("b.tmp");
      if (process.argv.includes("later")) await setTimeout(2500);
      await interrupt("none");
      process.exit();`;
    const run = async (...words: readonly string[]): Promise<readonly unknown[]> => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, ...words], { cwd: folder });
      let out = "";
      child.stdout.on("data", (text) => (out += String(text)));
      return [...((await once(child, "close")) as unknown[]), out];
    };
    assert.deepEqual(await run(), [null, "SIGINT", "two files: Ctrl-C one file: Ctrl-C none: "]);
    assert.deepEqual(await run("later"), [0, null, "two files: Ctrl-C one file: Ctrl-C none: Ctrl-C "]);
  });
});

test("a step that never came back was not ended when --timeout was over, and left temporary files", async () => {
  await inFolder({}, async (folder) => {
    const watchdog = new URL("../../src/cli/watchdog.js", import.meta.url);
    const temporary = new URL("../../src/cli/output/temporary.js", import.meta.url);
    const script = `
      import { writeFileSync } from "node:fs";
      import { watch } from "${watchdog.href}";
      import { forget, remember } from "${temporary.href}";
      const write = (name) => (writeFileSync(name, ""), remember(name));
      write("before.tmp");
      watch(0.2, { once: 0.2, again: 0.1 });
      for (const name of ["kept", "after.tmp"]) write(name);
      forget("kept");
      writeFileSync("kept", "");
      await new Promise((done) => setTimeout(done, 500));
      for (;;) {}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd: folder });
    let err = "";
    child.stderr.on("data", (text) => (err += String(text)));
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    assert.deepEqual([code, signal], [null, "SIGKILL"], err);
    assert.match(err, /^error: killed, as it did not hear that --timeout 0\.2 was over\n/);
    assert.deepEqual(await filesUnder(folder), ["kept"]);
  });
});

test("a model that leaves a timer behind kept the process after its verdict", async () => {
  const left = modelWith({ steps: `"a": (k) => { k.n = 1; },`, more: "setInterval(() => {}, 1000);" });
  await inFolder({ "m.ts": left }, async (folder) => {
    const { code, out, err } = await spawned(folder, "check m.ts", async () => {});
    assert.equal(code, 0, err);
    assert.match(out, /^written to out\/mine\/:\n {2}result\.json$/m);
  });
});

test("a loop of a file that is loaded, or of what it does later, went on for ever", async () => {
  const files = {
    "now.ts": "for (;;) {}",
    "caught.ts": "for (;;) try { for (;;) {} } catch {}",
    "later.ts": "setTimeout(() => { for (;;) {} });\nawait new Promise((done) => setTimeout(done, 1000));",
  };
  await inFolder(files, async (folder) => {
    for (const name of Object.keys(files)) {
      const { code, err } = await spawned(folder, `check ${name}`, async () => {});
      assert.equal(code, 2, err);
      assert.match(err, new RegExp(`^error: the model does not end\n {7}${name}:1:\\d+\n`));
    }
  });
});

test("an interrupted JSON run still prints a whole document", async () => {
  await inFolder({ "m.ts": ENDLESS }, async (folder) => {
    const interrupts = (interrupt: () => void): void => interrupt();
    const { code, out } = await faultline(folder, "check m.ts --format json", { interrupts });
    assert.equal(code, 3);
    assert.match(JSON.stringify(JSON.parse(out)), /"cut":"Ctrl-C"/);
  });
});

test("a second Ctrl-C ends at once, without temporary files", async () => {
  await inFolder({}, async (folder) => {
    const temporary = join(folder, "x.tmp");
    writeFileSync(temporary, "half of");
    remember(temporary);
    let press = (): void => {};
    const io = new Recording(folder, { isTerminal: true, interrupts: (interrupt) => (press = interrupt) });
    const interrupt = watchInterrupts(io);
    assert.equal(interrupt.reason(), undefined);
    press();
    assert.equal(interrupt.reason(), "Ctrl-C");
    assert.match(io.err, /Ctrl-C again ends at once/);
    assert.ok(existsSync(temporary));
    press();
    assert.deepEqual(io.aborts, [130]);
    assert.ok(!existsSync(temporary));
  });
});

test("a reader that goes away early is no error", async () => {
  await inFolder({ "race.ts": LOST_UPDATE }, async (folder) => {
    for (const [line, expected] of [
      ["list", 0],
      ["check race.ts", 1],
    ] as const) {
      const { code, err } = await spawned(folder, line, async (child) => {
        child.stdout?.destroy();
      });
      assert.equal(err, "");
      assert.equal(code, expected, line);
    }
    assert.equal((await filesUnder(join(folder, "out"))).length, 7);
  });
});

test("a model that ends or never ends the process does not pass for success", async () => {
  const models = {
    "exits.ts": "process.exit(0)",
    "hangs.ts": "await new Promise(() => {}); export default 1",
    "step.ts": modelWith({ steps: `"a": () => process.exit(0),` }),
    "late.ts": `setTimeout(() => { throw new Error("late"); }); await new Promise((r) => setTimeout(r, 500));`,
  };
  await inFolder(models, async (folder) => {
    const ends = await Promise.all(Object.keys(models).map((name) => spawned(folder, `check ${name}`, async () => {})));
    assert.deepEqual(
      ends.map(({ code }) => code),
      [2, 2, 2, 2],
    );
    for (const { err } of ends.slice(0, 2)) assert.match(err, /^error: the process ended before the check did\n/);
    assert.match(ends[2]!.err, /^error: step 'a' of path 'p' is not pure\n[^]*it uses process\.exit\(\)/);
    assert.match(ends[3]!.err, /^error: the model threw: late\n +late\.ts:1:/);
    assert.ok(ends.every(({ out }) => out === ""));
  });
});
