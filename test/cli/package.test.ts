import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { ROOT } from "../../src/cli/package.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(cwd: string, command: string, ...args: readonly string[]): Promise<Ended> {
  const { NODE_OPTIONS: _ours, ...env } = process.env;
  const started = promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 26 });
  const {
    code = 0,
    stdout,
    stderr,
  } = await started.then(
    (ended) => ({ ...ended, code: 0 }),
    (error: { readonly code?: number; readonly stdout: string; readonly stderr: string }) => error,
  );
  return { code, out: stdout, err: stderr };
}

const folder = realpathSync(mkdtempSync(join(tmpdir(), "faultline-package-")));
after(() => rmSync(folder, { recursive: true, force: true }));

const packed = run(ROOT, "npm", "pack", "--ignore-scripts", "--silent", "--pack-destination", folder).then(
  ({ out, err }) => {
    const name = out.trim();
    assert.ok(existsSync(join(folder, name)), err);
    return join(folder, name);
  },
);

const { dependencies } = JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

/** A folder with the package as npm unpacks it, and what it depends on, without a network. */
async function unpacked(name: string): Promise<string> {
  const place = join(folder, name);
  const modules = join(place, "node_modules");
  mkdirSync(join(modules, "faultline"), { recursive: true });
  const { code, err } = await run(modules, "tar", "xzf", await packed, "--strip-components=1", "-C", "faultline");
  assert.equal(code, 0, err);
  // npm's own tree: its packages find one another from where they really are.
  for (const dependency of Object.keys(dependencies))
    symlinkSync(`${ROOT}node_modules/${dependency}`, join(modules, dependency));
  mkdirSync(join(modules, ".bin"));
  const { bin } = JSON.parse(readFileSync(join(modules, "faultline/package.json"), "utf8")) as {
    readonly bin: { readonly faultline: string };
  };
  symlinkSync(join("../faultline", bin.faultline), join(modules, ".bin/faultline"));
  return place;
}

const check = (place: string, ...args: readonly string[]): Promise<Ended> =>
  run(place, join(place, "node_modules/.bin/faultline"), ...args);

/** README's model is that of `init`. */
async function findsTheRace(place: string): Promise<void> {
  const { code, out, err } = await check(place, "check", "my-race.ts", "--quiet", "--no-types");
  assert.match(out, /^ {2}violated {3}no-use-after-free {2}in 6 steps, 2 switches$/m, err);
  assert.equal(code, 1);
}

test("the package runs README's model in a folder of one's own, and has the sources of models and specs", async () => {
  const place = await unpacked("own");
  const made = await check(place, "init");
  assert.match(made.out, /^written: my-race\.ts, tsconfig\.json, package\.json\n/, made.err);
  await findsTheRace(place);
  const tested = await run(place, "npm", "test", "--silent");
  assert.equal(tested.code, 0, tested.err);
  assert.match(tested.out, /^2 of 2 runs as expected/m);
  const all = await check(place, "check", "fault-around-vs-punch", "--set", "order=patch4", "--spec", "no-stale-pte");
  assert.equal(all.code, 1, all.err);
  for (const source of ["models/kernel/world.ts", "specs/page-cache.ts"])
    assert.deepEqual(readFileSync(join(place, "node_modules/faultline", source)), readFileSync(`${ROOT}${source}`));
});

test("the package reads C with the optional packages, and says which are missing without them", async () => {
  const place = await unpacked("source");
  mkdirSync(join(place, "linux/mm"), { recursive: true });
  writeFileSync(join(place, "linux/Makefile"), "VERSION = 5\nPATCHLEVEL = 9\n");
  const code =
    "vm_fault_t finish_fault(struct vm_fault *vmf)\n{\n\tpte_unmap_unlock(vmf->pte, vmf->ptl);\n\treturn 0;\n}\n";
  writeFileSync(join(place, "linux/mm/memory.c"), code);
  const align = () => check(place, "align", "finish_fault", "--source", "linux");
  const without = await align();
  assert.match(without.err, /^error: C cannot be read\n.*web-tree-sitter and tree-sitter-c are not installed here/);
  assert.equal(without.code, 2);
  for (const name of ["web-tree-sitter", "tree-sitter-c"])
    symlinkSync(`${ROOT}node_modules/${name}`, join(place, "node_modules", name));
  const found = await align();
  assert.match(found.out, /^finish_fault, v5\.9: drift; 1 anchored/, found.err);
  assert.equal(found.code, 1);
});

/** A model in every form in which a step can jump, and mistakes that the compiler must find. */
const FORMS = `
import { acquire, array, atomic, bool, bugOn, call, choose, condition, done, full, once, oneOf, int, ref, struct, wait, world } from "faultline";
const Page = struct({ locked: bool, refcount: int(0, 3) });
const w = world({ pages: array(2, Page), slot: ref(Page), state: oneOf("idle", "busy"), lock: bool });
const callee = w.path("callee", { page: ref(Page), got: bool }, { step: (_, me) => { me.got = true; } });
const lock = acquire((k: { lock: boolean }) => { if (k.lock) return wait; k.lock = true; return; });
const trylock = condition(acquire((k: { lock: boolean }) => { if (k.lock) return false; k.lock = true; return true; }));
export const good = w.path("good", { page: ref(Page), got: bool }, {
  a: once(() => "end"),
  b: atomic("why", () => "end"),
  c: call(callee, (me) => ({ page: me.page }), () => "end"),
  d: lock.then("end"),
  e: lock.then(() => "end"),
  f: lock.then((k, me) => { me.page = k.slot; return "end"; }),
  g: trylock("end"),
  h: trylock.then({ true: "end" }),
  i: full((k, me) => { me.page = k.slot; if (!me.page) return done; return "end"; }),
  j: (k) => (k.slot ? "end" : undefined),
  k: atomic("why", once(() => "end")),
  l: call(callee, undefined, (me, { got }) => { me.got = got; if (!got) return "a"; }),
  m: lock.when((k, me) => me.got && k.state === "busy"),
  n: (k) => { k.pages[choose(0, 1)].locked = true; bugOn(k.pages[0].locked, "x"); },
  end: () => {},
});
export const bad = [
  // @ts-expect-error no label
  w.path("p", {}, { a: once(() => "ned"), end: () => {} }),
  // @ts-expect-error no label
  w.path("p", {}, { a: call(callee, undefined, () => "ned"), end: () => {} }),
  // @ts-expect-error no label
  w.path("p", {}, { a: lock.then("ned"), end: () => {} }),
  // @ts-expect-error no label
  w.path("p", {}, { a: lock.then(() => "ned"), end: () => {} }),
  // @ts-expect-error no field
  w.path("p", {}, { a: once((k) => { k.sloot = null; }), end: () => {} }),
  // @ts-expect-error no value
  w.always("s", "t", (k) => k.state === "busyy"),
];
`;

/** Parts of the package, by name, with their types. */
const PARTS = `
import { kernel } from "faultline/models/kernel/world";
import { noStalePte } from "faultline/specs/page-cache";
export const name: string = noStalePte.name;
export const path = kernel.path("p", {}, { "lock_page(page)": (k) => { k.page.locked = true; } });
`;

/** How files are resolved. */
const RESOLUTIONS = [
  { module: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
  { module: "commonjs", moduleResolution: "node10" },
] as const;

const LIGHT = ["forms.ts", "my-race.ts", "parts.ts"];

/**
 * Compiles what a user may write, as strictly as can be. `isWhole`: all examples, and the package's own declarations, too;
 * that takes some seconds.
 */
async function compiles(place: string, tsc: string, version: string, isWhole: boolean): Promise<void> {
  const [major = 0] = version.split(".").map(Number);
  for (const resolution of RESOLUTIONS) {
    const isNode10 = resolution.module === "commonjs";
    // TypeScript 7 has no such resolution any more.
    if (isNode10 && major >= 7) continue;
    const takesAll = isWhole && resolution.module === "nodenext";
    const compilerOptions = {
      ...resolution,
      ...(isNode10 && major === 6 && { ignoreDeprecations: "6.0" }),
      target: "es2022",
      strict: true,
      noEmit: true,
      types: [],
      skipLibCheck: !takesAll,
    };
    const which = takesAll ? { include: ["*.ts"] } : { files: LIGHT };
    writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, ...which }));
    const { code, out, err } = await run(place, process.execPath, tsc, "-p", ".");
    assert.equal(code, 0, `TypeScript ${version}, ${resolution.module}: ${out.slice(0, 2000)}${err}`);
  }
}

async function folderOfModels(name: string): Promise<string> {
  const place = await unpacked(name);
  for (const file of readdirSync(`${ROOT}examples`).filter((one) => one.endsWith(".ts")))
    cpSync(`${ROOT}examples/${file}`, join(place, file));
  writeFileSync(join(place, "forms.ts"), FORMS);
  writeFileSync(join(place, "parts.ts"), PARTS);
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  return place;
}

test("types resolve in a folder of one's own with the compiler that this was compiled with", async () => {
  const { version } = JSON.parse(readFileSync(`${ROOT}node_modules/typescript/package.json`, "utf8")) as {
    readonly version: string;
  };
  await compiles(await folderOfModels("types"), `${ROOT}node_modules/typescript/bin/tsc`, version, true);
});

/** Why npm could not install, if the registry cannot be reached. */
const unreachable = ({ err }: Ended): string | undefined =>
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ENOTCACHED|ERR_SOCKET_TIMEOUT|E403|E407|E50\d)\b/.exec(
    err,
  )?.[0];

const INSTALL = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline", "--fetch-retries=0"];

test("npm installs the package into an empty folder, where it runs README's model", async (t) => {
  const place = join(folder, "installed");
  mkdirSync(place);
  await run(place, "npm", "init", "-y");
  const installed = await run(place, "npm", ...INSTALL, await packed);
  const reason = unreachable(installed);
  if (reason !== undefined) return t.skip(`the registry cannot be reached: ${reason}`);
  assert.equal(installed.code, 0, installed.err);
  const made = await run(place, "npx", "faultline", "init");
  assert.match(made.out, /^written: my-race\.ts, tsconfig\.json, package\.json\nnext: npm test\n/, made.err);
  await findsTheRace(place);
  const tested = await run(place, "npm", "test", "--silent");
  assert.equal(tested.code, 0, tested.err);
});

/** Where all is compiled: the oldest, the newest, and the one that infers otherwise than those beside it. */
const WHOLE = new Set(["5.4", "5.9", "7.0"]);
const VERSIONS = ["5.4", "5.5", "5.6", "5.7", "5.8", "5.9", "6.0", "7.0"];

test("types resolve in TypeScript 5.4 to 7.0", async (t) => {
  const place = await folderOfModels("matrix");
  const compilers = join(folder, "compilers");
  mkdirSync(compilers);
  writeFileSync(join(compilers, "package.json"), "{}");
  const installed = await run(
    compilers,
    "npm",
    ...INSTALL,
    ...VERSIONS.map((version) => `typescript-${version}@npm:typescript@~${version}.0`),
  );
  const reason = unreachable(installed);
  if (reason !== undefined) return t.skip(`the registry cannot be reached: ${reason}`);
  assert.equal(installed.code, 0, installed.err);
  for (const version of VERSIONS)
    await compiles(place, join(compilers, `node_modules/typescript-${version}/bin/tsc`), version, WHOLE.has(version));
});
