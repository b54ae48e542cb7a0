import { createHash } from "node:crypto";
import type { Path } from "../model/path.ts";
import type { Anchored } from "./anchor.ts";
import type { Flow, SourceEvent } from "./events.ts";
import type { NameTable } from "./names.ts";
import { isAccountable } from "./scope.ts";

/**
 * What the source of paths was when they were compared with it, by the release of the tree and the name of the path: a word for each
 * set of steps that has the name, as `comparedWord` writes it. No C is in it.
 */
export type ComparedWith = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** So long is a digest: 24 bits. */
const LENGTH = 4;
const NOWHERE = "-".repeat(LENGTH);

const digest = (text: string, length = LENGTH): string =>
  createHash("sha256").update(text).digest("base64url").slice(0, length);

/** What of a path decides what is digested: a path that was changed has to be compared again. */
function shapeOf({ labels, about }: Path): string {
  const { file, functions, at, omits = {}, notInSource = {} } = about;
  const nowhere = typeof notInSource === "string" ? [] : Object.keys(notInSource);
  return digest(JSON.stringify([labels, file, functions, at, Object.keys(omits), nowhere]), 2 * LENGTH);
}

/** The C of one step, and what leads to it from those before. */
interface Digested {
  readonly operation: string;
  readonly way: string;
}

/** What a path is beside a tree, to be kept. */
export function comparedWord(path: Path, flow: Flow, anchored: Anchored, names: NameTable): string {
  const lead = new Leading(flow, anchored, names);
  const all = path.labels.map((label) => lead.digestOf(label));
  const steps = all.map((one) => (one ? one.operation + one.way : NOWHERE + NOWHERE));
  return [shapeOf(path), ...steps, lead.ofEnd()].join("");
}

/** Of the trees that are kept, the one to compare another with: that of this very release, or else of its series the nearest. */
export function keptFor(release: string, kept: ComparedWith): string | undefined {
  if (Object.hasOwn(kept, release)) return release;
  const [series, update] = partsOf(release);
  const all = Object.keys(kept).filter((one) => partsOf(one)[0] === series);
  const away = (one: string): number => Math.abs(partsOf(one)[1] - update);
  return all.toSorted((a, b) => away(a) - away(b))[0];
}

/** `v6.12` and 117 of `v6.12.117`. */
function partsOf(release: string): readonly [series: string, update: number] {
  const [, series = release, update = "0"] = /^(v\d+\.\d+)(?:\.(\d+))?/.exec(release) ?? [];
  return [series, Number(update)];
}

/** What comes behind the last steps, as a label. */
export const THE_END = "the end";

/**
 * By label: the steps that are not as they were when the path was compared with the tree of a release, and why. Nothing where that
 * is not kept, or is of a path with other steps.
 */
export function differing(
  path: Path,
  flow: Flow,
  anchored: Anchored,
  { names, kept, release }: { readonly names: NameTable; readonly kept: ComparedWith; readonly release: string },
): ReadonlyMap<string, string> | undefined {
  const shape = shapeOf(path);
  const paths = Object.hasOwn(kept, release) ? kept[release]! : {};
  const words = (Object.hasOwn(paths, path.name) ? paths[path.name]! : "").split(" ");
  const digests = words.find((word) => word.startsWith(shape))?.slice(shape.length);
  if (digests === undefined) return undefined;
  const was = (part: number): string => digests.slice(part * LENGTH, (part + 1) * LENGTH);
  const lead = new Leading(flow, anchored, names);
  const beside = `than in ${release} as the path was compared with it`;
  const why = new Map<string, string>();
  path.labels.forEach((label, i) => {
    const is = lead.digestOf(label);
    if (!is) return;
    if (was(2 * i) !== is.operation) why.set(label, `other C ${beside}`);
    else if (was(2 * i + 1) !== is.way) why.set(label, `other ways to it ${beside}; now ${lead.shown(label)}`);
  });
  if (was(2 * path.labels.length) !== lead.ofEnd()) why.set(THE_END, `other ways to it ${beside}`);
  return why;
}

const SIDES: readonly (boolean | undefined)[] = [undefined, false, true];

interface Edge {
  readonly from: number;
  readonly side: boolean | undefined;
  readonly to: number;
}

/** What leads from steps to a step: tests, and operations that are no steps, in the ways of the source. */
class Leading {
  readonly #flow: Flow;
  readonly #anchors: Anchored["anchors"];
  readonly #names: NameTable;
  /** By event: the labels of the steps that are there. */
  readonly #steps = new Map<number, string>();
  readonly #before: readonly (readonly { readonly from: number; readonly side: boolean | undefined }[])[];

  constructor(flow: Flow, { anchors }: Anchored, names: NameTable) {
    this.#flow = flow;
    this.#anchors = anchors;
    this.#names = names;
    for (const [label, { events }] of anchors)
      for (const { index } of events) this.#steps.set(index, `${this.#steps.get(index) ?? ""}${label}\n`);
    const before = flow.next.map((): { from: number; side: boolean | undefined }[] => []);
    flow.next.forEach((all, from) => {
      all.forEach((to, i) => {
        before[to]!.push({ from, side: flow.sides[from]![i] });
      });
    });
    this.#before = before;
  }

  digestOf(label: string): Digested | undefined {
    const events = this.#anchors.get(label)?.events;
    if (!events) return undefined;
    return {
      operation: digest(events.map((event) => this.#textOf(event.index)).join("\n")),
      way: this.#digestOf(events.map(({ index }) => index)),
    };
  }

  /** Behind the last steps. */
  ofEnd(): string {
    return this.#digestOf(this.#flow.exits.slice(-1));
  }

  /** What comes before a step, the nearest first, for people. */
  shown(label: string): string {
    const targets = this.#anchors.get(label)!.events.map(({ index }) => index);
    const edges = this.#edgesTo(targets);
    const between = [...new Set(edges.map(({ from }) => from))].filter((index) => !this.#steps.has(index));
    // The nearest first: what stands right before the step in the text, and last what comes to it from behind, around a loop.
    const own = Math.min(...targets);
    const back = (index: number): number => (index < own ? own - index : this.#flow.events.length + index);
    const near = between.toSorted((a, b) => back(a) - back(b));
    const texts = [...new Set(near.map((index) => this.#flow.events[index]!.text))].filter((text) => text !== "");
    const most = 4;
    const rest = texts.length > most ? [`${texts.length - most} more`] : [];
    const named = [...texts.slice(0, most), ...rest];
    return named.length === 0 ? "nothing is asked or left out before it" : `by ${named.join(", ")}`;
  }

  #digestOf(targets: readonly number[]): string {
    const place = ({ from, to, side }: Edge): number =>
      (from * this.#flow.events.length + to) * 3 + SIDES.indexOf(side);
    const edges = this.#edgesTo(targets).toSorted((a, b) => place(a) - place(b));
    const texts = edges.map(({ from, side, to }) => `${this.#nameOf(from)}\t${side ?? ""}\t${this.#nameOf(to)}`);
    return digest(texts.join("\n"));
  }

  /** A step by its label: what it is has a digest of its own. */
  #nameOf(index: number): string {
    return this.#steps.get(index) ?? this.#textOf(index);
  }

  #textOf(index: number): string {
    return this.#names.normal(this.#flow.events[index]!.text);
  }

  /** Back to the steps before, with what only computes passed over. */
  #edgesTo(targets: readonly number[]): readonly Edge[] {
    const edges = new Map<string, Edge>();
    const work = [...targets];
    const seen = new Set(work);
    for (let to = work.pop(); to !== undefined; to = work.pop())
      for (const { from, side } of this.#seenBefore(to)) {
        edges.set(`${from},${side},${to}`, { from, side, to });
        if (this.#steps.has(from) || seen.has(from)) continue;
        seen.add(from);
        work.push(from);
      }
    return [...edges.values()];
  }

  /** The nearest events before one that matter. */
  #seenBefore(to: number): readonly { readonly from: number; readonly side: boolean | undefined }[] {
    const found: { readonly from: number; readonly side: boolean | undefined }[] = [];
    const work = [...this.#before[to]!];
    const passed = new Set<number>();
    for (let edge = work.pop(); edge; edge = work.pop()) {
      const { from } = edge;
      if (this.#matters(from)) found.push(edge);
      else if (!passed.has(from)) {
        passed.add(from);
        work.push(...this.#before[from]!);
      }
    }
    return found;
  }

  #matters(index: number): boolean {
    const event: SourceEvent = this.#flow.events[index]!;
    return (
      this.#steps.has(index) ||
      this.#before[index]!.length === 0 ||
      isAccountable(event) ||
      this.#flow.sides[index]!.some((side) => side !== undefined)
    );
  }
}
