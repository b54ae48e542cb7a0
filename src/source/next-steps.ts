import type { Anchored } from "./anchor.ts";
import { backEdges, type Flow, type SourceEvent } from "./events.ts";

/** What comes after a step: another step, or the end of the path. */
export const END = "";

/** Steps as a sentence has them. */
export const shownSteps = (labels: Iterable<string>): string =>
  [...new Set(labels)].map((label) => (label === END ? "the end" : label)).join(", ");

/**
 * Which steps may come next in the source after a step, by what it has said where it is a test. Where a loop is run again, what
 * comes behind it is next, too: a path need not have each turn.
 */
export class NextSteps {
  readonly #flow: Flow;
  /** By event: the labels that are there. */
  readonly #labels = new Map<number, string[]>();
  readonly #anchors: Anchored["anchors"];
  readonly #back: ReadonlySet<string>;
  readonly #exits: ReadonlySet<number>;

  constructor(flow: Flow, { anchors }: Anchored) {
    this.#flow = flow;
    this.#anchors = anchors;
    this.#back = backEdges(flow.next);
    this.#exits = new Set(flow.exits);
    for (const [label, { events }] of anchors)
      for (const { index } of events) this.#labels.set(index, [...(this.#labels.get(index) ?? []), label]);
  }

  /** The steps that are at an event. */
  at({ index }: SourceEvent): readonly string[] {
    return this.#labels.get(index) ?? [];
  }

  /** After any of the operations of a step, among which several may stand for one. */
  after(label: string): ReadonlySet<string> {
    const { events } = this.#anchors.get(label)!;
    const found = this.#from(events);
    for (const other of events.flatMap((event) => this.at(event))) if (other !== label) found.add(other);
    return found;
  }

  /** After a test that decides where a step leads. */
  afterTest(test: SourceEvent, when: boolean): ReadonlySet<string> {
    return this.#from([test], when);
  }

  #from(starts: readonly SourceEvent[], when?: boolean): Set<string> {
    const { next, sides, events, endless } = this.#flow;
    const found = new Set<string>();
    const work: { readonly index: number; readonly isAgain: boolean }[] = [];
    const seen = new Set<number>();
    const go = (from: number, isAgain: boolean, side?: boolean): void =>
      next[from]!.forEach((to, i) => {
        const on = sides[from]![i];
        if (side === undefined || on === undefined || on === side)
          work.push({ index: to, isAgain: isAgain || this.#back.has(`${from},${to}`) });
      });
    for (const { index } of starts) go(index, false, when);
    for (let at = work.pop(); at; at = work.pop()) {
      const { index, isAgain } = at;
      const key = 2 * index + Number(isAgain);
      if (seen.has(key)) continue;
      seen.add(key);
      if (this.#exits.has(index)) found.add(END);
      const labels = this.#labels.get(index) ?? [];
      for (const one of labels) found.add(one);
      if (isAgain) for (const { event } of endless.get(index) ?? []) go(event, false);
      // The place of a step is the first of its operations: a path that goes on to others may have done it before.
      const isPlace = labels.some((one) => this.#anchors.get(one)!.events[0]!.index === index);
      if (!isPlace) go(index, isAgain);
      else if (isAgain && events[index]!.isLoopTest) go(index, false, false);
    }
    return found;
  }
}
