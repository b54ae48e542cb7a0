import { spawnSync } from "node:child_process";

const version = spawnSync("dot", ["-V"], { encoding: "utf8" });

/** Why tests of Graphviz's own `dot` are skipped; false where it is installed. */
export const noNativeDot: string | false = version.status === 0 ? false : "Graphviz is not installed";

/** Draws a graph with the native `dot`; returns the SVG and what it had to say. */
export function nativeSvg(dot: string): { readonly svg: string; readonly said: string } {
  const run = spawnSync("dot", ["-Tsvg"], { input: dot, encoding: "utf8" });
  return { svg: run.stdout, said: run.status === 0 ? run.stderr : `exit ${run.status}: ${run.stderr}` };
}
