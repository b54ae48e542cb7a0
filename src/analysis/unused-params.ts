import { breaksRule } from "../model/error.ts";
import { aside } from "../model/running.ts";
import { resolveParams, type Scenario } from "../model/scenario.ts";
import { valuesOf, type ParamValues } from "../model/params.ts";
import { initialStates } from "../machine/program.ts";
import { buildProgram } from "../machine/build.ts";
import { treeOf } from "./decision-tree.ts";

const known = new WeakMap<Scenario, readonly string[]>();

// Each builds the scenario once; taking its steps apart besides is dearer.
const MOST_BUILT = 50;
const MOST_TAKEN_APART = 5;

/**
 * The parameters that nothing in a scenario reads, whatever the values of the others: not what makes its threads, not its
 * initial state, not a step. They change nothing.
 */
export function unusedParams(scenario: Scenario): readonly string[] {
  const old = known.get(scenario);
  if (old) return old;
  const unread = new Set(Object.keys(scenario.params));
  for (const [most, takesApart] of [
    [MOST_BUILT, false],
    [MOST_TAKEN_APART, true],
  ] as const) {
    let runs = 0;
    for (const values of variations(scenario)) {
      if (unread.size === 0 || runs++ >= most) break;
      watch(scenario, values, unread, takesApart);
    }
  }
  const unused = [...unread];
  known.set(scenario, unused);
  return unused;
}

function* variations(scenario: Scenario): Generator<ParamValues> {
  const defaults = resolveParams(scenario, {});
  yield defaults;
  for (const { set = {} } of scenario.expect) yield resolveParams(scenario, set as ParamValues);
  for (const [name, field] of Object.entries(scenario.params))
    for (const value of valuesOf(field)) yield { ...defaults, [name]: value };
}

/** Takes out of `unread` what is read with these values. */
function watch(scenario: Scenario, values: ParamValues, unread: Set<string>, takesApart: boolean): void {
  const params = new Proxy(values, {
    get: (target, name) => {
      aside(() => unread.delete(String(name)));
      return Reflect.get(target, name) as unknown;
    },
    has: (target, name) => {
      aside(() => unread.delete(String(name)));
      return Reflect.has(target, name);
    },
    ownKeys: (target) => {
      aside(() => unread.clear());
      return Reflect.ownKeys(target);
    },
  });
  const watched: Scenario = {
    ...scenario,
    threads: () => scenario.threads(params),
    init: () => scenario.init(params),
    unreached: () => [],
    idle: () => scenario.idle(params),
  };
  try {
    const program = buildProgram(watched, values);
    initialStates(program);
    if (!scenario.neverTaken) scenario.unreached(params);
    // A step may read a parameter as late as when it is taken.
    if (!takesApart) return;
    for (const thread of program.threads)
      for (const point of thread.points.keys()) if (unread.size > 0) treeOf(thread, point);
  } catch (error) {
    // These values make no scenario, which is told where they are asked for.
    if (!breaksRule(error)) throw error;
  }
}
