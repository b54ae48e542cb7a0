import { DEFAULT_MEMORY, type MemoryModel } from "../model/memory.ts";
import type { Value } from "../model/domain.ts";
import type { BuiltIn } from "../model/spec.ts";
import { InternalError } from "../model/error.ts";
import { showValue } from "../model/layout.ts";
import type { Unseen } from "../machine/machine.ts";
import type { Result, SearchFacts, SpecResult, UnorderedPair } from "../result/result.ts";
import type {
  Account,
  Author,
  Blocked,
  Change,
  FieldValue,
  Position,
  Read,
  Seen,
  Trace,
  TraceStep,
} from "../machine/trace.ts";
import { TIE } from "./text/wrap.ts";
import { shellWords } from "./shell.ts";

/** The run that a spec is reported with. Throws an InternalError if it has none: a spec that holds has nothing to draw. */
export function traceOf(spec: SpecResult): Trace {
  if (!spec.trace) throw new InternalError(`spec '${spec.name}' has no trace to report`);
  return spec.trace;
}

/** True for the run that reaches a `sometimes` spec: it is shown like a counterexample, but is good news. */
export const isWitness = (spec: SpecResult): boolean => spec.kind === "sometimes";

/** `CPU0 (fault)`. */
export const cpuOf = (result: Result, thread: number): string => `CPU${thread} (${result.threads[thread]!.name})`;

/** How reports call a step, which is counted from 0 in a Result: `(1)` is the first one. */
export const numberOf = (step: number): string => `(${step + 1})`;

/** How the steps of a run are counted, wherever numbers of them are shown. */
export const NUMBERED = "steps are numbered from 1, in result.json from 0";

/** The function that a thread runs, as C writes it. */
export const functionOf = (path: string): string => (/^\w+$/.test(path) ? `${path}()` : path);

/** The scenario with the parameters that are not at their default: `fault-vs-punch check=patch4`. */
export const runOf = ({ scenario, set }: Result): string =>
  [scenario, ...Object.entries(set).map(([name, value]) => `${name}=${showValue(value)}`)].join(" ");

/** The command that searches for this spec's run again: one report is about one spec. */
export function commandFor({ command }: Result, { name }: SpecResult): string {
  const words = shellWords(command);
  const others = words.filter((word, i) => word !== "--spec" && words[i - 1] !== "--spec");
  return [...others, "--spec", name].join(" ");
}

/** `no-stale-pte violated`, or what else the run shows. */
export const verdictOf = (spec: SpecResult): string => `${spec.name} ${isWitness(spec) ? "reached" : "violated"}`;

/**
 * What is said behind steps, by their number from 0: the last one is what ends in the violation (a stuck run ends in no
 * step, but in threads that wait), and the two of the decisive conflict should have come the other way round.
 */
export function remarksOf(spec: SpecResult): ReadonlyMap<number, string> {
  const { steps, why, schedule, ending } = traceOf(spec);
  const last = steps.length - 1;
  // A load that comes after the store which it does not see says so itself.
  const decisive = why?.conflicts.find((conflict) => conflict.decisive && conflict.first < conflict.second);
  const { loop } = schedule;
  if (loop !== undefined)
    return new Map([
      ...sinceRemark(ending),
      [last, loop === last ? "<-- again and again" : `<-- and again from ${numberOf(loop)}`],
    ]);
  return new Map([
    ...sinceRemark(ending),
    ...(decisive
      ? ([
          [decisive.first, "<-- too early"],
          [decisive.second, "<-- too late"],
        ] as const)
      : []),
    ...(spec.name === "not-stuck" || spec.name === "never-finishes" || last < 0
      ? []
      : ([[last, `<-- ${isWitness(spec) ? "reaches" : "violates"} ${spec.name}`]] as const)),
  ]);
}

/** Behind the step since which something is waited for. */
const sinceRemark = ({ since = 0 }: Trace["ending"]): readonly (readonly [number, string])[] =>
  since > 0 ? [[since - 1, "<-- from here on"]] : [];

/** How many steps of a run are taken again and again, as a clause; nothing if it ends. */
export const againAndAgain = ({ steps, schedule: { loop } }: Pick<Trace, "steps" | "schedule">): string => {
  if (loop === undefined) return "";
  const count = steps.length - loop;
  const which = count === steps.length ? "all" : count === 1 ? "the last" : `the last ${count}`;
  return `, ${which} again and again`;
};

/** It is about runs that do not end. */
export const isEndless = ({ kind }: SpecResult): boolean => kind === "eventually" || kind === "leadsTo";

const DOES = {
  "is idle": "is idle",
  "will wait": "will wait",
  loops: "goes round",
  "goes on": "goes on",
  "is passed over": "is passed over",
} as const;

/** How a thread spends its time once a run is over or nothing new comes of it: `waits`, `goes round`. */
export const doing = ({ how }: Blocked): string => (how === undefined ? "waits" : DOES[how]);

/** And in which steps: `waits: spin_lock(ptl)`; with the calls that lead there, unless others are to be named. */
export const doingWhat = (blocked: Blocked, calls = blocked.calls): string =>
  `${doing(blocked)}: ${(blocked.steps ?? [[...calls, blocked.label].join(" > ")]).join(", ")}`;

/** Where these steps stand. */
export const placesOf = ({ places, steps, calls, label }: Blocked): readonly Pick<Position, "calls" | "label">[] =>
  places ?? (steps ?? [label]).map((step) => ({ calls, label: step }));

/** It should not: it cannot finish. */
export const isHeldUp = ({ how }: Blocked): boolean => how !== "is idle" && how !== "goes on";

/** What of a run a diagram shows. */
export interface Drawn extends Pick<Trace, "steps" | "slice"> {
  readonly schedule?: Trace["schedule"];
  readonly ending: Pick<Trace["ending"], "blocked">;
}

/** The threads that step in a run, or that it leaves waiting, in the order of their CPU numbers. */
export const threadsIn = ({ steps, ending }: Drawn): readonly number[] =>
  [...new Set([...steps, ...ending.blocked].map(({ thread }) => thread))].toSorted((a, b) => a - b);

export const showRead = ({ field, value }: Pick<FieldValue, "field" | "value">): string =>
  `${field}${TIE}==${TIE}${showValue(value)}`;

export const showChange = ({ field, from, to }: Pick<Change, "field" | "from" | "to">): string =>
  `${field}: ${showValue(from)}${TIE}->${TIE}${showValue(to)}`;

/** Changes, those of one word of memory as one: `vma[0].pte: page: page -> NULL, dirty: true -> false`. */
export const showChanges = (changes: readonly Change[]): readonly string[] => inWords(changes, showChange);

/** What is to be shown of each field; fields of one word of memory together, with their owner in front. */
export function inWords<F extends Pick<Change, "field" | "word">>(
  items: readonly F[],
  show: (item: F) => string,
): readonly string[] {
  const wordOf = ({ word, field }: F): string => word ?? field;
  return [...new Set(items.map(wordOf))].map((word) => {
    const together = items.filter((item) => wordOf(item) === word);
    const [first] = together as [F, ...F[]];
    if (together.length === 1) return show(first);
    const owner = first.field.slice(0, first.field.lastIndexOf(".") + 1);
    const parts = together.map((item) => show({ ...item, field: item.field.slice(owner.length) }).replaceAll(" ", TIE));
    return `${owner === "" ? "" : `${owner.slice(0, -1)}:${TIE}`}${parts.join(", ")}`;
  });
}

export const sharedChanges = ({ changes }: TraceStep): readonly Change[] =>
  changes.filter(({ scope }) => scope === "shared");

export const sharedReads = <R extends Seen>({ reads }: { readonly reads: readonly R[] }): readonly R[] =>
  reads.filter(({ scope }) => scope === "shared");

/**
 * The changes of the step's own locals and its callers', named as its function names them. Those of a function it is
 * about to call are left out: they are arguments, and the call shows them.
 */
export function localChanges(result: Result, { thread, calls, changes }: TraceStep): readonly Change[] {
  const prefixes = [result.threads[thread]!.name, ...calls]
    .map((_, i, names) => `${names.slice(0, i + 1).join(".")}.`)
    .toReversed();
  return changes
    .filter(({ scope }) => scope === "local")
    .map((change) => {
      const prefix = prefixes.find((known) => change.field.startsWith(known)) ?? "";
      return { ...change, field: change.field.slice(prefix.length) };
    })
    .filter(({ field }) => /^[\w$.[\]]+$/.test(field));
}

/** Loads and later stores that LKMM would let change places, each pair of labels once, however many threads have it. */
export function unorderedPairs({ unordered = [] }: Pick<SearchFacts, "unordered">): readonly UnorderedPair[] {
  const pairs = unordered.map((pair) => [JSON.stringify([pair.path, pair.load, pair.store]), pair] as const);
  return [...new Map(pairs).values()];
}

/** What a search has seen that was not cut. */
export function exploredUnder({
  memory,
  unordered = [],
  reduced,
}: Pick<Result["search"], "memory" | "unordered" | "reduced">): string {
  const explored = EXPLORED[memory ?? DEFAULT_MEMORY];
  return `${explored}${unordered.length > 0 ? " without load buffering" : ""}${reduced ? ", or one that leads to the same" : ""}`;
}

/** How much a search has seen. */
export function seenText({ states, transitions, depth, reduced }: SearchFacts): string {
  const taken = `${transitions} ${transitions === 1 ? "transition" : "transitions"}`;
  const stored = `${states} ${states === 1 ? "state" : "states"}`;
  // A level is several steps then.
  return reduced ? `${stored} stored of a reduced search, ${taken}` : `${stored}, ${taken}, depth ${depth}`;
}

/** How much random walks have seen. */
export function walkedText({ walks, transitions, depth, states, cut }: SearchFacts): string {
  const { made, of, seed } = walks!;
  const isAll = made === of;
  const some = isAll ? `${made} random ${made === 1 ? "walk" : "walks"}` : `${made} of ${of} random walks`;
  const seen = `${transitions} ${transitions === 1 ? "step" : "steps"}, at most ${depth} in a walk, to ${states} ${states === 1 ? "state" : "states"}`;
  return `${some} (seed ${seed}): ${seen}; ${isAll ? "" : `stopped by ${cut}; `}not every interleaving`;
}

const EXPLORED: { readonly [M in MemoryModel]: string } = {
  sc: "every interleaving was explored",
  tso: "every interleaving on x86 was explored (tso)",
  lkmm: "every run was explored that LKMM allows",
};

/** How a step differs from what it would have been under sequential consistency: stale values, stores that wait. */
export function memoryNotes({ reads, changes }: Pick<Account, "reads" | "changes">): readonly string[] {
  const unseen = reads.find((read) => read.unseen)?.unseen;
  const overtaken = changes.find(({ overtakenBy }) => overtakenBy !== undefined)?.overtakenBy;
  return [
    ...(unseen ? [`${showAuthor(unseen.thread)}'s store of ${showValue(unseen.value)} not yet visible`] : []),
    ...(changes.some(({ isBuffered }) => isBuffered) ? ["in the store buffer"] : []),
    ...(overtaken === undefined ? [] : [`takes effect before ${showAuthor(overtaken)}'s store`]),
  ];
}

export const showAuthor = (author: Author): string => (typeof author === "number" ? `CPU${author}` : author);

/** What CPUs do not agree about: `x: 0, then 1` and `CPU1 need not see 1 yet`, or `CPU0's store buffer: x = 1`. */
export function showHeld(held: Unseen): readonly string[] {
  if (held.kind === "buffer") {
    const stores = held.stores.map((store) =>
      store.map(({ field, value }) => `${field}${TIE}=${TIE}${showValue(value)}`).join(", "),
    );
    return [`CPU${held.thread}'s store buffer: ${stores.map((words) => words || "rcu_read_unlock()").join("; ")}`];
  }
  const showAll = (values: readonly Value[], between: string): string => values.map(showValue).join(between);
  const unseen = held.unseen.map(({ thread, values }) => `CPU${thread} need not see ${showAll(values, ", ")} yet`);
  return [`${held.cell.name}: ${showAll(held.values, ", then ")}`, ...unseen];
}

/** What the spec read of the last state, shared fields first. */
export const judgedBy = (ending: Trace["ending"]): readonly Read[] => [
  ...sharedReads(ending),
  ...ending.reads.filter(({ scope }) => scope === "ghost"),
];

/** Which initial state a run starts in, where there is a choice, and what it says of the fields that the run uses. */
export function startOf({ search }: Result, { schedule, initial, steps, ending }: Trace): string {
  if (search.initial === 1) return "";
  const events = [...steps.flatMap(({ reads, changes }) => [...reads, ...changes]), ...ending.reads];
  const used = new Set(events.map(({ field }) => field));
  const values = initial.filter(({ field, scope }) => scope === "shared" && used.has(field)).map(showRead);
  const which = `Initial state ${schedule.initial + 1} of ${search.initial}`;
  return values.length > 0 ? `${which}: ${values.join(", ")}` : which;
}

export const plural = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : noun.endsWith("h") ? "es" : "s"}`;

/** What is said over the reason: what should hold, or what a bugOn() that has fired says itself. */
export const headlineOf = (spec: SpecResult, { reason }: Trace["ending"]): string =>
  isBug(spec) ? `bugOn() fires: ${reason}` : spec.sentence;

export const isBug = ({ name }: SpecResult): boolean => name === ("no-bug" satisfies BuiltIn);

/** Why the run violates the spec, in the words of its author; nothing if the spec's sentence is all there is. */
export function reasonOf(spec: SpecResult, { reason }: Trace["ending"]): string | undefined {
  return isWitness(spec) || reason === `not: ${spec.sentence}` ? undefined : reason;
}
