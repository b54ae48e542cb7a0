import type { Instruction } from "./classics.ts";

interface Cpu {
  readonly pc: number;
  readonly r: number;
  readonly s: number;
  readonly buffer: readonly (readonly [string, number])[];
}
interface State {
  readonly memory: Readonly<Record<string, number>>;
  readonly cpus: readonly Cpu[];
}

/**
 * All outcomes of a program of `classics.ts` on sequential consistency or, with store buffers, on x86-TSO: written anew
 * after Owens, Sarkar, Sewell, "A better x86 memory model: x86-TSO" (2009), and sharing nothing with src/.
 */
export function naiveOutcomes(texts: readonly string[], hasBuffers: boolean): readonly string[] {
  const programs = texts.map((text) => text.split("; "));
  const first: State = {
    memory: { x: 0, y: 0, z: 0, l: 0 },
    cpus: programs.map(() => ({ pc: 0, r: 0, s: 0, buffer: [] })),
  };
  const seen = new Set<string>();
  const stack = [first];
  const outcomes = new Set<string>();
  while (stack.length > 0) {
    const state = stack.pop()!;
    const key = JSON.stringify(state);
    if (seen.has(key)) continue;
    seen.add(key);
    const next = programs.flatMap((program, i) => successors(state, program, i, hasBuffers));
    if (next.length === 0 && state.cpus.every(({ pc }, i) => pc >= programs[i]!.length)) outcomes.add(show(state));
    stack.push(...next);
  }
  return [...outcomes].toSorted();
}

const show = ({ memory, cpus }: State): string =>
  [
    ...Array.from({ length: 4 }, (_, i) => `${cpus[i]?.r ?? 0}${cpus[i]?.s ?? 0}`),
    `x=${memory["x"]} y=${memory["y"]} z=${memory["z"]}`,
  ].join(" ");

function successors(state: State, program: readonly Instruction[], i: number, hasBuffers: boolean): readonly State[] {
  const cpu = state.cpus[i]!;
  const moved = (to: Partial<Cpu>, memory = state.memory): State => ({
    memory,
    cpus: state.cpus.map((other, j) => (j === i ? { ...cpu, ...to } : other)),
  });
  const flushed: State[] = [];
  if (cpu.buffer.length > 0) {
    const [[to, value], ...rest] = cpu.buffer as [readonly [string, number], ...(readonly [string, number])[]];
    flushed.push(moved({ buffer: rest }, { ...state.memory, [to]: value }));
  }
  const text = program[cpu.pc];
  return text === undefined ? flushed : [...flushed, ...execute(text)];

  function execute(text: Instruction): readonly State[] {
    const [kind, a, b, c] = text.split(" ") as [string, string, string, string];
    const pc = cpu.pc + 1;
    const value = (word: string): number => (word === "r" || word === "s" ? cpu[word] : Number(word));
    const load = (from: string): number => cpu.buffer.findLast(([to]) => to === from)?.[1] ?? state.memory[from]!;
    const store = (place: string, v: number, to: Partial<Cpu>): State =>
      hasBuffers ? moved({ ...to, buffer: [...cpu.buffer, [place, v]] }) : moved(to, { ...state.memory, [place]: v });
    const locked = (result: () => State): readonly State[] => (cpu.buffer.length > 0 ? [] : [result()]);
    switch (kind) {
      case "W":
        return [store(a, value(b), { pc })];
      case "R":
        return [moved({ pc, [b]: load(a) })];
      case "X":
        return locked(() => moved({ pc, [c]: load(a) }, { ...state.memory, [a]: value(b) }));
      case "I":
        return locked(() => moved({ pc }, { ...state.memory, [a]: (load(a) + 1) % 4 }));
      case "B":
        return [moved({ pc: cpu[a as "r" | "s"] === 0 ? pc + 1 : pc })];
      case "L":
        return state.memory["l"] === 0 ? locked(() => moved({ pc }, { ...state.memory, l: 1 })) : [];
      case "T":
        return load("l") === 0
          ? locked(() => moved({ pc, [a]: 1 }, { ...state.memory, l: 1 }))
          : [moved({ pc, [a]: 0 })];
      case "U":
        return [store("l", 0, { pc })];
      case "mb":
        return locked(() => moved({ pc }));
      default:
        return [moved({ pc })];
    }
  }
}
