import type { Cell } from "../../model/access.ts";
import { isRcu } from "../../model/order.ts";
import type { BuiltIn } from "../../model/spec.ts";
import type { Value } from "../../model/domain.ts";
import type { Tree } from "../../analysis/decision-tree.ts";
import type { State } from "../../machine/state.ts";
import { brokenAxiom, type Event, type Execution } from "./axioms.ts";
import { contentsOf, valueIn } from "./word-encoding.ts";
import { initialOf, MESSAGE, MESSAGE_SIZE, type Layout } from "./layout.ts";
import type { Point } from "./steps.ts";
import { Relation } from "./relation.ts";
import { storedBy, tracesOf, type Stored, type Trace } from "./traces.ts";

/** Ways through one thread. */
const MOST_TRACES = 4_000;
/** Times that the axioms are asked: for one end of a program, and for all of them. */
const MOST_ASKED = 3_000;
const MOST_ASKED_IN_ALL = 20_000;
/** Ways that its threads are put together. */
const MOST_TOGETHER = 100_000;
/** Ways that coherence leaves at one word. */
const MOST_SOLUTIONS = 20_000;

/** Thrown where there is more to try than may be. */
class TooMany extends Error {}

/**
 * All executions of a small program as the axioms have them: each load with each store that it can return, the stores to
 * each word in each order. No machine is asked, and nothing else than the axioms of LKMM and the order in time of
 * program order and reads-from decides. A look at a lock is a load here. Locals and ghosts must be of one thread each.
 */
export class Candidates {
  private readonly layout: Layout;
  private readonly initial: Int32Array;
  /** By thread; nothing if there are too many, or what a thread does is not its own. */
  private readonly traces: readonly (readonly Trace[])[] | undefined;
  /** The same with those on which a thread comes no further; asked for where a check may fail. */
  private begun: readonly (readonly Trace[])[] | undefined;
  private left = MOST_ASKED_IN_ALL;

  constructor(layout: Layout, state: State) {
    this.layout = layout;
    this.initial = initialOf(layout, state);
    this.traces = isSelfContained(layout) ? this.allTraces() : undefined;
  }

  /** Whether some allowed execution ends with these values; "unknown" if that would take too long. */
  allows(ends: ReadonlyMap<Cell, Value>): boolean | "unknown" {
    if (!this.traces) return "unknown";
    const { layout, initial } = this;
    for (const [cell, value] of ends)
      if (layout.constants.has(cell) && cell.values[layout.constants.get(cell)!] !== value) return false;
    const values = [...ends].flatMap(([cell, value]) => {
      const at = layout.plainAt.get(cell);
      return at === undefined || layout.lockOf.has(cell) ? [] : [[at, cell.values.indexOf(value)] as const];
    });
    // Each is of one thread, and holds at the end what that thread has written last.
    const isKnown = (at: number): boolean => this.traces!.some((traces) => traces.some(({ finals }) => finals.has(at)));
    if (values.some(([at, value]) => !isKnown(at) && initial[at] !== value)) return false;
    const fitting = this.traces.map((traces) => {
      const own = values.filter(([at]) => traces.some(({ finals }) => finals.has(at)));
      return traces.filter(({ finals }) => own.every(([at, value]) => (finals.get(at) ?? initial[at]) === value));
    });
    const last = [...layout.lists, ...layout.locks].map((word): ReadonlySet<number> => {
      const asked = word.cells.filter((cell) => ends.has(cell));
      return new Set(
        [...contentsOf(word)].filter((content) =>
          asked.every((cell) => valueIn(word, content, cell) === ends.get(cell)),
        ),
      );
    });
    return this.within((budget) => this.search(fitting, [], last, budget));
  }

  /**
   * Whether some allowed execution ends in a step that fails this check; "unknown" if that would take too long. The other threads
   * are at their ends then, or wait: what they would do yet comes behind all that there is, and no axiom speaks against that.
   */
  fails(check: BuiltIn): boolean | "unknown" {
    if (!this.traces || this.layout.keepsHolders) return "unknown";
    const traces = (this.begun ??= this.allTraces(true));
    if (!traces) return "unknown";
    return this.within((budget) =>
      traces.some((_, failing) => {
        const fitting = traces.map((own, t) =>
          own.filter(({ fails }) => (t === failing ? fails === check : fails === undefined)),
        );
        return this.search(fitting, [], [], budget);
      }),
    );
  }

  private within(ask: (budget: Budget) => boolean): boolean | "unknown" {
    const asked = Math.min(MOST_ASKED, this.left);
    const budget = { asked, together: MOST_TOGETHER };
    try {
      return ask(budget);
    } catch (error) {
      if (error instanceof TooMany) return "unknown";
      throw error;
    } finally {
      this.left -= asked - budget.asked;
    }
  }

  /** What is stored may be made of what other steps have stored, but of each step once: the threads have no loops. */
  private allTraces(isPartial = false): readonly (readonly Trace[])[] | undefined {
    const { layout, initial } = this;
    const storing = layout.threads.reduce((sum, { points }) => sum + points.filter(isStoring).length, 0);
    const first = firstContents(layout, initial).map((content) => new Set([content]));
    let stored: Stored = first;
    for (let round = 0; ; round++) {
      const traces = layout.threads.map((_, t) => tracesOf(layout, initial, t, stored, MOST_TRACES, isPartial));
      if (!traces.every((some) => some !== undefined)) return undefined;
      const all = storedBy(first, traces);
      if (round > storing || all.every((contents, word) => contents.size === stored[word]!.size)) return traces;
      stored = all;
    }
  }

  private search(
    fitting: readonly (readonly Trace[])[],
    chosen: readonly Trace[],
    last: readonly ReadonlySet<number>[],
    budget: Budget,
  ): boolean {
    const traces = fitting[chosen.length];
    if (traces) return traces.some((trace) => this.search(fitting, [...chosen, trace], last, budget));
    if (budget.together-- <= 0) throw new TooMany();
    return new Program(firstContents(this.layout, this.initial), this.layout, chosen).isAllowed(last, budget);
  }
}

const isStoring = ({ ways }: Point): boolean => ways.sorts.some(({ deed }) => deed !== "nothing" && deed !== "read");

interface Budget {
  asked: number;
  together: number;
}

/** By list, then by lock. */
const firstContents = (layout: Layout, initial: Int32Array): readonly number[] => [
  ...layout.lists.map((_, x) => initial[layout.messages + MESSAGE_SIZE * x + MESSAGE.content]!),
  ...layout.locks.map(({ cells }) => initial[layout.plainAt.get(cells[0]!)!]!),
];

/** Which store each load of a word returns, and the order of the stores. */
interface Solution {
  readonly rf: Execution["rf"];
  readonly co: readonly number[];
}

/** The events of one way through each thread. */
class Program {
  private readonly events: Event[] = [];
  private readonly execution: Omit<Execution, "rf" | "co">;
  /** By word: its events of each thread in program order, and the store that is there at first. */
  private readonly words: readonly Use[];

  constructor(first: readonly number[], layout: Layout, traces: readonly Trace[]) {
    const names = [...layout.lists, ...layout.locks].map(({ name }) => name);
    this.words = first.map((content, word) => {
      const at = this.events.push({ thread: -1, kind: "write", place: names[word]! }) - 1;
      return { first: at, contents: new Map([[at, content]]), threads: [], rmw: new Map() };
    });
    const relations = { rmw: [], addr: [], data: [], ctrl: [], sections: [] } as Record<
      "rmw" | "addr" | "data" | "ctrl" | "sections",
      (readonly [number, number])[]
    >;
    for (const trace of traces) {
      const base = this.events.length;
      const threads = new Map<number, number[]>();
      for (const [i, event] of trace.events.entries()) {
        const at = this.events.push(event) - 1;
        const here = trace.contents[i];
        if (!here) continue;
        this.words[here.word]!.contents.set(at, here.content);
        threads.set(here.word, [...(threads.get(here.word) ?? []), at]);
      }
      for (const [word, own] of threads) this.words[word]!.threads.push(own);
      for (const name of Object.keys(relations) as (keyof typeof relations)[])
        for (const [a, b] of trace[name]) relations[name].push([a + base, b + base]);
    }
    for (const [load, store] of relations.rmw)
      this.words.find(({ contents, first: at }) => store !== at && contents.has(store))!.rmw.set(store, load);
    this.execution = { events: this.events, ...relations, flushes: [] };
  }

  /** Whether the axioms allow some execution in which each word ends with one of these contents. */
  isAllowed(last: readonly ReadonlySet<number>[], budget: Budget): boolean {
    const solutions: (readonly Solution[])[] = [];
    for (const [word, use] of this.words.entries()) {
      const found = coherent(use, this.events, last[word]);
      if (found.length === 0) return false;
      solutions.push(found);
    }
    // What leaves least to choose comes first, so that what it forbids is known early.
    const order = solutions.toSorted((a, b) => a.length - b.length);
    const choose = (chosen: readonly Solution[]): boolean => {
      const open = order[chosen.length];
      if (!open) return true;
      return open.some((solution) => {
        const more = [...chosen, solution];
        if (open.length === 1 && more.length < order.length) return choose(more);
        if (budget.asked-- <= 0) throw new TooMany();
        return this.isPossible(more) && choose(more);
      });
    };
    return choose([]);
  }

  /** No axiom speaks against it yet: each asks for the absence of cycles, and more choices only add to them. */
  private isPossible(chosen: readonly Solution[]): boolean {
    const execution: Execution = {
      ...this.execution,
      rf: chosen.flatMap(({ rf }) => rf),
      co: chosen.map(({ co }) => co),
    };
    return isInTime(execution) && brokenAxiom(execution) === undefined;
  }
}

/** No load returns what depends on it: there is an order in time of all steps. */
function isInTime({ events, rf }: Execution): boolean {
  const po = Relation.of(
    events.length,
    (a, b) => b === a + 1 && events[a]!.thread === events[b]!.thread && events[a]!.thread >= 0,
  );
  return po.or(Relation.pairs(events.length, rf)).isAcyclic();
}

/** What a program does to one word. */
interface Use {
  readonly first: number;
  /** By event. */
  readonly contents: Map<number, number>;
  /** By thread: its events. */
  readonly threads: number[][];
  /** By store: the load that it is an RMW with. */
  readonly rmw: Map<number, number>;
}

/**
 * All that coherence and atomicity allow at one word: the stores of a thread are in program order, an RMW comes right
 * behind what it has loaded, and no thread goes back.
 */
function coherent(use: Use, events: readonly Event[], last: ReadonlySet<number> | undefined): readonly Solution[] {
  const { contents, threads, rmw } = use;
  const found: Solution[] = [];
  const isStore = (event: number): boolean => events[event]!.kind === "write";
  const stores = threads.map((own) => own.filter(isStore));
  const count = stores.reduce((sum, own) => sum + own.length, 1);

  const order = (co: readonly number[], taken: readonly number[]): void => {
    if (co.length === count) {
      if (!last || last.has(contents.get(co.at(-1)!)!)) read(co);
      return;
    }
    for (const [t, own] of stores.entries()) {
      const store = own[taken[t]!];
      if (store === undefined) continue;
      const load = rmw.get(store);
      if (load === undefined || contents.get(load) === contents.get(co.at(-1)!))
        order([...co, store], taken.with(t, taken[t]! + 1));
    }
  };
  const read = (co: readonly number[]): void => {
    const places = new Map(co.map((store, place) => [store, place] as const));
    const loaders = new Map([...rmw].map(([store, load]) => [load, places.get(store)! - 1] as const));
    const ways = threads.map((own) => waysOf(own, co, places, loaders));
    if (ways.some((some) => some.length === 0)) return;
    let all: readonly Solution["rf"][] = [[]];
    for (const some of ways) {
      all = all.flatMap((before) => some.map((rf) => [...before, ...rf]));
      if (all.length + found.length > MOST_SOLUTIONS) throw new TooMany();
    }
    for (const rf of all) found.push({ rf, co });
  };
  const waysOf = (
    own: readonly number[],
    co: readonly number[],
    places: ReadonlyMap<number, number>,
    loaders: ReadonlyMap<number, number>,
  ): readonly Solution["rf"][] => {
    const ways: Solution["rf"][] = [];
    const go = (i: number, seen: number, rf: Solution["rf"]): void => {
      const event = own[i];
      if (event === undefined) {
        ways.push(rf);
        return;
      }
      if (isStore(event)) {
        if (places.get(event)! > seen) go(i + 1, places.get(event)!, rf);
        return;
      }
      const only = loaders.get(event);
      for (let place = only ?? seen; place <= (only ?? co.length - 1); place++)
        if (place >= seen && contents.get(co[place]!) === contents.get(event))
          go(i + 1, place, [...rf, [co[place]!, event]]);
    };
    go(0, 0, []);
    return ways;
  };
  order(
    [use.first],
    stores.map(() => 0),
  );
  return found;
}

/** What one thread does to memory of its own is known without the others: no two threads share what is no word. */
function isSelfContained({ threads, trees, entries, locks, plainAt }: Layout): boolean {
  if (entries.length > 0) return false;
  const users = new Map<number, Set<number>>();
  const writers = new Map<number, Set<number>>();
  const note = (uses: Map<number, Set<number>>, at: number, t: number): void =>
    void uses.set(at, (uses.get(at) ?? new Set()).add(t));
  for (const [t, { points }] of threads.entries())
    for (const [p, { order, ways }] of points.entries()) {
      if (isRcu(order)) continue;
      const visit = (node: Tree): void => {
        if (node.kind === "branch" && plainAt.has(node.cell)) note(users, plainAt.get(node.cell)!, t);
        if (node.kind === "branch") node.arms.forEach(visit);
        if (node.kind === "choice") node.options.forEach(visit);
      };
      visit(trees[t]![p]!);
      for (const { writesAt } of ways.leaves.map((leaf) => ways.of(leaf)))
        for (let i = 0; i < writesAt.length; i += 2) {
          note(users, writesAt[i]!, t);
          note(writers, writesAt[i]!, t);
        }
    }
  const held = new Set(locks.map(({ cells }) => plainAt.get(cells[0]!)!));
  return [...writers.keys()].every((at) => held.has(at) || users.get(at)!.size === 1);
}
