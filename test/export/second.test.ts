import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../docs/document.ts";
import { withoutSpin } from "./spin.ts";

const BIN = `${ROOT}.build/src/cli/bin.js`;

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command line in a folder of its own, whose programs come first, or are the only ones. */
function inFolder(body: (run: (line: string, path?: string) => Ended, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "faultline-second-"));
  try {
    body((line, path = process.env["PATH"]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...line.split(" ")], {
        cwd: folder,
        encoding: "utf8",
        env: { ...process.env, PATH: path },
      });
      return { code: status, out: stdout, err: stderr };
    }, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("a second opinion is told in the text and in result.json", { skip: withoutSpin }, () => {
  inFolder((run, folder) => {
    const { code, out } = run("check two-faults --set order=patch4 --second spin");
    assert.equal(code, 4);
    assert.match(out, /^SPIN [\d.]+: 196 states with all threads told apart, no error; not asked: never-finishes$/m);
    const result = JSON.parse(readFileSync(join(folder, "out/two-faults/result.json"), "utf8")) as {
      readonly second: unknown;
    };
    const engine = /SPIN [\d.]+/.exec(out)?.[0];
    assert.deepEqual(result.second, { engine, states: 196, violated: [], reached: ["fault-maps"] });
    assert.equal(existsSync(join(folder, "out/two-faults/second-opinion.pml")), false);
  });
});

test(
  "a spec of runs as a whole that is violated is not told as if SPIN had found no error in it",
  { skip: withoutSpin },
  () => {
    inFolder((run) => {
      const { code, out } = run("check races/page-lock-starvation --set fixed=false --second spin");
      assert.equal(code, 1);
      assert.match(out, /^SPIN [\d.]+: 875 states, no error; not asked: waiter-is-served, never-finishes$/m);
    });
  },
);

test("of pinned runs, those under sc are given to SPIN", { skip: withoutSpin }, () => {
  inFolder((run) => {
    const { code, out, err } = run("check races/two-dontneed --expected --second spin");
    assert.equal(code, 0);
    assert.match(
      out,
      /^SPIN [\d.]+ says the same of \d+ runs?: \d+ states with all threads told apart; not asked: .+$/m,
    );
    assert.match(err, /^warning: SPIN is not asked: .*it knows nothing of lkmm/m);
  });
});

test("where SPIN is missing, that is a mistake, and is said at once", () => {
  inFolder((run, folder) => {
    const { code, out, err } = run("check two-faults --second spin", folder);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^error: a second opinion needs 'spin', which is not installed\n/);
    assert.match(err, /or leave out --second/);
  });
});

/** Writes programs of a name into a folder of their own, and says how to find them first. */
function programsIn(folder: string): {
  readonly script: (name: string, text: string) => void;
  readonly programs: string;
} {
  const programs = join(folder, "bin");
  mkdirSync(programs);
  return {
    programs,
    script: (name, text) => {
      writeFileSync(join(programs, name), `#!/bin/sh\n${text}\n`);
      chmodSync(join(programs, name), 0o755);
    },
  };
}

const NOT_SPINS: readonly (readonly [what: string, spin: string, cc: string, says: RegExp])[] = [
  [
    "fails",
    "echo broken >&2; exit 3",
    "exit 0",
    /^error: a second opinion needs 'spin', which does not work here\n[^]*broken/,
  ],
  [
    "is another program",
    "echo 'spin 2.7.0 (wasm)'",
    "exit 0",
    /^error: the 'spin' that is installed is not the model checker\n.*wasm/,
  ],
  [
    "has a compiler that cannot compile",
    'echo "Spin Version 9.9.9"',
    'case "$*" in --version) exit 0;; esac; echo "stdio.h: No such file" >&2; exit 1',
    /^error: a second opinion needs 'cc', which cannot compile here\n[^]*stdio\.h/,
  ],
];
for (const [what, spin, cc, says] of NOT_SPINS)
  test(`where what is called spin ${what}, that is no bug of faultline, and has no stack trace`, () => {
    inFolder((run, folder) => {
      const { programs, script } = programsIn(folder);
      script("spin", spin);
      script("cc", cc);
      const path = `${programs}${delimiter}${process.env["PATH"] ?? ""}`;
      const { code, err } = run("check races/two-dontneed --set fixed=true --second spin", path);
      assert.equal(code, 2, err);
      assert.match(err, says);
      assert.doesNotMatch(err, /^ +at /m);
    });
  });

test("where SPIN says anything else, that is a bug, and both files are kept", () => {
  inFolder((run, folder) => {
    const { programs, script } = programsIn(folder);
    script("spin", 'echo "Spin Version 9.9.9"');
    // In place of a verifier it makes one that counts wrong.
    script("cc", "printf '#!/bin/sh\\necho \"     7 states, stored\"\\n' > pan; chmod +x pan");
    if (!existsSync(join(programs, "node"))) symlinkSync(process.execPath, join(programs, "node"));
    const path = `${programs}${delimiter}${process.env["PATH"] ?? ""}`;
    const { code, out, err } = run("check fault-around-vs-punch --set order=patch4 --second spin", path);
    assert.equal(code, 70);
    assert.match(out, /^SPIN 9\.9\.9: 7 states, no error; not asked: never-finishes$/m);
    assert.match(err, /SPIN 9\.9\.9 and faultline do not say the same/);
    assert.match(err, /SPIN counts 7 states, and faultline 339/);
    assert.match(err, /faultline alone comes to no-stale-pte/);
    const kept = join(folder, "out/fault-around-vs-punch");
    assert.match(readFileSync(join(kept, "second-opinion.pml"), "utf8"), /^active proctype fault\(\) \{$/m);
    assert.match(readFileSync(join(kept, "second-opinion.txt"), "utf8"), /7 states, stored/);
    assert.ok(existsSync(join(kept, "result.json")));
  });
});
