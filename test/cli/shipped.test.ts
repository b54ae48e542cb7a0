import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ROOT } from "../../src/cli/package.ts";

const folder = mkdtempSync(join(tmpdir(), "faultline-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The package as npm would install it, with the packages of this one. */
const installed = join(folder, "node_modules/faultline");
mkdirSync(installed, { recursive: true });
const [packed] = JSON.parse(
  execFileSync("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }),
) as readonly [{ readonly filename: string }];
execFileSync("tar", ["-xf", join(folder, packed.filename), "-C", installed, "--strip-components=1"]);
symlinkSync(join(ROOT, "node_modules"), join(installed, "node_modules"));

function run(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}
const faultline = (line: string): ReturnType<typeof run> =>
  run(join(installed, ".build/dist/src/cli/bin.cjs"), ...line.split(" "));

/** Paths of a bundled file, and one of the user's own, over a bundled world: all of one language. */
const MIXED = `import { scenario } from "faultline";
import { kernel, pageInCache } from "faultline/models/kernel/world";
import { truncateSetsize } from "faultline/models/mm/truncate/truncate";
import { noStalePte } from "faultline/specs/page-cache";

const peek = kernel.path("peek", {}, {
  "i_size?": (k) => {
    if (k.isize > 9) throw new Error("too large");
  },
});

export default scenario("mixed", {
  about: "Someone looks while a truncate runs",
  world: kernel,
  params: {},
  init: pageInCache,
  threads: () => ({ peek, truncate: truncateSetsize({ gate: "page_mapped" }) }),
  specs: [noStalePte],
});
`;

test("what is installed checks bundled scenarios and a user's file, which is of the same language", () => {
  const bundled = faultline("check fault-around-vs-punch --set order=patch4 --quiet");
  assert.equal(bundled.code, 1, bundled.err);
  writeFileSync(join(folder, "mixed.ts"), MIXED);
  const mixed = faultline("check mixed.ts --quiet");
  // Vacuous: some of truncate's steps need a page that is mapped.
  assert.deepEqual([mixed.err, mixed.code], ["", 4]);
});

test("threads of what is installed load bundled scenarios, too", () => {
  const { code, out, err } = faultline("sweep races/two-unmaps --set fixed=*");
  assert.deepEqual([err, code], ["", 1]);
  assert.match(out, /2 combinations: 1 violated/);
});

test("errors of what is installed name lines of sources", () => {
  writeFileSync(join(folder, "wrong.ts"), MIXED.replace("k.isize > 9", "k.isize >= 0"));
  assert.match(faultline("check wrong.ts").out, /wrong\.ts:8/);
  writeFileSync(join(folder, "twice.ts"), MIXED.replace('"peek", {}', '"truncate_setsize", {}'));
  const { err } = faultline("check twice.ts");
  assert.match(err, /twice\.ts:6/, err);
  const place = /models\/mm\/truncate\/truncate\.ts(?=:\d+)/.exec(err)?.[0];
  assert.ok(place !== undefined && existsSync(join(installed, place)), err);
});

/** A VMA points at its mm, and that at its VMAs: no declaration can write out the type of either. */
const OWN_VMA = `import { call, done, once, ref } from "faultline";
import { Mm, Vma, kernel } from "faultline/models/kernel/world";
import { vmaLockOf } from "faultline/models/mm/mmap-lock/by-release";

const { lockVmaUnderRcu, vmaEndRead } = vmaLockOf("v6.12");
export const fault = kernel.path("fault", { mm: ref(Mm), vma: ref(Vma) }, {
  "mm = current->mm": once((k, me) => { me.mm = k.mm[0]; }),
  "lock_vma_under_rcu(mm)": call(lockVmaUnderRcu, ({ mm }) => ({ mm }), (me, { vma }) => {
    me.vma = vma;
    if (!vma) return done;
  }),
  "vma->vm_mm": once((_, me) => { me.mm = me.vma!.vmMm; }),
  "vma_end_read(vma)": call(vmaEndRead, ({ vma }) => ({ vma })),
});
`;

test("what a path of what is installed has found is of the type that the user's own path has", () => {
  writeFileSync(join(folder, "own-vma.ts"), OWN_VMA);
  const options = [
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--target",
    "es2023",
    "--module",
    "nodenext",
    "--types",
    "",
  ];
  const { out } = run(join(ROOT, "node_modules/typescript/bin/tsc"), ...options, "own-vma.ts");
  assert.equal(out, "");
});

test("no declaration of what is installed has an any where a type had no end", () => {
  const folderOf = join(installed, ".build");
  const files = readdirSync(folderOf, { encoding: "utf8", recursive: true }).filter((name) => name.endsWith(".d.ts"));
  assert.ok(files.length > 100);
  const elided = files.filter((name) => readFileSync(join(folderOf, name), "utf8").includes("/*elided*/"));
  assert.deepEqual(elided, []);
});

test("a bug of what is installed names the line of its own source", () => {
  const script = join(installed, ".build/dist/src/assembled.cjs");
  const text = `const { main } = require(${JSON.stringify(script)}).load("cli/main");
    const sink = { write: (text) => console.log(text) };
    main(["check", "x.ts", "--no-types"], { stdout: sink, stderr: sink, env: {} });`;
  const { out } = run("-e", text);
  assert.match(out, /this is a bug in faultline/);
  assert.match(out, /\/src\/cli\/load\.ts:\d+:\d+/);
});

test("the help of what is installed is that of its parts", () => {
  const bin = join(ROOT, ".build/src/cli/bin.js");
  for (const line of ["--help", "check --help"]) {
    const { out } = faultline(line);
    assert.match(out, /--help/);
    assert.equal(out, run(bin, ...line.split(" ")).out);
    assert.match(out, /^[\x20-\x7e\n]*$/);
  }
});

test("V8 takes what was compiled when it was built", () => {
  const script = join(installed, ".build/dist/src/assembled.cjs");
  const { isReady } = createRequire(script)(script) as typeof import("../../src/cli/assembled.ts");
  assert.equal(isReady, true);
});

test("a bundled scenario is found by its name without the others, and without what it does not need", () => {
  for (const name of ["index.js", "two-faults.js"])
    writeFileSync(join(installed, ".build/dist/bundled/scenarios", name), "throw new Error('loaded')");
  rmSync(join(installed, "node_modules"));
  const { code, err } = faultline("check fault-around-vs-punch --set order=trylock --quiet");
  assert.deepEqual([err, code], ["", 0]);
});
