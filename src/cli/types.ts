import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ModelError } from "../model/error.ts";
import { causeOf } from "./output/files.ts";
import { isTypeScript } from "./load.ts";
import type { Io } from "./output/io.ts";
import { forget, remember } from "./output/temporary.ts";
import { isKnown, keepKnown } from "./types-cache.ts";
import { compilerFor, projectFor, type Compiler, type Project } from "./types-project.ts";
import { mistakeIn } from "./types-mistake.ts";

/** A check of the types of the user's files, which goes on while they are loaded, in a process of its own. */
export interface TypeCheck {
  /** Waits until all is known. Throws a ModelError for what is wrong. */
  passed(): Promise<void>;
  /** Ends it, whether or not it is known. */
  stop(): void;
}

/**
 * Checks the types of those of the files that have some, where the compiler is installed. What it takes is a process
 * of its own, and nothing at all for a file that passed before and has not changed since, nor what it imports.
 */
export function checkTypes(files: readonly string[], io: Io): TypeCheck {
  const running = new Set<ChildProcess>();
  let mistake: ModelError | undefined;
  const groups = new Map<string, { readonly compiler: Compiler; readonly project: Project; files: string[] }>();
  for (const file of files.filter(isTypeScript).map((one) => resolve(io.cwd, one))) {
    const compiler = compilerFor(file, io);
    if (!compiler) continue;
    const project = projectFor(file);
    const id = `${compiler.folder} ${project.config}`;
    const group = groups.get(id) ?? { compiler, project, files: [] };
    groups.set(id, group);
    if (!group.files.includes(file)) group.files.push(file);
  }
  const all = [...groups.values()].map(async ({ compiler, project, files: some }) => {
    const asked = { compiler, project, files: some };
    if (isKnown(asked)) return;
    const startedAt = Date.now();
    const { output, trouble } = await compile(compiler, project.configFor(some), io, running);
    const found = trouble === undefined ? mistakeIn(output, io) : undefined;
    if (found) mistake ??= found;
    else if (trouble === undefined) keepKnown(asked, output, startedAt);
    else if (trouble !== STOPPED) io.stderr.write(`warning: types are not checked: ${trouble}\n`);
  });
  const end = Promise.all(all);
  // Whoever asks for it gets what it fails with.
  end.catch(() => {});
  return {
    async passed() {
      await end;
      if (mistake) throw mistake;
    },
    stop() {
      for (const child of running) child.kill();
    },
  };
}

interface Compiled {
  readonly output: string;
  /** Why the compiler has not come to an end, if so. */
  readonly trouble?: string;
}

const STOPPED = "it was stopped";

/** What the compiler says of a project. */
async function compile(compiler: Compiler, config: string, io: Io, running: Set<ChildProcess>): Promise<Compiled> {
  let folder: string | undefined;
  try {
    folder = mkdtempSync(join(tmpdir(), "faultline-"));
    remember(folder);
    const file = join(folder, "tsconfig.json");
    writeFileSync(file, config);
    const child = spawn(
      process.execPath,
      [join(compiler.folder, "bin", "tsc"), "-p", file, "--pretty", "false", "--noErrorTruncation", "--listFiles"],
      { cwd: io.cwd, stdio: ["ignore", "pipe", "pipe"] },
    );
    running.add(child);
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => output.push(data));
    child.stderr.on("data", (data: Buffer) => errors.push(data));
    const trouble = await new Promise<string | undefined>((end) => {
      child.on("error", (error) => end(error.message));
      child.on("close", (code, signal) => {
        // 1 and 2: there are mistakes.
        if (code !== null && code <= 2 && output.length > 0) return end(undefined);
        const said = Buffer.concat(errors).toString().split("\n").find(Boolean);
        end(signal ? STOPPED : `the compiler ended with ${code}${said ? `: ${said}` : ""}`);
      });
    });
    running.delete(child);
    return { output: Buffer.concat(output).toString(), ...(trouble !== undefined && { trouble }) };
  } catch (error) {
    return { output: "", trouble: causeOf(error) };
  } finally {
    if (folder !== undefined) forget(folder);
  }
}
