import { availableParallelism } from "node:os";
import { resetDeadLocals } from "../../analysis/liveness.ts";
import { ModelError, didYouMean, listed } from "../../model/error.ts";
import { underMemory, type MemoryModel } from "../../model/memory.ts";
import { resolveParams } from "../../model/scenario.ts";
import type { ParamValues } from "../../model/params.ts";
import { BUILT_IN_NAMES } from "../../model/spec.ts";
import { pathDot } from "../../report/picture/path-dot.ts";
import { activationsOf, pathGraphOf, type PathGraph, type PathNode } from "../../report/picture/path-graph.ts";
import { stateDot } from "../../report/picture/state-dot.ts";
import { stateGraphOf, type Subject } from "../../report/picture/state-graph.ts";
import { quoted } from "../../report/shell.ts";
import { counted, titleOf, writtenLines, folded } from "../../report/text/summary.ts";
import type { Program } from "../../machine/program.ts";
import { buildProgram } from "../../machine/build.ts";
import type { Explored } from "../../search/search.ts";
import { whyNotJudged, whyOpen } from "../../result/result-of.ts";
import { alike } from "../alike.ts";
import { bundledScenarios } from "../bundled.ts";
import { writeInto } from "../output/folder.ts";
import { watchInterrupts } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { bundledIndex, type IndexedPath } from "../path-index.ts";
import { loadScenario, type Loaded, whatIsBundled } from "../load.ts";
import { cannotJudge } from "../perform.ts";
import { withPossibleEngine, CHECK_OPTIONS } from "../options.ts";
import { ticker } from "../output/progress.ts";
import { drawn as drawnFiles } from "../output/reports.ts";
import { settingsFor } from "../runs.ts";
import { warner } from "../output/warnings.ts";
import type { Outcome } from "../output/exit.ts";
import { countOr, flag, text, textOrNone, type Options, type Values } from "../option.ts";
import { atMostOne, command, SCENARIO } from "../command.ts";
import { search, type How } from "../search.ts";

const OPTIONS = {
  path: textOrNone("draw this path instead of the states; without a name, list the paths"),
  set: CHECK_OPTIONS.set,
  spec: text("draw the run that violates this spec (default: the first)"),
  memory: CHECK_OPTIONS.memory,
  "max-nodes": countOr(500, "most states to draw; of more, only the counterexample's surroundings (default: 500)"),
  out: CHECK_OPTIONS.out,
  png: CHECK_OPTIONS.png,
  quiet: flag("print nothing"),
} as const satisfies Options;

type GraphOptions = Values<typeof OPTIONS>;

export const graph = command({
  name: "graph",
  describe: "draw the states of a scenario, or one path as a state machine",
  subject: { ...SCENARIO, number: "at most one" },
  options: OPTIONS,
  examples: ["graph --path filemap_map_pages", "graph two-faults"],
  async run(words, options, io) {
    const { path, memory, quiet } = options;
    if (path !== undefined && memory !== undefined)
      throw new ModelError("--memory does not go with --path", {
        cause:
          "a path is the same under every memory model; its picture shows what each step orders, as in [ acquire ]",
        remedy: "leave one of them out",
      });
    const name = atMostOne(words, graph, "draw one at a time");
    const print = (lines: readonly string[]): void => {
      if (!quiet) io.stdout.write(lines.map((line) => `${line}\n`).join(""));
    };
    if (path === undefined) return drawStates(await named(name, io), options, io, print);
    if (path === "") {
      const others = name === undefined && options.set.length === 0 ? await bundledIndex() : [];
      io.stdout.write(pathList(await machinesOf(name, options, io), others));
    } else await drawPath(path, await machinesOf(name, options, io), name, options, io, print);
    return "held";
  },
});

type Print = (lines: readonly string[]) => void;

async function named(name: string | undefined, io: Io): Promise<Loaded> {
  if (name !== undefined) return loadScenario(name, io);
  throw new ModelError("graph needs a scenario", {
    cause: `bundled: ${whatIsBundled(await bundledScenarios())}`,
    remedy: "name one, or give --path to draw a path",
  });
}

/** Of the named scenario, or of every bundled one that has the parameters that are set, and those values of them. */
async function machinesOf(name: string | undefined, { set }: GraphOptions, io: Io): Promise<readonly Program[]> {
  if (name !== undefined) return [machineOf((await loadScenario(name, io)).scenario, set)];
  const bundled = await bundledScenarios();
  const having = bundled.filter(({ params }) => set.every((one) => Object.hasOwn(params, one.name)));
  if (having.length === 0)
    throw new ModelError(`no scenario has all of the parameters ${listed(set.map((one) => one.name))}`, {
      remedy: "name the scenario: `faultline list <scenario>` shows its parameters",
    });
  const refused: ModelError[] = [];
  const machines = having.flatMap((scenario) => {
    try {
      return [machineOf(scenario, set)];
    } catch (error) {
      if (!(error instanceof ModelError)) throw error;
      refused.push(error);
      return [];
    }
  });
  if (machines.length === 0) throw refused[0]!;
  return machines;
}

const machineOf = (scenario: Loaded["scenario"], set: GraphOptions["set"]): Program =>
  buildProgram(scenario, resolveParams(scenario, settingsFor(scenario, set)));

/** The paths of the machines; and the bundled ones that run with other parameters than the default ones, where no scenario is named. */
function pathList(machines: readonly Program[], others: readonly IndexedPath[]): string {
  const found = new Map<string, string>();
  const add = (name: string, { file, release }: Pick<IndexedPath, "file" | "release">): void => {
    if (!found.has(name)) found.set(name, [file, release].filter((part) => part !== undefined).join(", "));
  };
  for (const program of machines) for (const [name, { frame }] of activationsOf(program)) add(name, frame.path.about);
  for (const other of others) add(other.name, other);
  const width = Math.max(...[...found.keys()].map(({ length }) => length));
  return [...found].map(([name, source]) => `${`${name.padEnd(width)}  ${source}`.trimEnd()}\n`).join("");
}

async function drawPath(
  path: string,
  machines: readonly Program[],
  name: string | undefined,
  options: GraphOptions,
  io: Io,
  print: Print,
): Promise<void> {
  for (const program of machines) {
    const activation = activationsOf(program).get(path);
    if (!activation) continue;
    const graph = pathGraphOf(activation);
    print(folded(`${path}: ${countsOf(graph)}, as in ${titleOf(program.scenario.name, program.params)}`));
    return write(`path-${encodeURIComponent(path)}`, pathDot(graph), program, options, io, print);
  }
  const elsewhere = pinnedWith(path, machines, name, options.set);
  if (elsewhere !== undefined)
    throw new ModelError(`there is no path '${path}' with these parameters`, {
      cause: "those that are not set have their defaults",
      remedy: `\`faultline graph ${elsewhere} --path ${quoted(path)}\` draws it`,
    });
  const known = [...new Set(machines.flatMap((program) => [...activationsOf(program).keys()]))];
  throw new ModelError(`there is no path '${path}'${didYouMean(path, known)}`, {
    cause: alike(path, known, "paths"),
    remedy: `\`faultline ${["graph", ...(name === undefined ? [] : [quoted(name)]), "--path"].join(" ")}\` lists them`,
  });
}

function countsOf({ nodes }: PathGraph): string {
  const having = (change: PathNode["change"]): number => nodes.filter((node) => node.change === change).length;
  const changes = (["added", "replaced", "dropped"] as const).filter((change) => having(change) > 0);
  const patch = changes.map((change) => `${having(change)} ${change}`).join(", ");
  return `${counted(nodes.length - having("dropped"), "step")}${patch && ` (${patch})`}`;
}

/** The scenario, and settings, with which one of its pinned runs has a path; as few as are needed. */
function pinnedWith(
  path: string,
  machines: readonly Program[],
  argument: string | undefined,
  given: GraphOptions["set"],
): string | undefined {
  for (const { scenario } of machines) {
    const own = settingsFor(scenario, given);
    const hasPath = (set: ParamValues): boolean => {
      try {
        return activationsOf(buildProgram(scenario, resolveParams(scenario, { ...set, ...own }))).has(path);
      } catch (error) {
        if (error instanceof ModelError) return false;
        throw error;
      }
    };
    for (const { set = {} } of scenario.expect) {
      let needed = Object.entries(set as ParamValues);
      if (needed.length === 0 || !hasPath(set as ParamValues)) continue;
      for (const [name] of needed) {
        const fewer = needed.filter(([other]) => other !== name);
        if (hasPath(Object.fromEntries(fewer))) needed = fewer;
      }
      const all = Object.entries({ ...Object.fromEntries(needed), ...own });
      const words = all.map(([name, value]) => `--set ${quoted(`${name}=${String(value)}`)}`);
      return [quoted(argument ?? scenario.name), ...words].join(" ");
    }
  }
  return undefined;
}

async function drawStates({ scenario }: Loaded, options: GraphOptions, io: Io, print: Print): Promise<Outcome> {
  const { memory = "sc", "max-nodes": maxNodes } = options;
  const program = resetDeadLocals(machineOf(scenario, options.set));
  const interrupt = watchInterrupts(io);
  const progress = options.quiet ? undefined : ticker(io.stderr, titleOf(scenario.name, program.params));
  const how = howUnder(memory);
  const possibly = { ...how, search: withPossibleEngine(how.search, io) };
  const found = await search(program, possibly, interrupt, (seen) => progress?.show(seen)).finally(() => {
    progress?.end();
    interrupt.release();
  });
  if (interrupt.reason() !== undefined) return "undecided";
  if (found.cut !== undefined) io.stderr.write(`warning: the search was cut: ${found.cut}\n`);
  const subject = subjectOf(program, found, options.spec);
  const graph = stateGraphOf(program, found.machine, subject, maxNodes);
  const title = titleOf(scenario.name, program.params, memory);
  const what = subject === undefined ? "" : typeof subject.spec === "string" ? subject.spec : subject.spec.name;
  if (!graph)
    throw new ModelError(`${title} has more than ${counted(maxNodes, "state")}`, {
      cause: `there is no run to draw the surroundings of: ${whyNoRun(what, program, found)}`,
      remedy: "raise --max-nodes, or choose other parameters with --set",
    });
  const counts = `${counted(graph.nodes.length, "state")}, ${counted(graph.edges.length, "transition")}`;
  const drawn = `drawn: the run to ${what} and each step off it`;
  const most = `more than --max-nodes ${maxNodes}`;
  print(folded(graph.isWhole ? `${title}: ${counts}` : `${title}: ${most}; ${drawn}, ${counts}`));
  const open = whyOpen(what, program, found);
  if (open !== undefined) print(folded(`${what}: ${open}`));
  const name = ["states", ...underMemory(memory).slice(1)].join("-");
  await write(name, stateDot(graph, title, subject, memory), program, options, io, print);
  return found.cut === undefined ? "held" : "undecided";
}

function whyNoRun(spec: string, program: Program, found: Explored): string {
  if (found.cut !== undefined) return `the search was cut: ${found.cut}`;
  return whyOpen(spec, program, found) ?? (spec === "" ? "no spec is violated" : `'${spec}' has none`);
}

/** What the graph is about: the named spec, or the first that is violated. */
function subjectOf({ scenario }: Program, explored: Explored, name: string | undefined): Subject | undefined {
  const { found } = explored;
  const known = [...scenario.specs.map((spec) => spec.name), ...BUILT_IN_NAMES];
  if (scenario.progress.some((spec) => spec.name === name))
    throw new ModelError(`spec '${name}' has no states to mark in a graph`, {
      cause: "it is about runs that go on for ever",
      remedy: `\`faultline check --spec ${name}\` draws such a run`,
    });
  if (name !== undefined && !known.includes(name))
    throw new ModelError(`there is no spec '${name}'${didYouMean(name, known)}`, { remedy: `specs: ${listed(known)}` });
  const because = name === undefined ? undefined : whyNotJudged(name, explored);
  if (because !== undefined) throw cannotJudge(name!, because);
  const isGood = (one: string): boolean =>
    scenario.specs.some((spec) => spec.name === one && spec.kind === "sometimes");
  const chosen = name ?? known.find((one) => found.has(one) && !isGood(one));
  if (chosen === undefined) return undefined;
  return { spec: scenario.specs.find((spec) => spec.name === chosen) ?? chosen, schedule: found.get(chosen) };
}

async function write(
  name: string,
  dot: string,
  { scenario }: Program,
  options: GraphOptions,
  io: Io,
  print: Print,
): Promise<void> {
  const files = await drawnFiles(name, dot, options, warner(io));
  const shown = await writeInto(io, options.out, `${scenario.name}/graph`, files);
  print([
    "",
    ...writtenLines(
      shown,
      files.map((file) => file.name),
    ),
  ]);
}

/** How to search for the run to draw. Under lkmm the threads are told apart, as they are in the picture. */
const howUnder = (memory: MemoryModel): How => ({
  maxStates: undefined,
  minimize: "steps",
  search: {
    engine: "fast",
    memory,
    threads: availableParallelism(),
    symmetry: memory !== "lkmm",
    maxMemory: undefined,
    timeoutSeconds: undefined,
  },
});
