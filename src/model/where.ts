import { relative } from "node:path";
import { fileURLToPath } from "node:url";

// The package's folder; this file runs as <package>/.build/src/model/where.js.
const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));

/** `file:line:column` of the innermost frame that is not faultline's own, relative to the working directory. */
export function placeOf(error: Error): string | undefined {
  for (const line of (error.stack ?? "").split("\n")) {
    const frame = /^\s+at (?:.*\()?((?:file:\/\/)?\/.*):(\d+):(\d+)\)?$/.exec(line);
    if (!frame) continue;
    const file = frame[1]!.startsWith("file:") ? fileURLToPath(frame[1]!) : frame[1]!;
    if (file.startsWith(`${PACKAGE}src/`) || file.startsWith(`${PACKAGE}.build/src/`)) continue;
    return `${relative(process.cwd(), file)}:${frame[2]}:${frame[3]}`;
  }
  return undefined;
}
