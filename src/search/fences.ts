import { InternalError } from "../model/error.ts";
import type { WeakModel } from "../model/memory.ts";
import { BARRIERS } from "../memory/barriers.ts";
import { isQualifier } from "../model/order.ts";
import type { Explored } from "./search.ts";
import {
  type Evidence,
  costOf,
  covers,
  sitesOf,
  stepOf,
  strengtheningsOf,
  type Sites,
  type Strengthening,
} from "../memory/barrier-sites.ts";
import type { Program } from "../machine/program.ts";
import { strengthened } from "../memory/insert-barriers.ts";

export interface Hunt {
  readonly program: Program;
  readonly memory: WeakModel;
  /** Specs and checks that are to hold. */
  readonly specs: ReadonlySet<string>;
  /** The most strengthenings of a set. */
  readonly most: number;
  /** What was found without any. */
  readonly base: Explored;
  /** Searches a machine under the memory model. */
  explore(program: Program): Promise<Explored>;
  /** What asks the hunt to end, if anything does. */
  stop(): string | undefined;
  /** Lets others go on, now and then. */
  breathe(): Promise<unknown>;
}

/** What a hunt has found; all of it is true of the sets that were tried even if it was cut. */
export interface Found {
  /** Everything that can be made stronger. */
  readonly candidates: readonly Strengthening[];
  /** Sets with which every spec holds and of which nothing can be left out or made weaker, cheapest first. */
  readonly sets: readonly (readonly Strengthening[])[];
  /** Sets with which LKMM forbids each run that was tried of those that violate a spec. */
  readonly undecided: readonly (readonly Strengthening[])[];
  /** By strengthening of some set of several: what is still violated with it alone. */
  readonly alone: ReadonlyMap<Strengthening, readonly string[]>;
  readonly searches: number;
  /** Counterexamples that were collected. */
  readonly evidence: number;
  /** What cut it, and whether that was before every set was tried. */
  readonly cut?: string;
  readonly isComplete: boolean;
}

const SETS_PER_BREATH = 200;

/**
 * Finds all minimal sets of strengthenings with which the specs hold, cheapest first. A set is searched only if each
 * counterexample so far is none with it: those it lets pass need no search. What a search finds is evidence against others.
 */
export async function huntFences(hunt: Hunt): Promise<Found> {
  const { program, base, most } = hunt;
  const sites = sitesOf(program);
  const candidates = strengtheningsOf(program, sites).filter((one) => BARRIERS[hunt.memory].matters(one));
  const numbers = new Map(candidates.map((one, i) => [one, i] as const));
  const evidence = [...evidenceOf(hunt, base, sites, candidates)];
  const sets: (readonly Strengthening[])[] = [];
  const undecided: (readonly Strengthening[])[] = [];
  const waiting = new Waiting(numbers);
  let [searches, tried] = [0, 0];
  let cut: string | undefined;

  const isCovered = (set: readonly Strengthening[], by: readonly Strengthening[]): boolean =>
    by.every((weaker) => set.some((one) => one === weaker || covers(sites, one, weaker)));

  for (let set = waiting.next(); set && cut === undefined; set = waiting.next()) {
    if (++tried % SETS_PER_BREATH === 0) await hunt.breathe();
    cut = hunt.stop();
    if (cut !== undefined) break;
    if ([...sets, ...undecided].some((known) => isCovered(set!, known))) continue;
    let against = evidence.find((one) => one.isAllowed(set!));
    if (!against) {
      const stronger = strengthened(program, sites, set);
      const explored = await hunt.explore(stronger);
      searches++;
      ({ cut } = explored);
      const news = [...evidenceOf(hunt, explored, sites, candidates)];
      evidence.push(...news);
      [against] = news;
      if (!against) {
        if (cut !== undefined) break;
        (isUncertain(hunt, explored) ? undecided : sets).push(set);
        continue;
      }
      if (!against.isAllowed(set))
        throw new InternalError(`a counterexample for '${against.spec}' is none of the machine it was found on`);
    }
    if (set.length === most) continue;
    for (const one of against.relevant) if (isRoomFor(one, set) && against.isNews(one, set)) waiting.add([...set, one]);
  }

  const isComplete = cut === undefined;
  const alone = new Map<Strengthening, readonly string[]>();
  for (const one of new Set(sets.filter(({ length }) => length > 1).flat())) {
    if (cut !== undefined) break;
    const explored = await hunt.explore(strengthened(program, sites, [one]));
    searches++;
    ({ cut } = explored);
    if (cut === undefined)
      alone.set(
        one,
        [...hunt.specs].filter((name) => explored.found.has(name)),
      );
  }
  const known = { candidates, sets, undecided, alone, searches, evidence: evidence.length, isComplete };
  return { ...known, ...(cut !== undefined && { cut }) };
}

/** A step has one qualifier. */
const isRoomFor = (one: Strengthening, set: readonly Strengthening[]): boolean =>
  !set.some(
    (other) => other === one || (isQualifier(one.by) && isQualifier(other.by) && stepOf(one) === stepOf(other)),
  );

const isUncertain = ({ specs }: Hunt, { uncertain }: Explored): boolean =>
  [...specs].some((name) => uncertain?.has(name) === true);

function* evidenceOf(
  { specs, memory }: Hunt,
  { found, machine }: Explored,
  sites: Sites,
  candidates: readonly Strengthening[],
): Generator<Evidence> {
  for (const [spec, schedule] of found)
    if (specs.has(spec)) yield BARRIERS[memory].evidence(machine, schedule, spec, sites, candidates);
}

/** Sets that are still to be tried: the cheapest first, of these the smallest, and of these those that came first. */
class Waiting {
  private readonly numbers: ReadonlyMap<Strengthening, number>;
  private readonly known = new Set<string>();
  /** By cost, then by size. */
  private readonly buckets: (readonly Strengthening[])[][][] = [[[[]]]];

  constructor(numbers: ReadonlyMap<Strengthening, number>) {
    this.numbers = numbers;
  }

  add(set: readonly Strengthening[]): void {
    const sorted = set.toSorted((a, b) => this.numbers.get(a)! - this.numbers.get(b)!);
    const key = sorted.map((one) => this.numbers.get(one)!).join();
    if (this.known.has(key)) return;
    this.known.add(key);
    ((this.buckets[costOf(set)] ??= [])[set.length] ??= []).push(sorted);
  }

  next(): readonly Strengthening[] | undefined {
    return this.buckets
      .flat()
      .find((sets) => sets !== undefined && sets.length > 0)
      ?.shift();
  }
}
