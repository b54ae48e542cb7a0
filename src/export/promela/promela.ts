import { judge } from "../../machine/judge.ts";
import { readerOf, type State } from "../../machine/state.ts";
import type { Cell } from "../../model/access.ts";
import { ModelError } from "../../model/error.ts";
import { showValue } from "../../model/layout.ts";
import { whereIn } from "../../model/scenario.ts";
import { BUILT_IN } from "../../model/spec.ts";
import { fold, TIE } from "../../report/text/wrap.ts";
import { BROKEN, kindOf } from "../decision.ts";
import type { Expected } from "../expected.ts";
import { reachedIn, valueIn, type Exported, type ExportedSpec } from "../exported.ts";
import { foldCode, written } from "../expression.ts";
import { block, comment, remarked, WIDTH } from "./comment.ts";
import { heading, type Verifier } from "./heading.ts";
import { namingOf, type Naming } from "./naming.ts";
import { endOf, initOf, keptFields, procOf } from "./procs.ts";

/** A text in Promela, and what SPIN's answers about it mean. */
export interface Promela {
  readonly text: string;
  /** By what is asserted: the spec or check that fails there; of `sometimes` specs, the one that is reached. */
  readonly asserted: ReadonlyMap<string, string>;
  /** How many states SPIN counts more than faultline: the one in which `init` has not chosen yet. */
  readonly more: 0 | 1;
  readonly verifier: Verifier;
}

// SPIN keeps more of a state than the fields: so much for each thread, and for all.
const BYTES = { field: 4, thread: 16, all: 128, room: 1024 };
const DEPTH = 10_000;

/** Throws a ModelError that names what Promela has no word for. */
export function promela(exported: Exported, expected: Expected, command: string, file: string): Promela {
  const { threads, specs, cells, initial } = exported;
  const naming = namingOf(exported);
  const inSteps = specs.filter(({ spec, hit }) => spec.kind !== "atEnd" && hit !== false);
  const atEnd = specs.filter(({ spec, hit }) => spec.kind === "atEnd" && hit !== false);
  // What no step leads to is asked where `init` has chosen it.
  const isChosen =
    initial.length > 1 || inSteps.some(({ spec }) => initial.some((state) => isHit(exported, spec, state)));
  const bytes = (cells.length + specs.length) * BYTES.field + (threads.length + 1) * BYTES.thread + BYTES.all;
  const verifier: Verifier = {
    defines: ["-DSAFETY", "-DNOREDUCE", ...(bytes > BYTES.room ? [`-DVECTORSZ=${bytes}`] : [])],
    depth: Math.max(DEPTH, expected.states + 10),
  };
  const more = isChosen ? 1 : 0;
  const asserted = new Map<string, string>([
    ...[...naming.checks].map(([check, name]) => [name, check] as const),
    ...specs.map((one) => [naming.asserting(one), one.spec.name] as const),
  ]);
  const parts = [
    heading({ exported, expected, command, file, verifier, more, naming }),
    valueLines(naming),
    fieldLines(exported, naming),
    assertionLines([...inSteps, ...atEnd], naming),
    ...inSteps.map((one) => askingLines(one, naming)),
    keptFields(threads, naming),
    ...threads.map((thread) => procOf(thread, inSteps, naming, !isChosen)),
    endOf(atEnd, threads, naming, !isChosen),
    isChosen ? initOf(exported, inSteps, atEnd.length > 0, naming) : [],
    constantLines(exported),
  ];
  const lines = parts.filter(({ length }) => length > 0).flatMap((part, i) => (i > 0 ? ["", ...part] : part));
  return { text: lines.map((line) => `${line}\n`).join(""), asserted, more, verifier };
}

const isHit = ({ program }: Exported, spec: ExportedSpec["spec"], state: State): boolean =>
  judge(program, spec, readerOf(state)).holds === (spec.kind === "sometimes");

const valueLines = ({ values }: Naming): readonly string[] =>
  values.size === 0
    ? []
    : [
        comment("What fields hold: words, and the structs that they point at"),
        ...fold(`mtype = { ${[...new Set(values.values())].join(", ")} }`, WIDTH, 8),
      ];

function fieldLines(exported: Exported, naming: Naming): readonly string[] {
  const [first] = exported.initial;
  const declared = exported.cells.map((cell) => {
    // Where there are several initial states, \`init\` sets what is not the same in all of them.
    const text = `${typeOf(exported, cell)} ${naming.field(cell)} = ${naming.value(valueIn(first!, cell))};`;
    return remarked(text, cell.name === naming.field(cell) ? "" : cell.name);
  });
  return declared.length === 0
    ? []
    : [comment("Fields, locals of threads, and what is kept of locks and of RCU"), ...declared];
}

function constantLines(exported: Exported): readonly string[] {
  const [first] = exported.initial;
  const all = exported.constants.map((cell) =>
    `${cell.name} = ${showValue(valueIn(first!, cell))}`.replaceAll(" ", TIE),
  );
  return all.length === 0 ? [] : block(["Fields that have always the same value, and are not here:", all.join(", ")]);
}

function assertionLines(specs: readonly ExportedSpec[], naming: Naming): readonly string[] {
  const declared = [
    ...[...naming.checks].map(([check, name]) =>
      remarked(`bool ${name};`, check === BROKEN ? "no step breaks a rule of the language" : BUILT_IN[check]),
    ),
    ...specs.map((one) => remarked(`bool ${naming.asserting(one)};`, `${one.spec.kind}: ${one.spec.sentence}`)),
  ];
  return declared.length === 0
    ? []
    : [comment("Never true: each is asserted where the check or spec of that name fails"), ...declared];
}

/** What asks a spec wherever a step has changed what it reads. */
function askingLines(one: ExportedSpec, naming: Naming): readonly string[] {
  const { spec, hit } = one;
  const asked = [
    "\tif",
    ...foldCode(`:: ${written(hit, naming)} -> assert(${naming.asserting(one)})`, WIDTH - 16, 3).map(
      (line) => `\t${line}`,
    ),
    "\t:: else -> skip",
    "\tfi",
  ];
  const isGood = spec.kind === "sometimes";
  return [
    comment(`${spec.kind}: ${spec.sentence}${isGood ? "; with -DREACHED, an error where that is reached" : ""}`),
    `inline ${naming.asking(one)}() {`,
    ...(isGood ? ["#ifdef REACHED", ...asked, "#else", "\tskip", "#endif"] : asked),
    "}",
  ];
}

function typeOf(exported: Exported, cell: Cell): string {
  const kind = kindOf(cell);
  if (kind !== "int") return kind === "bool" ? "bool" : "mtype";
  const values = reachedIn(exported, cell).map(Number);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (low >= 0 && high < 2 ** 8) return "byte";
  if (low >= -(2 ** 15) && high < 2 ** 15) return "short";
  if (low >= -(2 ** 31) && high < 2 ** 31) return "int";
  throw new ModelError(`'${cell.name}' has values that no type of Promela holds`, {
    where: whereIn(exported.program.scenario),
    cause: `an int has 32 bits, and it goes from ${low} to ${high}`,
    remedy: "export it as .aut, or let it count from nearer to 0",
  });
}
