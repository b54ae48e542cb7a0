import { fileURLToPath } from "node:url";
import { InternalError } from "../../model/error.ts";

let viewer: Promise<string> | undefined;

/** The script of a counterexample's page, in one piece for a browser. It is put together once. */
export const viewerScript = (): Promise<string> => (viewer ??= bundled());

async function bundled(): Promise<string> {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../../report/html/viewer/main.js", import.meta.url))],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
    logLevel: "silent",
  });
  const script = outputFiles[0]?.text;
  if (script === undefined) throw new InternalError("the viewer was not put together");
  return script;
}
