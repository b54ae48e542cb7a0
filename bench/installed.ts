import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { run, source, type Command } from "./measure.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The command line as npm installs it, into an empty folder: of what this package packs, beside the packages it needs. */
export function install(folder: string): Command {
  const home = join(folder, "node_modules/faultline");
  mkdirSync(home, { recursive: true });
  run(["npm", "pack", "--ignore-scripts", "--pack-destination", folder], ROOT);
  const packed = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  run(["tar", "-xf", packed, "-C", home, "--strip-components=1"], folder);
  symlinkSync(join(ROOT, "node_modules"), join(home, "node_modules"));
  return [process.execPath, join(home, ".build/dist/src/cli/bin.cjs")];
}

/** A model file of a user's, which makes its scenario of one of the models of this folder. */
export function userFile(folder: string, name: string, from: string, scenario: string): string {
  if (!existsSync(join(folder, from))) copyFileSync(source(from), join(folder, from));
  const [made] = scenario.split("(");
  const file = `${name}.ts`;
  writeFileSync(join(folder, file), `import { ${made} } from "./${from}";\n\nexport default ${scenario};\n`);
  return file;
}
