/** A small generator of numbers that is the same on every machine: the same seed, the same programs. */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A random program of 2 or 3 threads in the instructions of `classics.ts`; `length` is that of its longest thread. */
export function randomProgram(next: (below: number) => number, length: number): readonly string[] {
  const pick = <T>(options: readonly T[]): T => options[next(options.length)]!;
  const variable = (): string => pick(["x", "y", "z"]);
  const register = (): string => pick(["r", "s"]);
  const one = (): readonly string[] => {
    switch (next(14)) {
      case 0:
      case 1:
      case 2:
        return [`W ${variable()} ${1 + next(2)} ${pick(["once", "once", "release"])}`];
      case 3:
        return [`W ${variable()} ${register()} once`];
      case 4:
      case 5:
      case 6:
        return [`R ${variable()} ${register()} ${pick(["once", "once", "acquire"])}`];
      case 7:
        return [`X ${variable()} ${1 + next(2)} ${register()} ${pick(["full", "relaxed", "acquire", "release"])}`];
      case 8:
        return [`I ${variable()} noreturn`];
      case 9:
        return [pick(["mb", "mb", "rmb", "wmb"])];
      case 10:
        return [`R ${variable()} r once`, "B r", `W ${variable()} 1 once`];
      case 11:
        return ["L", `W ${variable()} 2 once`, "U"];
      case 12:
        return ["L", `R ${variable()} s once`, "U"];
      default:
        return [`W ${variable()} 1 once`, `R ${variable()} ${register()} once`];
    }
  };
  return Array.from({ length: 2 + next(2) }, () => {
    const instructions: string[] = [];
    while (instructions.length < 2 + next(length - 1)) instructions.push(...one());
    return instructions
      .slice(0, length + 1)
      .filter((text, i, all) => balanced(text, i, all))
      .join("; ");
  });
}

// A thread that was cut short in a critical section does not take the lock.
const balanced = (text: string, i: number, all: readonly string[]): boolean =>
  text !== "L" || all.slice(i).includes("U");
