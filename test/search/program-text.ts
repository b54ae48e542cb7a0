import type { Assign, Bug, Call, Condition, Jump, Program, Step, Values } from "./program.ts";

const condition = ({ of, is, not }: Condition): string => `${of} ${not ? "!=" : "=="} ${is}`;
const onlyIf = (when: Condition | null): string => (when ? `if (${condition(when)}) ` : "");
const choice = (values: Values): string => (values.length === 1 ? String(values[0]) : `choose(${values.join(", ")})`);

function act(one: Assign | Bug): string {
  if (one.kind === "bug") return `BUG_ON(${condition(one.when)})`;
  const { when, to, of, plus } = one;
  return `${onlyIf(when)}${to} = ${of === null ? "" : `${of} + `}${choice(plus)}`;
}

const jumpText = (jump: Jump | null, length: number): readonly string[] =>
  jump ? [`${onlyIf(jump.when)}${jump.target < length ? `goto s${jump.target}` : "return"}`] : [];

function entry(step: Step | Call, length: number): string {
  if (step.kind === "call") {
    const { sub, n, givesBack, jump } = step;
    const made = `${givesBack ? "me.n = " : ""}sub${sub}(${n ?? "me.n"}, me.page)`;
    return [made, ...jumpText(jump, length)].join("; ");
  }
  const waits = step.wait ? [`wait while (${condition(step.wait)})`] : [];
  return [...waits, ...step.acts.map(act), ...jumpText(step.jump, length)].join("; ");
}

const body = (steps: readonly (Step | Call)[]): readonly string[] =>
  steps.map((step, i) => `  s${i}: ${entry(step, steps.length)};`);

/** A program as text, for whoever has to find out why the engines disagree about it. */
export function textOf({ init, subs, threads, specs }: Program): string {
  const isCalled = (sub: number): boolean =>
    [...threads.map(({ steps }) => steps), ...subs].flat().some((step) => step.kind === "call" && step.sub === sub);
  return [
    "",
    ...init.map(({ to, values }) => `${to} = ${choice(values)};`),
    ...subs.flatMap((steps, i) => (isCalled(i) ? [`sub${i}(n, page):`, ...body(steps)] : [])),
    ...threads.flatMap(({ count, isSymmetric, steps }, i) => [
      `thread ${i}, ${count} of it${isSymmetric ? ", symmetric" : ""}:`,
      ...body(steps),
    ]),
    ...specs.map(({ kind, any }, i) => `spec-${i}: ${kind} ${any.map(condition).join(" or ")}`),
    "",
  ].join("\n");
}
