import { compile, decode, encode } from "../compile/compiled.ts";
import { forEachStep, throwIn } from "../compile/steps-from.ts";
import { valueAt } from "../compile/pack.ts";
import { scMachine } from "../memory/sc/machine.ts";
import { judge } from "../machine/judge.ts";
import type { Program } from "../machine/program.ts";
import { DONE, keyOfWords, readerOf } from "../machine/state.ts";
import { ascii } from "../report/text/wrap.ts";
import { distinctInitial, labelOf } from "./exported.ts";

/** A machine as a labelled transition system, in Aldebaran's format. */
export interface Aut {
  readonly text: string;
  /** One more than faultline counts where it has several initial states: from the first one leads to each. */
  readonly states: number;
  readonly transitions: number;
}

/**
 * Every state and every transition, which is called by its thread and its step. What a label cannot say of a transition
 * is said of a state by one that leads back to it: which specs it violates or meets, and that its run is over.
 */
export function aut(program: Program): Aut {
  const compiled = compile(program, false);
  const machine = scMachine(program);
  const initial = distinctInitial(program);
  const numbers = new Map<string, number>();
  const queue: Int32Array[] = [];
  const lines: string[] = [];
  const edge = (from: number, label: string, to: number): void => {
    lines.push(`(${from}, "${ascii(label).replaceAll('"', "'")}", ${to})`);
  };
  const shift = initial.length > 1 ? 1 : 0;
  const numberOf = (words: Int32Array): number => {
    const key = keyOfWords(words);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    const number = queue.push(words) - 1 + shift;
    numbers.set(key, number);
    return number;
  };
  for (const state of initial) {
    const number = numberOf(encode(compiled, state));
    if (shift > 0) edge(0, "init", number);
  }
  for (let next = 0; next < queue.length; next++) {
    const words = queue[next]!;
    const from = next + shift;
    let isLast = true;
    forEachStep(compiled, words, ({ thread }, end) => {
      isLast = false;
      const { name } = program.threads[thread]!;
      const point = valueAt(words, 0, compiled.packing.points[thread]!) + DONE;
      const label = `${name}: ${labelOf(program.threads[thread]!, point)}`;
      if ("fails" in end) edge(from, `violated: ${end.fails} in ${label}`, from);
      else if ("throws" in end) throwIn(compiled, [words]);
      else edge(from, label, numberOf(end.to));
    });
    const state = decode(compiled, words);
    const isDone = isLast && machine.isDone(state);
    for (const spec of program.scenario.specs) {
      if (spec.kind === "atEnd" && !isDone) continue;
      const { holds } = judge(program, spec, readerOf(state));
      if (spec.kind === "sometimes" && holds) edge(from, `reached: ${spec.name}`, from);
      if (spec.kind !== "sometimes" && !holds) edge(from, `violated: ${spec.name}`, from);
    }
    if (isDone) edge(from, "done", from);
  }
  const states = queue.length + shift;
  return {
    text: [`des (0, ${lines.length}, ${states})`, ...lines, ""].join("\n"),
    states,
    transitions: lines.length,
  };
}
