import type { SourceEvent } from "./events.ts";
import type { CFunction } from "./functions.ts";
import { oneLine, type Syntax } from "./grammar.ts";

/** A way out of what has been read: from an event, and of a test, where it is true, or false. */
export interface End {
  readonly event: number;
  readonly when?: boolean;
}
export type Ends = readonly End[];

/** The ways out of a condition, by what it has said. */
export interface Decided {
  readonly yes: Ends;
  readonly no: Ends;
}

/** One function that is being read: where it is left, and where its labels are. */
export interface Activation {
  readonly fn: CFunction;
  readonly chain: readonly string[];
  readonly isInLoop: boolean;
  readonly under: readonly string[];
  readonly labels: Map<string, number>;
  label: string | undefined;
  leaves: Ends;
  /** Of the leaves, those that give back what is never true, or always. */
  readonly gives: Map<number, boolean>;
}

/** What an event stands in. */
export interface Around {
  readonly under: readonly string[];
  readonly isInLoop: boolean;
  /** It decides whether a loop is run again. */
  readonly isLoopTest?: boolean;
  /** Where `break` and `continue` lead. */
  readonly breaks?: End[];
  readonly again?: number;
  readonly assertion?: string;
}

/** Events as they are read, and what comes next after each. */
export class FlowGraph {
  readonly events: SourceEvent[] = [];
  readonly next: number[][] = [];
  /** Beside `next`: what a test has said on that way. */
  readonly sides: (boolean | undefined)[][] = [];
  /** Of loops that have no test: where they begin, and how they are left. */
  readonly endless = new Map<number, Ends>();

  event(
    act: Activation,
    node: Syntax,
    around: Around,
    ends: Ends,
    what: Partial<SourceEvent> & Pick<SourceEvent, "kind">,
  ): Ends {
    const index = this.events.length;
    this.events.push({
      index,
      text: oneLine(node.text),
      args: [],
      file: act.fn.file,
      line: act.fn.line + node.startPosition.row - 1,
      chain: act.chain,
      label: act.label,
      under: around.under,
      isInLoop: around.isInLoop,
      isLoopTest: around.isLoopTest === true,
      fields: [],
      quiet: undefined,
      within: [],
      locals: [],
      ...what,
      ...(around.assertion !== undefined && { quiet: around.assertion }),
    });
    this.next.push([]);
    this.sides.push([]);
    this.link(ends, index);
    return [{ event: index }];
  }

  join(act: Activation, node: Syntax, ends: Ends): number {
    return this.event(act, node, { under: [], isInLoop: false }, ends, {
      kind: "join",
      text: "",
      quiet: "no operation",
    })[0]!.event;
  }

  /** A label's place in the graph, whether it has been come to or only jumped to. */
  label(name: string, act: Activation, node: Syntax): number {
    const known = act.labels.get(name);
    if (known !== undefined) return known;
    const made = this.join(act, node, []);
    act.labels.set(name, made);
    return made;
  }

  link(ends: Ends, to: number): void {
    for (const { event, when } of ends) {
      this.next[event]!.push(to);
      this.sides[event]!.push(when);
    }
  }
}

/** What an event has said, which is the last part of a condition. */
export const decidedBy = (ends: Ends): Decided => ({
  yes: ends.map(({ event }) => ({ event, when: true })),
  no: ends.map(({ event }) => ({ event, when: false })),
});

/** Ways out that are taken whatever a condition has said. */
export function whatever({ yes, no }: Decided): Ends {
  const sides = new Map<number, Set<boolean | undefined>>();
  for (const { event, when } of [...yes, ...no]) sides.set(event, (sides.get(event) ?? new Set()).add(when));
  return [...sides].map(([event, said]) =>
    said.size === 1 && !said.has(undefined) ? { event, when: [...said][0]! } : { event },
  );
}

/** What a value that is returned says as a condition, where it is always the same. */
export const constantIn = (text: string): boolean | undefined =>
  /^(?:0|false|NULL)$/.test(text) ? false : /^(?:1|true|-[1-9]\d*|-E[A-Z]+)$/.test(text) ? true : undefined;
