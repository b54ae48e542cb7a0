import { spawnSync } from "node:child_process";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { fileURLToPath } from "node:url";

/** A file of this folder, which the compiled files stand two folders below. */
export const source = (name: string): string => fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));

/** What a whole process took, from its start to its end: seconds, and the most bytes it held at a time. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
}

export interface Finished {
  readonly cost: Cost;
  readonly output: string;
}

export type Command = readonly [program: string, ...args: string[]];

/** Runs a command to its end and measures it. */
export type Measure = (command: Command, folder: string) => Finished;

/** The version line of a program, or nothing if it is not installed. */
export function versionOf(program: string, flag: string): string | undefined {
  const { status, stdout } = spawnSync(program, [flag], { encoding: "utf8" });
  return status === 0 ? stdout.split("\n")[0]!.trim() : undefined;
}

/** Runs a command of which only the output matters. Throws if it fails. */
export function run([program, ...args]: Command, folder: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stderr}`);
  return stdout;
}

/** Measures by way of a small C program, which the kernel tells what its child took. */
export function measuring(folder: string): Measure {
  const wrapper = `${folder}/measure`;
  run(["gcc", "-O2", "-o", wrapper, source("measure.c")], folder);
  return ([program, ...args], cwd) => {
    const { status, output } = spawnSync(wrapper, [program, ...args], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const [, stdout = "", stderr = "", costs = ""] = output.map((text) => text ?? "");
    // A check of a model that is wrong ends with 1.
    if (status !== 0 && status !== 1) throw new Error(`${program} ${args.join(" ")} failed: ${stderr}`);
    const [wall = NaN, cpu = NaN, kibibytes = NaN] = costs.split(" ").map(Number);
    return { cost: { wall, cpu, memory: 1024 * kibibytes }, output: stdout };
  };
}

/** The machine in plain words. */
export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30);
  return [
    `${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? "unknown"})`,
    `${memory} GiB of memory`,
    `Linux, Node ${process.version}${certificates()}`,
    `load ${loadavg()[0]!.toFixed(1)} before it began`,
  ].join(", ");
}

/** An empty node takes twice as long where it reads certificates, which every ratio to one depends on. */
function certificates(): string {
  const file = process.env["NODE_EXTRA_CA_CERTS"];
  return file === undefined || file === "" ? "" : " with NODE_EXTRA_CA_CERTS, which each node reads when it begins";
}
