import { readFileSync } from "node:fs";
import { ROOT } from "../package.ts";

let viewer: string | undefined;

/** The script of a counterexample's page, in one piece for a browser, as the build has put it together. */
export const viewerScript = async (): Promise<string> =>
  (viewer ??= readFileSync(`${ROOT}.build/dist/viewer.js`, "utf8"));
