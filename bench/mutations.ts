/** One line of C where a path has a step, or leaves something out. */
export interface Spot {
  readonly file: string;
  readonly line: number;
  readonly function: string;
  readonly isStep: boolean;
}

/** A file with one thing in it changed. */
export interface Mutation {
  readonly kind: string;
  readonly file: string;
  readonly text: string;
  /** The line, and what became of it. */
  readonly what: string;
}

/** What one line becomes, with those behind it that change, too; nothing where the change does not apply. */
type Change = (line: string, next: string) => readonly string[] | undefined;

const CALL = /^\t+(?:[\w>.-]+ = )?[a-z_]\w*\(.*\);$/;
const LOCAL_TEST = /^(\t+(?:\} else )?if \()(!?)([a-z_]\w*)(\).*)$/;
const LOCAL_COMPARED = /^(\t+(?:\} else )?if \([a-z_]\w* )([=!]=)( \w+\).*)$/;
const ORDERS = /(?:^|_)(?:un)?lock|rcu_read|smp_|mb\(|preempt|irq/;
const indent = (line: string): string => /^\t*/.exec(line)![0];
const isMade = (line: string): boolean =>
  /^\t+[a-z_*].*;$/.test(line) && !/^\t+(?:return|goto|break|continue|else)\b/.test(line);

/** At the lines of steps: tests and jumps. */
const AT_STEPS: Readonly<Record<string, Change>> = {
  "a test negated": (line) => {
    const found = /^(\t+(?:\} else )?(?:if|while) \()(.*)(\)(?: \{)?)$/.exec(line);
    if (!found || !isBalanced(found[2]!)) return undefined;
    const [, head, test, tail] = found;
    return [`${head}${test!.startsWith("!") && !/&&|\|\|/.test(test!) ? test!.slice(1) : `!(${test})`}${tail}`];
  },
  "`==` and `!=` exchanged": (line) => {
    const found = /(.*\b(?:if|while) \(.*)([=!])=(.*)/.exec(line);
    return found ? [`${found[1]}${found[2] === "=" ? "!" : "="}=${found[3]}`] : undefined;
  },
  "`&&` and `||` exchanged": (line) => {
    const found = /(.*)(&&|\|\|)(.*)/.exec(line);
    return found ? [`${found[1]}${found[2] === "&&" ? "||" : "&&"}${found[3]}`] : undefined;
  },
};

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const one of text) {
    if (one === "(") depth++;
    if (one === ")") depth--;
    if (depth < 0) return false;
  }
  return depth === 0;
}

/** Every change that can be made to the functions of these lines, each by itself. */
export function* mutationsIn(spots: readonly Spot[], read: (file: string) => string): Generator<Mutation> {
  const lines = new Map<string, readonly string[]>();
  const of = (file: string): readonly string[] => {
    if (!lines.has(file)) lines.set(file, read(file).split("\n"));
    return lines.get(file)!;
  };
  const steps = new Set(spots.filter(({ isStep }) => isStep).map(({ file, line }) => `${file}:${line}`));
  const known = new Set(spots.map(({ file, line }) => `${file}:${line}`));
  const changed = (kind: string, file: string, line: number, to: readonly string[]): Mutation => {
    const all = of(file);
    const text = [...all.slice(0, line - 1), ...to, ...all.slice(line - 1 + to.length)].join("\n");
    return {
      kind,
      file,
      text,
      what: `${file}:${line}: ${all[line - 1]!.trim()} -> ${to.map((one) => one.trim()).join(" ")}`,
    };
  };

  for (const where of steps) {
    const [file, line] = [where.split(":")[0]!, Number(where.split(":")[1])];
    const [own, next] = [of(file)[line - 1]!, of(file)[line]!];
    for (const [kind, change] of Object.entries(AT_STEPS)) {
      const to = change(own, next);
      if (to) yield changed(kind, file, line, to);
    }
    // A jump that the step decides on, or that comes right behind it.
    for (const at of [line + 1, line + 2]) {
      const jump = of(file)[at - 1]!;
      const gone = /^(\t+)(goto \w+|continue|return\b.*);$/.exec(jump);
      if (!gone) continue;
      const word = /^\w+/.exec(gone[2]!)![0];
      yield changed(`a \`${word}\` dropped`, file, at, [`${gone[1]};`]);
      if (word !== "goto") break;
      const label = gone[2]!.slice(5);
      const others = labelsAround(of(file), at).filter((one) => one !== label);
      if (others.length > 0) yield changed("a `goto` to another label", file, at, [`${gone[1]}goto ${others[0]};`]);
      break;
    }
  }

  for (const { file, from, to } of rangesOf(spots.filter(({ isStep }) => isStep)))
    for (let line = from; line <= to; line++) {
      const [own, next] = [of(file)[line - 1]!, of(file)[line]!];
      const [here, behind] = [`${file}:${line}`, `${file}:${line + 1}`];
      const test = LOCAL_TEST.exec(own);
      const compared = LOCAL_COMPARED.exec(own);
      if (test)
        yield changed("a test of locals negated", file, line, [
          `${test[1]}${test[2] === "!" ? "" : "!"}${test[3]}${test[4]}`,
        ]);
      if (compared)
        yield changed("a test of locals negated", file, line, [
          `${compared[1]}${compared[2] === "==" ? "!=" : "=="}${compared[3]}`,
        ]);
      if (
        (test ?? compared) &&
        own.endsWith(")") &&
        /^\t+if/.test(own) &&
        isSimple(next) &&
        !/^\t+else/.test(of(file)[line + 1]!)
      )
        yield changed("a test of locals removed, with what it guards", file, line, ["", ""]);
      if (
        isMade(own) &&
        isMade(next) &&
        indent(own) === indent(next) &&
        own.trim() !== next.trim() &&
        known.has(here) &&
        known.has(behind)
      ) {
        const both = [steps.has(here), steps.has(behind)];
        const left = both[0] ? next : own;
        const kind =
          both[0] && both[1]
            ? undefined
            : !both[0] && !both[1]
              ? "two omitted calls exchanged"
              : ORDERS.test(left)
                ? "a step moved across an omitted lock, unlock or barrier"
                : "a step moved across another omitted call";
        if (kind !== undefined) yield changed(kind, file, line, [next, own]);
      }
      if (known.has(here) && CALL.test(own))
        yield* argumentsOf(own).map((one) => changed("another argument", file, line, [one]));
    }
}

const isSimple = (line: string): boolean => /^\t+[^\t].*;$/.test(line);

/** The lines between the first step and the last in each function. */
function rangesOf(
  spots: readonly Spot[],
): readonly { readonly file: string; readonly from: number; readonly to: number }[] {
  const found = new Map<string, { file: string; from: number; to: number }>();
  for (const { file, line, function: fn } of spots) {
    const key = `${file}:${fn}`;
    const known = found.get(key) ?? { file, from: line, to: line };
    found.set(key, { file, from: Math.min(known.from, line), to: Math.max(known.to, line) });
  }
  return [...found.values()];
}

/** The labels of the function that a line is in. */
function labelsAround(all: readonly string[], line: number): readonly string[] {
  const start = all.slice(0, line).lastIndexOf("{");
  const end = all.indexOf("}", line);
  return all.slice(start, end).flatMap((one) => /^\s?(\w+):\s*$/.exec(one)?.[1] ?? []);
}

/** A call, once with each of its arguments that is a name replaced by another name. */
function argumentsOf(line: string): readonly string[] {
  const found = /^(\t+(?:[\w>.-]+ = )?[a-z_]\w*\()([^()]*)(\);)$/.exec(line);
  if (!found) return [];
  const args = found[2]!.split(",");
  return args.flatMap((one, i) =>
    /^\s*&?[a-z_][\w>.-]*$/.test(one)
      ? [`${found[1]}${args.with(i, one.replace(/[a-z_]\w*$/, "other")).join(",")}${found[3]}`]
      : [],
  );
}
