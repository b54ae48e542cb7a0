import { List } from "immutable";
import type { Program } from "../machine/program.ts";
import { DONE, State } from "../machine/state.ts";
import { assemble, type Func } from "./assembler.ts";
import { expandFunction, regionFor, specFunction, width, type Region } from "./codegen.ts";
import { merger, type Node } from "./graph.ts";
import {
  assignFunction,
  canonFunction,
  hashFunction,
  insertFunction,
  placeFunction,
  touchFunction,
} from "./kernels.ts";
import { aloneIn, tableOf, tablesOf, WORDS_A_POINT, type Alone } from "./alone.ts";
import { footprintsOf, waysOf, type Footprints } from "./footprints.ts";
import { marksIn, type Marks } from "./marks.ts";
import { pack, packedAs, valueAt, type Field, type Packing } from "./pack.ts";
import { alikeIn, type Alike } from "../analysis/alike.ts";
import { relabelOf, type Relabel } from "./relabel.ts";
import { settleFunction } from "./settle.ts";
import { unitsOf } from "./units.ts";
import { isFinished } from "../machine/finish.ts";
import { specTreeOf } from "../analysis/decision-tree.ts";
import { takeApart } from "../analysis/reachable.ts";

/** A field that is 0 when its thread is done; the other values are those with which it may rest. */
export interface End extends Field {
  readonly rests: readonly number[];
}

/** A machine as WebAssembly over packed states, with what its callers need to know about it. */
export interface Compiled {
  readonly program: Program;
  readonly packing: Packing;
  readonly marks: Marks;
  /** What tells whether a run is over: control points and, where there are store buffers, these. */
  readonly ends: readonly End[];
  /** By thread and control point: what its step does. */
  readonly steps: readonly (readonly Node[])[];
  /** By spec, of which the module has `spec0`, `spec1`, ...; nothing for one that reads too much to be taken apart. */
  readonly specs: readonly (Node | undefined)[];
  /** The module: made when somebody asks for it. */
  readonly code: Uint8Array<ArrayBuffer>;
  /** The part of it that knows nothing of steps and specs: machines with states of one size have the same. */
  readonly storing: Uint8Array<ArrayBuffer>;
  readonly region: Region;
  readonly footprints: Footprints;
  /** What lies at `ways` of each region. */
  readonly ways: BigInt64Array;
  /** Where steps are taken alone that may be: which, and what lies at `alone` of each region. */
  readonly alone?: Alone;
  readonly aloneTable: BigInt64Array;
  /** The most successors that one state can have. */
  readonly mostSuccessors: number;
  /** The symmetric groups whose members the search does not tell apart. */
  readonly symmetric: readonly string[];
  /** What else makes one state of those that differ in who is who: where pointers have to be renamed. */
  readonly relabel: Relabel | undefined;
  /** By group: its members, each with the fields that put it in its place among them, most significant first. */
  readonly groups: readonly (readonly { readonly thread: number; readonly parts: readonly Field[] }[])[];
  /** Distinct nodes of all steps' decision trees. */
  readonly nodes: number;
}

/**
 * Compiles a machine. Throws a ModelError that names the step if one reads too much at once, or if `useSymmetry` is set
 * and one tells threads apart that are declared symmetric. `goesAlone`: for a search that takes steps alone where it may.
 */
export function compile(program: Program, useSymmetry: boolean, goesAlone = false): Compiled {
  const { trees, positionsOf } = takeApart(program);
  const { groups, labels, names } = useSymmetry ? alikeIn(program, trees, positionsOf) : APART;
  const units = groups.map((group) => unitsOf(program, group, positionsOf));
  const packing = pack(program, positionsOf, units.flat(2));
  let nodes = 0;
  const steps = trees.map((points, t) => {
    const merge = merger(packing, t);
    const merged = points.map((tree, point) => merge(tree, point));
    nodes += new Set(merged.flatMap((node) => [...reachable(node)])).size;
    return merged;
  });
  const specTrees = program.scenario.specs.map(
    (spec) => [spec, specTreeOf(program, spec, packing.positionsOf)] as const,
  );
  const specs = specTrees.map(([, tree]) => tree && merger(packing, 0)(tree, 0));
  const mostSuccessors = Math.max(
    1,
    steps.reduce((sum, points) => sum + Math.max(...points.map((node) => width(node))), 0),
  );
  const region = regionFor(
    packing,
    program.threads.reduce((sum, { points }) => sum + points.length, 0),
    mostSuccessors,
    goesAlone ? 8 * WORDS_A_POINT * tablesOf(steps).at(-1)! : 0,
  );
  const footprints = footprintsOf(steps);
  const alone = goesAlone ? aloneIn(program, specTrees, steps, footprints) : undefined;
  const pointed = (labels?.kin ?? []).map(({ members }) => members.flatMap(({ thread }) => thread ?? []));
  const exchanged = [...groups.map(({ members }) => members.map(({ thread }) => thread)), ...pointed];
  const marks = marksIn(packing, new Set(exchanged.flat()));
  const parts = units.map((members) => members.map((all) => all.map((unit) => packing.units.get(unit)!)));
  const stored = (): Record<string, Func> => ({
    hash: hashFunction(packing.words, marks.field),
    assign: assignFunction(packing.words, marks.field),
    touch: touchFunction(packing.words),
    insert: insertFunction(packing.words, marks.field),
    place: placeFunction(),
    canon: canonFunction(packing.words, parts),
  });
  const code = once(() =>
    assemble({
      ...(alone && { settle: settleFunction(packing, steps, region, alone, footprints) }),
      expand: expandFunction(packing, steps, region, marks, footprints, alone && SETTLE),
      ...stored(),
      ...Object.fromEntries(
        specs.flatMap((node, i) => (node ? [[`spec${i}`, specFunction(packing, node)] as const] : [])),
      ),
    }),
  );
  const storing = once(() => {
    if (parts.length > 0) return assemble(stored());
    const key = [packing.words, marks.field.word, marks.field.mask << marks.field.shift].join();
    const made = storingOf.get(key) ?? assemble(stored());
    storingOf.set(key, made);
    return made;
  });
  return {
    program,
    packing,
    marks,
    ends: program.threads.map((thread, t) =>
      thread.buffer
        ? { ...packing.cells.get(thread.buffer.slots[0]!)!, rests: [] }
        : {
            ...packing.points[t]!,
            rests: [...thread.points.keys()].filter((point) => isFinished(thread, point)).map((point) => point - DONE),
          },
    ),
    steps,
    specs,
    get code() {
      return code();
    },
    get storing() {
      return storing();
    },
    region,
    footprints,
    ways: waysOf(steps, footprints),
    ...(alone && { alone }),
    aloneTable: alone ? tableOf(alone) : new BigInt64Array(0),
    mostSuccessors,
    symmetric: names,
    relabel: labels && relabelOf(program, packing, labels),
    groups: [
      ...groups.map(({ members }, g) => members.map(({ thread }, m) => ({ thread, parts: parts[g]![m]! }))),
      ...pointed.map((threads) => threads.map((thread) => ({ thread, parts: [packing.points[thread]!] }))),
    ],
    nodes,
  };
}

/** By size of a state and by its marks, where no threads are taken for one another: there are few, and a pool has thousands of machines. */
const storingOf = new Map<string, Uint8Array<ArrayBuffer>>();

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Where `settle` stands in the module. */
const SETTLE = 0;
const APART: Alike = { groups: [], labels: undefined, names: [] };

function reachable(node: Node, seen = new Set<Node>()): ReadonlySet<Node> {
  if (seen.has(node)) return seen;
  seen.add(node);
  if (node.kind === "branch") for (const arm of node.arms) reachable(arm, seen);
  if (node.kind === "choice") for (const option of node.options) reachable(option, seen);
  return seen;
}

/** A state as the words of its packed form. */
export function encode({ packing }: Compiled, state: State): Int32Array {
  const words = new Int32Array(packing.words);
  const put = ({ word, shift }: { readonly word: number; readonly shift: number }, value: number): void => {
    words[word]! |= value << shift;
  };
  for (const [cell, field] of packing.cells) put(field, packedAs(packing, cell, state.cells.get(cell.index)!));
  for (const [thread, field] of packing.points.entries()) put(field, state.points.get(thread)! - DONE);
  return words;
}

/** The state that a packed form stands for. */
export function decode({ program, packing }: Compiled, words: Int32Array): State {
  return State({
    cells: List(
      program.cells.map(
        (cell) => cell.values[packing.positionsOf(cell)[valueAt(words, 0, packing.cells.get(cell)!)]!]!,
      ),
    ),
    points: List(packing.points.map((field) => valueAt(words, 0, field) + DONE)),
  });
}
