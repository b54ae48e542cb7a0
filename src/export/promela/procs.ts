import type { Cell } from "../../model/access.ts";
import { DONE } from "../../machine/state.ts";
import type { Exported, ExportedSpec, ExportedStep, ExportedThread } from "../exported.ts";
import { valueIn } from "../exported.ts";
import { foldCode, written } from "../expression.ts";
import { block, comment, remarked, WIDTH } from "./comment.ts";
import { kept, type Naming } from "./naming.ts";
import { keptBy, optionsOf, type Context, type Option } from "./steps.ts";

/** A thread: each step at its label, and at the end a place where it stays. */
export function procOf(
  thread: ExportedThread,
  asked: readonly ExportedSpec[],
  naming: Naming,
  isActive: boolean,
): readonly string[] {
  const context: Context = {
    notation: naming,
    label: (point) => naming.label(thread, point),
    fails: (check) => naming.checks.get(check)!,
    asks: (cells) => callsOf(asked, naming, cells),
  };
  const first = thread.steps[0]?.point ?? DONE;
  return [
    comment(thread.path === thread.name ? thread.name : `${thread.name} runs ${thread.path}`),
    `${isActive ? "active " : ""}proctype ${naming.proc(thread)}() {`,
    ...(thread.begin === first ? [] : [`\tgoto ${context.label(thread.begin)};`]),
    ...thread.steps.flatMap((step, i) => stepLines(step, thread.steps[i + 1]?.point ?? DONE, context, naming)),
    `${naming.label(thread, DONE)}:`,
    "\tfalse",
    "}",
  ];
}

const callsOf = (asked: readonly ExportedSpec[], naming: Naming, cells: ReadonlySet<Cell>): readonly string[] =>
  asked.filter(({ reads }) => [...reads].some((cell) => cells.has(cell))).map((one) => `${naming.asking(one)}()`);

function stepLines(
  { point, label, ways, mayRest }: ExportedStep,
  below: number,
  context: Context,
  naming: Naming,
): readonly string[] {
  const options = optionsOf(point, ways, context);
  const name = context.label(point);
  return [
    ...remarkedShort(`${name}:`, label),
    ...(mayRest ? [`${naming.resting(name)}:`] : []),
    ...(options.length === 0 ? ["\tfalse;"] : several(options, context.label(below))),
  ];
}

const remarkedShort = (line: string, remark: string): readonly string[] =>
  remarked(line, remark).length <= WIDTH ? [remarked(line, remark)] : [...block([remark]), line];

const several = (options: readonly Option[], further: string): readonly string[] => [
  "\tif",
  ...options.flatMap(({ lines, to }) => {
    const [last, ...others] = lines.toReversed();
    const leads =
      to === further
        ? [last!]
        : `${last!}; goto ${to}`.length <= WIDTH - 12
          ? [`${last!}; goto ${to}`]
          : [`${last!};`, `goto ${to}`];
    const all = [...others.toReversed(), ...leads];
    return all.map((line, i) => `\t${i === 0 ? ":: " : "   "}${line}`);
  }),
  "\tfi;",
];

/** The specs of the end are asked where every thread has ended, or rests, and none can go on. */
export function endOf(
  specs: readonly ExportedSpec[],
  threads: readonly ExportedThread[],
  naming: Naming,
  isActive: boolean,
): readonly string[] {
  if (specs.length === 0) return [];
  const mayGoOn = threads.some(({ isIdle, steps }) => isIdle || steps.some(({ mayRest }) => mayRest));
  const ended = threads.flatMap((thread) => {
    if (thread.isIdle) return [];
    const places = naming.rests(thread).map((label) => `${naming.proc(thread)}@${label}`);
    return [places.length > 1 ? `(${places.join(" || ")})` : places[0]!];
  });
  const isOver = [...(mayGoOn ? ["timeout"] : []), ...ended].join(" && ") || "true";
  return [
    comment("Asks the atEnd specs; what it asks leaves it where it is"),
    `#define ${naming.over} (${isOver})`,
    `${isActive ? "active " : ""}proctype ${naming.ending}() {`,
    "end_asking:",
    "\tdo",
    ...specs.flatMap((one) =>
      foldCode(
        `:: atomic { ${naming.over} && ${written(one.hit, naming, true)} -> assert(${naming.asserting(one)}) }`,
        WIDTH - 16,
        3,
      ).map((line) => `\t${line}`),
    ),
    "\tod",
    "}",
  ];
}

/** Chooses an initial state, and begins. */
export function initOf(
  { initial, cells, threads }: Exported,
  asked: readonly ExportedSpec[],
  hasEnd: boolean,
  naming: Naming,
): readonly string[] {
  const [first] = initial;
  const chosen = cells.filter((cell) => initial.some((state) => valueIn(state, cell) !== valueIn(first!, cell)));
  const options = initial.map(
    (state) =>
      chosen.map((cell) => `${naming.field(cell)} = ${naming.value(valueIn(state, cell))}`).join("; ") || "skip",
  );
  return [
    comment("Chooses an initial state; the state before that is one more than faultline counts"),
    "init {",
    "\tatomic {",
    ...(options.length > 1
      ? [
          "\t\tif",
          ...options.flatMap((one) => foldCode(`:: ${one}`, WIDTH - 24, 3).map((line) => `\t\t${line}`)),
          "\t\tfi;",
        ]
      : []),
    ...asked.map((one) => `\t\t${naming.asking(one)}();`),
    ...threads.map((thread) => `\t\trun ${naming.proc(thread)}();`),
    ...(hasEnd ? [`\t\trun ${naming.ending}();`] : []),
    "\t\tgoto end_of_init",
    "\t};",
    "end_of_init:",
    "\tfalse",
    "}",
  ];
}

/** Fields that are no part of a state, for what a step writes all at once. */
export function keptFields(threads: readonly ExportedThread[], naming: Naming): readonly string[] {
  const count = Math.max(0, ...threads.flatMap(({ steps }) => steps.map(({ ways }) => keptBy(ways, naming))));
  if (count === 0) return [];
  return [
    comment("No part of a state: what fields held that are exchanged"),
    ...Array.from({ length: count }, (_, i) => `hidden int ${kept(i)};`),
  ];
}
