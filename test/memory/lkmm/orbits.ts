import { LkmmGraph, isMove } from "../../../src/memory/lkmm/graph.ts";
import type { Cell } from "../../../src/model/access.ts";
import type { Program } from "../../../src/machine/program.ts";
import { Lkmm } from "../../../src/memory/lkmm/lkmm.ts";
import { valueIn } from "../../../src/memory/lkmm/word-encoding.ts";
import { MESSAGE, MESSAGE_SIZE, VIEW, VIEWS_PER_CPU } from "../../../src/memory/lkmm/layout.ts";

/** Every state that the machine of LKMM reaches, whatever happens first; told apart or not. */
export function lkmmStates(program: Program, isReduced: boolean): LkmmGraph {
  const graph = new LkmmGraph(new Lkmm(program), isReduced);
  for (let i = 0; i < graph.states.size; i++) {
    graph.expand(i);
    for (const effect of graph.lkmm.effects(graph.states.get(i))) if (isMove(effect)) graph.reach(effect.state);
  }
  return graph;
}

/**
 * How many states there are when the first threads count as one another: each state is written down in names, as
 * `mine[0].m` and `thread[0]`, and in every text that comes of renaming `[0]`, `[1]`, ... The least of them names its orbit.
 */
export function lkmmOrbits(program: Program, members: number): number {
  const { lkmm, states } = lkmmStates(program, false);
  const orders = permutations(Array.from({ length: members }, (_, i) => i));
  const orbits = new Set<string>();
  for (let i = 0; i < states.size; i++) {
    const text = described(lkmm, states.get(i)).join("\n");
    const renamed = orders.map((order) =>
      text
        .replaceAll(/\[(\d+)\]/g, (_, digits: string) => `[${order[Number(digits)] ?? digits}]`)
        .split("\n")
        .toSorted()
        .join("\n"),
    );
    orbits.add(renamed.toSorted()[0]!);
  }
  return orbits.size;
}

const permutations = (all: readonly number[]): readonly number[][] =>
  all.length === 0
    ? [[]]
    : all.flatMap((one) => permutations(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));

/** A line for each thing that a state holds; a view is a line for each word. */
function described({ layout, views }: Lkmm, state: Int32Array): readonly string[] {
  const view = (of: string, at: number): readonly string[] =>
    layout.lists.map(({ name }, x) => `${of} sees ${name} at ${views.at(state[at]!, x)}`);
  const valueOf = (cell: Cell): string => String(cell.values[state[layout.plainAt.get(cell)!]!]);
  const plain = layout.plain.filter(({ isLocal }) => !isLocal).map((cell) => `${cell.name}: ${valueOf(cell)}`);
  const threads = layout.threads.flatMap(({ joins }, t) => {
    const { name } = layout.program.threads[t]!;
    const locals = layout.plain
      .filter((cell) => cell.name.startsWith(`${name}.`))
      .map((cell) => [cell.name.slice(name.length), cell] as const);
    const at = layout.views + VIEWS_PER_CPU * t;
    return [
      `: ${state[layout.points + t]}, ${state[layout.pending + t]}`,
      ...Object.entries(VIEW).flatMap(([kind, i]) => view(kind, at + i)),
      ...view("graces", layout.graces + t),
      ...joins.flatMap((join, i) => view(`branch ${join}`, layout.branches[t]! + i)),
      ...locals.map(([local, cell]) => `${local}: ${valueOf(cell)}`),
      ...locals.flatMap(([local, cell]) => view(local, layout.localViewAt.get(cell)!)),
    ].map((line) => `thread[${t}] ${line}`);
  });
  const holders = ({ name }: { readonly name: string }, l: number): readonly string[] => [
    `${name} last held by [${state[layout.holders + 2 * l]! - 1}]`,
    ...layout.threads.map((_, t) => `${name} ever held by [${t}]: ${(state[layout.holders + 2 * l + 1]! >> t) & 1}`),
  ];
  const locks = layout.locks.flatMap((lock, l) => [
    ...view(`${lock.name} seen`, layout.lockViews + 2 * l),
    ...view(`${lock.name} done`, layout.lockViews + 2 * l + 1),
    ...(layout.keepsHolders ? holders(lock, l) : []),
  ]);
  const entries = layout.entries.flatMap(({ cells }, e) => [
    ...view(`${cells[0]!.name} floor`, layout.floors + e),
    ...view(`${cells[0]!.name} used`, layout.uses + e),
    ...cells.flatMap((cell) => view(cell.name, layout.localViewAt.get(cell)!)),
  ]);
  let at = layout.messages;
  const stores = layout.lists.flatMap((word, x) =>
    Array.from({ length: state[layout.lengths + x]! }, (_, i) => {
      const mark = state[at + MESSAGE.mark]!;
      const content = state[at + MESSAGE.content]!;
      const store = `${word.name} #${i}`;
      const seen = view(store, at + MESSAGE.view);
      at += MESSAGE_SIZE;
      return [
        `${store} by [${(mark >> 1) - 1}] ${mark & 1}`,
        ...word.cells.map((cell) => `${store} ${cell.name}=${String(valueIn(word, content, cell))}`),
        ...seen,
      ];
    }).flat(),
  );
  return [
    ...plain,
    ...threads,
    ...view("strong", layout.strong),
    ...view("grace", layout.grace),
    ...locks,
    ...entries,
    ...stores,
  ];
}
