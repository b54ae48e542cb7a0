import { existsSync } from "node:fs";
import type { Claim } from "../model/claim.ts";
import { noteBundled } from "../machine/purity.ts";
import { loadModule } from "../model/load-module.ts";
import { isScenario, isScenarioName, type Scenario } from "../model/scenario.ts";
import type { Drafting, SourceNames } from "../model/source-names.ts";
import { SRC } from "../model/where.ts";

/** A module of the models that come with faultline, loaded when it is needed: help and user's own files do without. */
async function model(name: string): Promise<unknown> {
  // Before the models are loaded, so that errors name their lines in the TypeScript source.
  process.setSourceMapsEnabled(true);
  return await loadModule(urlOf(name).href);
}

/** What is shipped has each scenario, with all that it is made of, in one file. */
const urlOf = (name: string, end = ".js"): URL =>
  new URL(`../${SRC.endsWith("/dist/src/") ? "bundled" : "models"}/${name}${end}`, SRC);

/** The scenarios that come with faultline. */
export async function bundledScenarios(): Promise<readonly Scenario[]> {
  const { scenarios } = (await model("scenarios/index")) as typeof import("../../models/scenarios/index.ts");
  scenarios.forEach(noteBundled);
  return scenarios;
}

/** Where the file of a scenario lies, which is named after it. */
const FOLDERS = ["scenarios", "scenarios/races"];

/** The bundled scenario of a name, without the others where its file is found by the name; nothing if there is none. */
export async function bundledScenario(name: string): Promise<Scenario | undefined> {
  if (!isScenarioName(name)) return undefined;
  for (const file of FOLDERS.map((folder) => `${folder}/${name}`).filter((one) => existsSync(urlOf(one)))) {
    const { default: found } = (await model(file)) as { readonly default?: unknown };
    if (!isScenario(found) || found.name !== name) continue;
    noteBundled(found);
    return found;
  }
  return (await bundledScenarios()).find((one) => one.name === name);
}

/** The folder that an argument names, `races` or `races/`; nothing if there is none. */
export function bundledFolder(argument: string): string | undefined {
  const [, folder] = /^([a-z0-9-]+)\/?$/.exec(argument) ?? [];
  return folder !== undefined && existsSync(urlOf(`scenarios/${folder}`, "/")) ? folder : undefined;
}

/** The scenarios of a folder, as `bundledFolder` names it. */
export const scenariosIn = async (folder: string): Promise<readonly Scenario[]> =>
  (await bundledScenarios()).filter(({ name }) => folderOf(name) === folder);

/** `races` of `races/stackrot`; empty for a scenario that lies in no folder. */
export const folderOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf("/")));

/** The claims that come with faultline. */
export async function bundledClaims(): Promise<readonly Claim[]> {
  const { claims } = (await model(
    "claims/lock-page-series",
  )) as typeof import("../../models/claims/lock-page-series.ts");
  return claims;
}

/** What is known of the kernel's names. */
export async function bundledNames(): Promise<SourceNames> {
  const { names } = (await model("kernel/source-names")) as typeof import("../../models/kernel/source-names.ts");
  return names;
}

/** What is known of the kernel's primitives, to write paths with. */
export async function bundledDrafting(): Promise<Drafting> {
  const { drafting } = (await model("kernel/drafting")) as typeof import("../../models/kernel/drafting.ts");
  return drafting;
}
