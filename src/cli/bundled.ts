import { existsSync } from "node:fs";
import type { Claim } from "../model/claim.ts";
import { noteBundled } from "../model/bundled.ts";
import { loadModule } from "../model/load-module.ts";
import { isScenario, isScenarioName, type Scenario } from "../model/scenario.ts";
import type { Drafting, SourceNames } from "../model/source-names.ts";
import { SRC } from "../model/where.ts";
import type { ComparedWith } from "../source/compared.ts";

/** A module of the models that come with faultline, loaded when it is needed: help and user's own files do without. */
async function model(name: string): Promise<unknown> {
  // Before the models are loaded, so that errors name their lines in the TypeScript source.
  process.setSourceMapsEnabled(true);
  return await loadModule(urlOf(name).href);
}

/** What is shipped has each scenario, with all that it is made of, in one file. */
const urlOf = (name: string, end = ".js"): URL =>
  new URL(`../${SRC.endsWith("/dist/src/") ? "bundled" : "models"}/${name}${end}`, SRC);

/** A file of data that the build puts beside the models. */
export const bundledFile = (name: string): URL => urlOf(name, "");

/** By name, once somebody has asked for all of them. */
let all: ReadonlyMap<string, Scenario> | undefined;

/** The scenarios that come with faultline. */
export async function bundledScenarios(): Promise<readonly Scenario[]> {
  const { scenarios } = (await model("scenarios/index")) as typeof import("../../models/scenarios/index.ts");
  scenarios.forEach(noteBundled);
  all = new Map(scenarios.map((scenario) => [scenario.name, scenario]));
  return scenarios;
}

/** Where the file of a scenario lies, which is named after it. */
const FOLDERS = ["scenarios", "scenarios/races"];

/** The bundled scenario of a name, without the others where its file is found by the name; nothing if there is none. */
export async function bundledScenario(name: string): Promise<Scenario | undefined> {
  if (!isScenarioName(name)) return undefined;
  if (all) return all.get(name);
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
  byFolder(await bundledScenarios(), ({ name }) => name).get(folder) ?? [];

/** `races` of `races/stackrot`; empty for a scenario that lies in no folder. */
const folderOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf("/")));

/** By folder, what lies in none first: what has a name of a scenario. */
export function byFolder<T>(all: readonly T[], nameOf: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const folders = new Map<string, T[]>([["", []]]);
  for (const one of all) {
    const folder = folderOf(nameOf(one));
    folders.set(folder, [...(folders.get(folder) ?? []), one]);
  }
  return folders;
}

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

/** What trees were when the bundled paths were compared with them. */
export async function bundledCompared(): Promise<ComparedWith> {
  const { COMPARED } = (await model("kernel/compared")) as typeof import("../../models/kernel/compared.ts");
  return COMPARED;
}

/** What is known of the kernel's primitives, to write paths with. */
export async function bundledDrafting(): Promise<Drafting> {
  const { drafting } = (await model("kernel/drafting")) as typeof import("../../models/kernel/drafting.ts");
  return drafting;
}
