import type { Cell } from "../model/access.ts";
import { isBundled, notedLike } from "../model/bundled.ts";
import { ModelError, listed } from "../model/error.ts";
import { layoutLocals } from "../model/layout.ts";
import { leakSpecs } from "../model/leaks.ts";
import { hasParts } from "../model/parts.ts";
import type { Path } from "../model/path.ts";
import { haveCommon, releasesOf, showReleases } from "../model/releases.ts";
import { threadsOf, whereIn, type Scenario } from "../model/scenario.ts";
import type { ParamValues } from "../model/params.ts";
import { NO_LEAK } from "../model/spec.ts";
import { undecidedIn } from "../model/todo.ts";
import { placeOf } from "../model/where.ts";
import { withoutReaders } from "./contexts.ts";
import { withHolds } from "./holds.ts";
import { withIdle } from "./idle.ts";
import type { Frame, Point, Program, ProgramThread } from "./program.ts";
import { withRcu } from "./rcu.ts";
import { unreachedOf } from "./unreached.ts";

const MOST_POINTS = 10_000;

/** Inlines the calls of a scenario at fixed parameter values, and gives every field its place. Throws a ModelError. */
export function buildProgram(scenario: Scenario, params: ParamValues): Program {
  const world = scenario.world.layout;
  const cells: Cell[] = [...world.cells];
  const threads = threadsOf(scenario, params).map((thread): ProgramThread => {
    const points: Point[] = [];
    const enter = (given: Path, prefix: string, caller?: Frame["caller"]): Frame => {
      // Over the scenario's own world, where that is an extension of the path's.
      const path = given.world === world ? given : { ...given, world };
      if (!hasParts(world.parts, given.world.parts))
        throw new ModelError(`path '${path.name}' was written over another world`, {
          where: whereIn(scenario, `thread '${thread.name}'`),
          remedy: "call paths of the same world, or of one that it extends",
        });
      refuseUndecided(path, scenario, thread.name);
      const locals = layoutLocals(path.locals, world, prefix, cells.length);
      cells.push(...locals.cells);
      const frame: Frame = { path, locals, callees: new Map(), ...(caller && { caller }) };
      for (const label of path.labels) {
        const entry = path.entries.get(label)!;
        if (entry.kind === "call") frame.callees.set(label, enter(entry.path, `${prefix}${label}.`, { frame, label }));
        else points.push({ frame, label, step: entry });
        if (points.length > MOST_POINTS)
          throw new ModelError(`thread '${thread.name}' has more than ${MOST_POINTS} steps`, {
            where: [placeOf(path.definedAt), `path '${path.name}'`].filter(Boolean).join(", "),
            cause: "calls are inlined, and each call is a copy",
            remedy: "call less deeply",
          });
      }
      return frame;
    };
    const root = enter(thread.path, `${thread.name}.`);
    return { ...thread, root, points, ...(isBundled(scenario) && { isTrusted: true as const }) };
  });
  checkNames(threads);
  checkReleases(scenario, threads);
  unreachedOf(scenario, params);
  const resting = withIdle(scenario, params, withHolds(withRcu(withoutReaders(threads), cells, world.slots), cells));
  return { scenario: withKept(scenario, resting), params, cells, threads: resting };
}

/** What a thread points at that may wait for ever is no leak: the same scenario, where that is asked. */
function withKept(scenario: Scenario, threads: readonly ProgramThread[]): Scenario {
  const world = scenario.world.layout;
  const mayRest = threads.filter(({ isIdle, idleAt }) => isIdle === true || idleAt !== undefined);
  // Once a thread is over its pointers are NULL; one that is never null says nothing.
  const kept = mayRest.flatMap(({ root }) => localsIn(root)).filter(({ values }) => values[0] === null);
  if (world.slots.length === 0 || kept.length === 0) return scenario;
  const specs = scenario.specs.flatMap((spec) => (spec.name === NO_LEAK ? leakSpecs(world, kept) : [spec]));
  return notedLike({ ...scenario, specs }, scenario);
}

const localsIn = ({ locals, callees }: Frame): readonly Cell[] => [
  ...locals.cells,
  ...[...callees.values()].flatMap(localsIn),
];

/** A step that is still to be decided must not pass for one that does nothing. */
function refuseUndecided(path: Path, scenario: Scenario, thread: string): void {
  const open = undecidedIn(path);
  if (open.length === 0) return;
  throw new ModelError(
    open.length === 1
      ? `a step of path '${path.name}' is not decided`
      : `${open.length} steps of path '${path.name}' are not decided`,
    {
      where: [placeOf(path.definedAt), whereIn(scenario, `thread '${thread}'`)].filter(Boolean).join(", "),
      cause: open.map(({ label, what }) => `'${label}': ${what}`).join("\n"),
      remedy: "write what each todo() stands for, or leave the step out and say so in `omits`",
    },
  );
}

// Variants of one path share its name: they are written in one place. Two paths under one name could not be told apart.
function checkNames(threads: readonly ProgramThread[]): void {
  const known = new Map<string, Path>();
  const visit = ({ path, callees }: Frame): void => {
    const other = known.get(path.name) ?? path;
    // The steps of two patches may differ where their labels do not.
    if (path.patched || other.labels.join("\n") !== path.labels.join("\n")) {
      const [here, there] = [placeOf(path.definedAt), placeOf(other.definedAt)];
      if (here !== there)
        throw new ModelError(`two different paths are called '${path.name}'`, {
          where: `${there} and ${here}`,
          remedy: path.patched
            ? 'name the patches, as in with({ ..., as: "v2" })'
            : "put what tells them apart into the name",
        });
    }
    known.set(path.name, path);
    for (const callee of callees.values()) visit(callee);
  };
  for (const { root } of threads) visit(root);
}

/** The paths that a thread runs: its own, and those it calls. */
function pathsOf({ root }: ProgramThread): readonly Path[] {
  const all = (frame: Frame): readonly Path[] => [frame.path, ...[...frame.callees.values()].flatMap(all)];
  return all(root);
}

/** No kernel has code of one release beside code that another one has in its place. */
function checkReleases(scenario: Scenario, threads: readonly ProgramThread[]): void {
  const ranges = threads.flatMap((thread) =>
    pathsOf(thread).flatMap((path) =>
      path.about.fits === undefined ? [] : [{ path, thread, releases: releasesOf(path.about.fits, path.name) }],
    ),
  );
  for (const [i, one] of ranges.entries())
    for (const other of ranges.slice(i + 1)) {
      if (haveCommon(one.releases, other.releases)) continue;
      const shown = ({ path, thread }: typeof one): string =>
        `path '${path.name}' of thread '${thread.name}' is that of ${showReleases(path.about.fits!)}`;
      const params = Object.keys(scenario.params);
      throw new ModelError(`paths '${one.path.name}' and '${other.path.name}' are of no common release`, {
        where: [one, other].map(({ path }) => placeOf(path.definedAt)).join(" and "),
        cause: `${shown(one)}, ${shown(other)}`,
        remedy: `choose the variants of one release${params.length > 0 ? `, with --set: parameters are ${listed(params)}` : ""}`,
      });
    }
}
