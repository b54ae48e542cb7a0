import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { main } from "../../src/cli/main.ts";
import { Recording, inFolder, modelWith } from "./recorded.ts";

const GOOD = modelWith({ steps: `"n = 1": (k) => { k.n = 1; },` });
const BAD = modelWith({ steps: `"n = 4": (k) => { k.n = 4; },` });
/** A search that takes longer than any test waits. */
const ENDLESS = `
import { int, once, scenario, world } from "faultline";
const w = world({ n: int(0, 9999), m: int(0, 9999) });
const path = (name: "n" | "m", by: number) => w.path(name, {}, { a: once((k) => { k[name] = (k[name] + by) % 9999; return "a"; }) });
export default scenario("endless", {
  about: "Two counters", world: w, params: {}, threads: () => ({ n: path("n", 1), m: path("m", 5) }), specs: [],
});
`;

/** A watch that goes on. */
class Watch {
  private readonly io: Recording;
  private readonly ended: Promise<number>;
  private readonly interrupts: (() => void)[] = [];

  constructor(folder: string, line: string) {
    this.io = new Recording(folder, { interrupts: (interrupt) => void this.interrupts.push(interrupt) });
    this.ended = main(line.split(" "), this.io);
  }

  /** What was said since the last time, once it says so. */
  async until(text: RegExp): Promise<string> {
    for (let tries = 0; tries < 600; tries++) {
      const fresh = this.io.out + this.io.err;
      if (text.test(fresh)) {
        this.io.out = "";
        this.io.err = "";
        return fresh;
      }
      await setTimeout(50);
    }
    throw new Error(`${text} was not said: ${this.io.out}${this.io.err}`);
  }

  /** Ctrl-C; the exit status. */
  async interrupt(): Promise<number> {
    this.interrupts[0]!();
    const code = await this.ended;
    assert.deepEqual(this.io.aborts, []);
    return code;
  }

  get lastOutput(): string {
    return this.io.out;
  }
}

const WAITS = /^watching .*; Ctrl-C ends$/m;

test("--watch checks again when a model or what it imports changes, and ends with the last exit status", async () => {
  const files = { "a.ts": `import "./lib";\n${GOOD}`, "lib.ts": "export const n = 1;" };
  await inFolder(files, async (folder) => {
    const watch = new Watch(folder, "check a.ts --watch --quiet");
    const first = await watch.until(WAITS);
    assert.match(first, /^watching lib\.ts, a\.ts; Ctrl-C ends$/m);
    assert.match(first, /^ {2}holds/m);
    writeFileSync(join(folder, "lib.ts"), "throw new Error('in lib');");
    assert.match(await watch.until(WAITS), /while it was loaded: in lib/);
    writeFileSync(join(folder, "lib.ts"), "");
    assert.match(await watch.until(WAITS), /^ {2}holds/m);
    writeFileSync(join(folder, "a.ts"), BAD);
    assert.match(await watch.until(WAITS), /^ {2}violated +in-range/m);
    assert.equal(await watch.interrupt(), 1);
  });
});

test("--watch waits for a model that does not compile, is deleted, or was never there", async () => {
  await inFolder({}, async (folder) => {
    const watch = new Watch(folder, "check a.ts --watch --quiet");
    assert.match(await watch.until(WAITS), /^error: there is no file 'a\.ts'/);
    writeFileSync(join(folder, "a.ts"), "{");
    assert.match(await watch.until(WAITS), /unexpected end of file/);
    writeFileSync(join(folder, "a.ts"), GOOD);
    assert.match(await watch.until(WAITS), /^ {2}holds/m);
    rmSync(join(folder, "a.ts"));
    assert.match(await watch.until(WAITS), /^error: there is no file 'a\.ts'/m);
    assert.equal(await watch.interrupt(), 2);
  });
});

test("--watch with two files, one of them outside the folder, checks both when one changes", async () => {
  await inFolder({ "b.ts": GOOD.replace('"mine"', '"other"') }, (outside) =>
    inFolder({ "a.ts": GOOD }, async (folder) => {
      const watch = new Watch(folder, `check a.ts ${outside}/b.ts --watch --quiet`);
      assert.match(await watch.until(WAITS), /^mine\n( {2}holds.*\n)+other\n( {2}holds.*\n)+/m);
      writeFileSync(join(outside, "b.ts"), BAD.replace('"mine"', '"other"'));
      assert.match(await watch.until(WAITS), /^mine\n( {2}holds.*\n)+other\n {2}violated/m);
      assert.equal(await watch.interrupt(), 1);
    }),
  );
});

test("a change ends the search that goes on, and Ctrl-C ends it with its report", async () => {
  await inFolder({ "a.ts": GOOD }, async (folder) => {
    const watch = new Watch(folder, "check a.ts --watch --quiet");
    await watch.until(WAITS);
    writeFileSync(join(folder, "a.ts"), ENDLESS);
    await setTimeout(1500);
    writeFileSync(join(folder, "a.ts"), GOOD);
    assert.match(await watch.until(/holds[^]*watching/), /^ {2}undecided/m);
    writeFileSync(join(folder, "a.ts"), ENDLESS);
    await setTimeout(1500);
    assert.equal(await watch.interrupt(), 3);
    assert.match(watch.lastOutput, /^ {2}undecided/m);
  });
});

test("--watch needs a file of the user's own", async () => {
  await inFolder({}, async (folder) => {
    for (const line of ["check --watch", "check fault-around-vs-punch --watch"]) {
      const io = new Recording(folder);
      assert.equal(await main(line.split(" "), io), 2);
      assert.match(io.err, /^error: --watch needs a file of your own\n/);
    }
  });
});
