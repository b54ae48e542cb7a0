import assert from "node:assert/strict";
import { scenarios } from "../../models/scenarios/index.ts";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import type { MemoryModel } from "../../src/model/memory.ts";
import { UNQUALIFIED } from "../../src/model/order.ts";
import type { AnyCall, AnyStep, Path } from "../../src/model/path.ts";
import { resolveParams, type Expectation, type Scenario, type Threads } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { type Frame, type Program } from "../../src/machine/program.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { noteBundled } from "../../src/model/bundled.ts";
import { search as searchProgram } from "../../src/search/search.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result } from "../../src/result/result.ts";
import type { Explored } from "../../src/search/search.ts";
import { isLookedAtClosely } from "./families.ts";
import { searchAll } from "../search/agreement.ts";

/** One pinned run of a bundled scenario, and what came out of it. */
export interface PinnedRun {
  readonly scenario: Scenario;
  readonly program: Program;
  /** The same with the locals reset that nobody reads any more: its states are the ones that are counted. */
  readonly tidy: Program;
  readonly result: Result;
  /** Of a run that is pinned under sequential consistency: the search that it comes of. */
  readonly exploration?: Explored;
}

let running: Promise<readonly PinnedRun[]> | undefined;

/** Every run that is pinned under sequential consistency, of every bundled scenario; they are run once, however many tests look at them. */
export const pinnedRuns = (): Promise<readonly PinnedRun[]> => (running ??= runAll());

async function runAll(): Promise<readonly PinnedRun[]> {
  const runs: PinnedRun[] = [];
  for (const scenario of scenarios) {
    const own = scenario.expect.filter(({ memory }) => memory === undefined);
    const [closely, others] = [true, false].map((is) => own.filter((one) => isLookedAtClosely(scenario, one) === is));
    const made = new Map<Expectation, PinnedRun>();
    for (const one of closely!) made.set(one, await runOf(scenario, one));
    // What steps of a bundled scenario did is not done again, as it was for these.
    noteBundled(scenario);
    for (const one of others!) made.set(one, await runOf(scenario, one));
    runs.push(...own.map((one) => made.get(one)!));
  }
  return runs;
}

async function runOf(scenario: Scenario, { set = {} }: Expectation): Promise<PinnedRun> {
  const program = buildProgram(scenario, resolveParams(scenario, set as ParamValues));
  const tidy = resetDeadLocals(program);
  const words = Object.entries(set).map(([name, value]) => ` --set ${name}=${String(value)}`);
  // As it is searched by the command line, on as many threads as it is worth.
  const exploration = await searchAll(tidy, { symmetry: true, threads: 2 });
  const result = resultOf(tidy, exploration, `faultline check ${scenario.name}${words.join("")}`);
  return { scenario, program, tidy, result, exploration };
}

let weak: Promise<readonly PinnedRun[]> | undefined;

/** Every run that is pinned under another memory model. */
export const weakRuns = (): Promise<readonly PinnedRun[]> => (weak ??= runWeak());

async function runWeak(): Promise<readonly PinnedRun[]> {
  // The same steps as those of the other runs.
  scenarios.forEach(noteBundled);
  const runs: PinnedRun[] = [];
  for (const scenario of scenarios) {
    /** By the parameters: machines are taken apart once for both memory models. */
    const programs = new Map<string, Program>();
    for (const { set = {}, memory } of scenario.expect) {
      if (memory === undefined) continue;
      const params = resolveParams(scenario, set as ParamValues);
      const key = JSON.stringify(params);
      const program = programs.get(key) ?? resetDeadLocals(buildProgram(scenario, params));
      programs.set(key, program);
      const search = searchProgram(program, { memory });
      let next = await search.next();
      while (next.done !== true) next = await search.next();
      runs.push({ scenario, program, tidy: program, result: resultOf(program, next.value, "faultline check") });
    }
  }
  return runs;
}

/** Runs a scenario at given parameter values, to the end. */
export async function runPinned(scenario: Scenario, params: ParamValues): Promise<Result> {
  const program = buildProgram(scenario, params);
  const exploration = await searchAll(resetDeadLocals(program), { symmetry: true });
  return resultOf(program, exploration, "faultline check");
}

/** Runs a scenario at given parameter values under a memory model, to the end. */
export async function resultUnder(memory: MemoryModel, scenario: Scenario, set: ParamValues): Promise<Result> {
  const program = resetDeadLocals(buildProgram(scenario, resolveParams(scenario, set)));
  const search = searchProgram(program, { memory });
  for (;;) {
    const slice = await search.next();
    if (slice.done === true) return resultOf(program, slice.value, "faultline check");
  }
}

/** The scenario with one step, `"path: label"`, that does nothing, and orders nothing. */
export const without = (scenario: Scenario, step: string): Scenario =>
  changed(scenario, step, (entry) => ({ ...entry, run: () => {}, order: UNQUALIFIED }));

/** The scenario with another step in the place of one, `"path: label"`. */
export function changed(scenario: Scenario, step: string, to: (entry: AnyStep) => AnyStep): Scenario {
  let isThere = false;
  const cut = (path: Path): Path => ({
    ...path,
    entries: new Map(
      [...path.entries].map(([label, entry]): [string, AnyStep | AnyCall] => {
        if (entry.kind === "call") return [label, { ...entry, path: cut(entry.path) }];
        const isThis = `${path.name}: ${label}` === step;
        if (isThis) isThere = true;
        return [label, isThis ? to(entry) : entry];
      }),
    ),
  });
  const cutAll = (thread: Threads[string]): Threads[string] => {
    if ("labels" in thread) return cut(thread);
    if ("on" in thread) return { ...thread, path: cut(thread.path) };
    return ("paths" in thread ? thread.paths : thread).map(cut);
  };
  const threads = (params: ParamValues): Threads => {
    const all = Object.entries(scenario.threads(params)).map(([name, thread]) => [name, cutAll(thread)] as const);
    assert.ok(isThere, `${scenario.name} has no step '${step}'`);
    return Object.fromEntries(all);
  };
  return { ...scenario, threads };
}

/** The activations of paths in a machine: each thread's own path, and the paths it calls. */
export function framesOf({ threads }: Program): readonly Frame[] {
  const all = (frame: Frame): readonly Frame[] => [frame, ...[...frame.callees.values()].flatMap(all)];
  return threads.flatMap(({ root }) => all(root));
}

/** The labels of the counterexample of `spec`, in the order they run in. */
export async function counterexample(scenario: Scenario, set: ParamValues, spec: string): Promise<readonly string[]> {
  const { specs } = await runPinned(scenario, resolveParams(scenario, set));
  const found = specs.find(({ name }) => name === spec);
  assert.equal(found?.verdict, "violated");
  return found.trace!.steps.map(({ path, label }) => `${path}: ${label}`);
}

/** Asserts that the labels occur one after the other, whatever lies between them. */
export function assertInOrder(steps: readonly string[], labels: readonly string[]): void {
  let at = -1;
  for (const label of labels) {
    at = steps.indexOf(label, at + 1);
    assert.ok(at >= 0, `'${label}' does not follow in\n${steps.join("\n")}`);
  }
}
