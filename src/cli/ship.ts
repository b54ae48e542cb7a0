import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type BuildOptions } from "esbuild";
import { InternalError } from "../model/error.ts";
import { EXIT } from "./output/exit.ts";
import { processIo, type Sink } from "./output/io.ts";

/** Where what is shipped lies: what the compiler made, put together in few files that are loaded quickly. */
const SHIPPED = ".build/dist";

/** What is put together in one script: the command line, the language that models import, and what some threads run. */
const TOGETHER = ["cli/main", "cli/bin", "cli/pool-worker", "index", "model/asked"];

// Without new names, so that an error of faultline's own says where it was.
const SHORT: BuildOptions = { minifyWhitespace: true, sourcemap: "linked", sourcesContent: false, logLevel: "warning" };

/**
 * Puts together what is shipped, behind the compiler. Models and specs stay files of their own, as a user may import each
 * of them; each bundled scenario is in one file, too. Both trees are packages named `faultline`, so that their models
 * import the language that lies beside them: of two copies, neither would know the drafts of the other.
 */
export async function ship(root: string): Promise<void> {
  const compiled = join(root, ".build");
  const shipped = join(root, SHIPPED);
  const put = (name: string, text: string): void => {
    const file = join(shipped, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  rmSync(shipped, { recursive: true, force: true });
  await Promise.all([
    build({
      ...SHORT,
      sourcemap: "external",
      stdin: {
        contents: `module.exports = { ${TOGETHER.map(loader).join(", ")} };`,
        resolveDir: join(compiled, "src"),
      },
      outfile: join(shipped, "src/faultline.cjs"),
      bundle: true,
      format: "cjs",
      platform: "node",
      target: "node20",
      // A script of its own has nothing of a module but what it is given.
      banner: { js: "(function(exports,require,module,importForScript,scriptUrl){" },
      footer: { js: "})" },
      define: { "import.meta.url": "scriptUrl" },
      alias: { "string-width": join(compiled, "src/cli/output/width.js") },
    }),
    build({
      ...SHORT,
      entryPoints: [join(compiled, "src/cli/assembled.js")],
      outfile: join(shipped, "src/assembled.cjs"),
      format: "cjs",
      platform: "node",
      define: { "import.meta.dirname": "__dirname" },
    }),
    build({
      ...SHORT,
      entryPoints: ["cli/watchdog-worker", "search/worker"].map((name) => ({
        in: join(compiled, `src/${name}.js`),
        out: `src/${name}`,
      })),
      outdir: shipped,
      bundle: true,
      format: "esm",
      platform: "node",
    }),
    build({
      ...SHORT,
      absWorkingDir: compiled,
      entryPoints: ["models", "specs"].flatMap((folder) => modulesIn(compiled, folder)),
      outbase: compiled,
      outdir: shipped,
    }),
    build({
      ...SHORT,
      entryPoints: [
        ...["scenarios", "claims"].flatMap((folder) => modulesIn(join(compiled, "models"), folder)),
        "kernel/source-names.js",
        "kernel/drafting.js",
        "kernel/compared.js",
      ],
      absWorkingDir: join(compiled, "models"),
      outbase: join(compiled, "models"),
      outdir: join(shipped, "bundled"),
      bundle: true,
      format: "esm",
      external: ["faultline"],
    }),
    build({
      entryPoints: [join(compiled, "src/report/html/viewer/main.js")],
      outfile: join(shipped, "viewer.js"),
      bundle: true,
      format: "iife",
      target: "es2022",
      charset: "ascii",
      legalComments: "none",
      logLevel: "warning",
    }),
  ]);
  for (const folder of [compiled, shipped]) writeFileSync(join(folder, "package.json"), MANIFEST);
  put("src/cli/bin.cjs", '#!/usr/bin/env node\nrequire("../assembled.cjs").load("cli/bin");\n');
  chmodSync(join(shipped, "src/cli/bin.cjs"), 0o755);
  put("src/cli/pool-worker.js", 'import { load } from "../assembled.cjs";\nload("cli/pool-worker");\n');
  for (const name of ["index", "model/asked"]) {
    const names = Object.keys((await import(pathToFileURL(join(compiled, `src/${name}.js`)).href)) as object);
    const from = name.includes("/") ? "../" : "./";
    put(
      `src/${name}.js`,
      `import { load } from "${from}assembled.cjs";\nexport const { ${names.join(", ")} } = load("${name}");\n`,
    );
  }
}

const loader = (name: string): string => `"${name}": () => require("./${name}.js")`;

const MANIFEST = `${JSON.stringify(
  {
    name: "faultline",
    type: "module",
    exports: {
      ".": { types: "./src/index.d.ts", default: "./src/index.js" },
      "./models/*": { types: "./models/*.d.ts", default: "./models/*.js" },
      "./specs/*": { types: "./specs/*.d.ts", default: "./specs/*.js" },
    },
  },
  undefined,
  2,
)}\n`;

const modulesIn = (root: string, folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => `${folder}/${name}`);

/**
 * Checks a bundled scenario and a file as a user's, and keeps what V8 has compiled for it beside the script: the first
 * run of a user then starts where this one ended. It is the first test of what was built, too.
 */
export async function keepCompiled(root: string): Promise<void> {
  const script = join(root, SHIPPED, "src/assembled.cjs");
  const { compiled, load } = createRequire(script)(script) as typeof import("./assembled.ts");
  const { main } = load("cli/main") as typeof import("./main.ts");
  const out = mkdtempSync(join(tmpdir(), "faultline-"));
  const said: string[] = [];
  const sink = (write: (text: string) => void): Sink => ({ isTTY: false, write });
  const io = { ...processIo(), stdout: sink(() => {}), stderr: sink((text) => said.push(text)) };
  for (const name of ["fault-around-vs-punch", join(root, "examples/my-race.ts")]) {
    const code = await main(["check", name, "--out", out], io);
    if (code !== EXIT.held.code && code !== EXIT.violated.code) throw new InternalError(said.join(""));
  }
  rmSync(out, { recursive: true, force: true });
  writeFileSync(join(root, SHIPPED, "src/faultline.cjs.v8"), compiled());
}
