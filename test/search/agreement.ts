import assert from "node:assert/strict";
import { ModelError } from "../../src/model/error.ts";
import { searchPacked, type SearchLimits, type SearchStats } from "../../src/search/fast.ts";
import type { Exploration } from "../../src/machine/exploration.ts";
import type { Program } from "../../src/machine/program.ts";
import type { Move } from "../../src/machine/schedule.ts";
import { resultOf } from "../../src/result/result-of.ts";
import type { Result } from "../../src/result/result.ts";
import { scMachine } from "../../src/memory/sc/machine.ts";
import type { Explored } from "../../src/search/search.ts";
import { exploreAll } from "../explore-all.ts";

/** Searches to the end, or to the limit, by code alone, and tells all threads apart unless `limits` says otherwise. */
export async function searchAll(
  program: Program,
  limits: SearchLimits = {},
): Promise<Explored & { readonly stats: SearchStats }> {
  const steps = searchPacked(program, { symmetry: false, mostFollowed: 0, ...limits });
  for (;;) {
    const step = await steps.next();
    if (step.done) return { ...step.value, machine: scMachine(program) };
  }
}

/** What comes out of `body`, or the mistake in the model that ended it; any other error is thrown. */
export async function attempt<T>(body: () => T | Promise<T>): Promise<T | ModelError> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

/** What engines must agree on: all figures of a search, with the length of each schedule in place of its moves. */
export function figuresOf({ initial, states, transitions, depth, done, stuck, taken, found, cut }: Exploration) {
  const lengths = new Map([...found].map(([name, { moves }]) => [name, moves.length]));
  return { initial, states, transitions, depth, done, stuck, taken, lengths, cut };
}

/** The verdicts with the length of each trace, and the steps never taken. Replays every schedule, and throws if one fails. */
export function verdictsOf(program: Program, exploration: Explored) {
  return toldVerdicts(resultOf(program, exploration, "faultline check"), exploration);
}

/** The same of what was told of it already. */
export function toldVerdicts({ specs, neverTaken }: Result, { found }: Exploration) {
  const traces = specs.filter(({ trace }) => trace);
  assert.equal(traces.length, found.size);
  return {
    verdicts: new Map(specs.map(({ name, verdict, trace }) => [name, [verdict, trace?.steps.length] as const])),
    neverTaken: neverTaken.map(({ path, label }) => `${path}: ${label}`),
  };
}

// Up to here all shortest runs are looked at for one with few context switches.
const FEW = 300;
const switchesOf = (moves: readonly Move[]): number =>
  moves.filter(({ thread }, i) => i > 0 && thread !== moves[i - 1]!.thread).length;

/** What the engines agreed on. */
export interface Agreed extends Exploration {
  readonly verdicts: ReturnType<typeof verdictsOf>;
}

/**
 * Runs both engines on a machine and asserts that they agree in everything but the choice among equally short
 * schedules; also about whether the model is wrong, and how much a search saw that --max-states cut.
 */
export async function assertAgreement(program: Program, limits: SearchLimits = {}): Promise<Agreed | ModelError> {
  const { maxStates } = limits;
  const oracle = await attempt(() => exploreAll(program, maxStates === undefined ? {} : { maxStates }));
  // A spec that throws is told when its counterexample is replayed.
  const searched = (how: SearchLimits): Promise<Agreed | ModelError> =>
    attempt(async () => {
      const exploration = await searchAll(program, how);
      return { ...exploration, verdicts: verdictsOf(program, exploration) };
    });
  const found = await searched(limits);
  assertFollowed(await searched({ ...limits, mostFollowed: Infinity }), found);
  if (oracle instanceof ModelError) {
    assert.ok(found instanceof ModelError, `only the naive explorer refuses the model: ${String(oracle)}`);
    return oracle;
  }
  if (found instanceof ModelError) {
    // At the state that cuts it, the fast engine has already taken the steps of a whole batch.
    assert.ok(oracle.cut !== undefined, `only the fast engine refuses the model: ${String(found)}`);
    return found;
  }
  assertSame(oracle, found);
  return found;
}

/** Steps that are followed node by node do what code does, and the same runs are found. */
function assertFollowed(followed: Agreed | ModelError, coded: Agreed | ModelError): void {
  if (followed instanceof ModelError || coded instanceof ModelError) return assert.deepEqual(followed, coded);
  assertSame(coded, followed);
  // How far into a batch a search is when it is cut depends on its marks.
  if (coded.cut === undefined) assert.deepEqual([followed.found, followed.verdicts], [coded.found, coded.verdicts]);
}

/** What the naive explorer found, and the fast engine where it tells all threads apart. */
export function assertSame(oracle: Exploration, found: Exploration): void {
  if (oracle.cut === undefined) {
    assert.deepEqual(figuresOf(found), figuresOf(oracle));
    for (const [name, { moves }] of oracle.states <= FEW ? oracle.found : [])
      assert.ok(switchesOf(found.found.get(name)!.moves) <= switchesOf(moves), `${name} has too many switches`);
  } else assert.deepEqual([found.initial, found.states, found.cut], [oracle.initial, oracle.states, oracle.cut]);
}
