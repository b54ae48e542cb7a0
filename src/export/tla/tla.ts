import { DONE } from "../../machine/state.ts";
import { inOrder, rangeOfCell, type Cell } from "../../model/access.ts";
import { ModelError } from "../../model/error.ts";
import { showValue } from "../../model/layout.ts";
import { whereIn } from "../../model/scenario.ts";
import { BUILT_IN } from "../../model/spec.ts";
import { ascii, fold, TIE } from "../../report/text/wrap.ts";
import { conditionOf, endsOf, type Condition } from "../condition.ts";
import { BROKEN, keyOf, kindOf, type Check, type End, type Write } from "../decision.ts";
import { aboutLines, expectedLines, type Expected } from "../expected.ts";
import { reachedIn, valueIn, type Exported, type ExportedStep, type ExportedThread } from "../exported.ts";
import { foldCode, sourceText, written } from "../expression.ts";
import { namingOf, type Naming } from "./naming.ts";
import { progressLines, type Progress } from "./progress.ts";

const WIDTH = 100;

/** A module of TLA+, and what TLC has to be told of it. */
export interface Tla {
  readonly module: string;
  readonly config: string;
}

/** Throws a ModelError that names what TLC has no word for. */
export function tla(exported: Exported, expected: Expected, command: string, name: string): Tla {
  const naming = namingOf(exported);
  for (const cell of exported.cells) refuseLarge(exported, cell);
  const { threads, specs, cells } = exported;
  const locals = cells.filter(({ isLocal }) => isLocal);
  const fields = cells.filter(({ isLocal }) => !isLocal);
  const variables = ["pc", ...(fields.length > 0 ? ["k"] : []), ...(locals.length > 0 ? ["me"] : [])];
  const progress = progressLines(exported, naming);
  const parts = [
    heading(exported, expected, command, name, progress),
    [`---- MODULE ${name} ----`, "EXTENDS Integers"],
    [
      "VARIABLES",
      ...variables.map(
        (one, i) => `    ${one}${i < variables.length - 1 ? "," : ""}`.padEnd(12) + `\\* ${ABOUT[one]!}`,
      ),
      `vars == <<${variables.join(", ")}>>`,
    ],
    ["\\* What a pointer holds that points at nothing", `NULL == ${naming.nothing}`],
    initLines(exported, naming, fields, locals),
    typeLines(exported, naming, fields, locals),
    [
      "\\* A thread goes on from a step to the next, or stays there as a check fails",
      "Goes(thread, from, to) == pc[thread] = from /\\ pc' = [pc EXCEPT ![thread] = to]",
      "Stays(thread, at) == pc[thread] = at /\\ UNCHANGED vars",
    ],
    ...threads.flatMap((thread) =>
      threadLines(thread, naming, { hasFields: fields.length > 0, hasLocals: locals.length > 0 }),
    ),
    overLines(threads, naming),
    [
      "Next == Steps \\/ Over",
      ...fairnessLines(threads, naming, progress),
      `Spec == Init /\\ [][Next]_vars${progress.fairness === undefined ? "" : " /\\ Fairness"}`,
    ],
    ...checkLines(exported, naming),
    ...specs.map((one) => {
      const { spec, miss } = one;
      const isEnd = spec.kind === "atEnd";
      const isGood = spec.kind === "sometimes";
      const holds = written(isGood ? one.hit : miss, naming, isEnd);
      const name = naming.spec(spec);
      return [
        ...remark(`${spec.kind}: ${spec.sentence}`),
        ...code(`${name} == ${isEnd ? `IsOver => ${holds}` : holds}`),
        ...(isGood ? [`${naming.never(one)} == ~${name}`] : []),
      ];
    }),
    progress.lines,
    constantLines(exported),
    ["===="],
  ];
  const lines = parts.filter(({ length }) => length > 0).flatMap((part, i) => (i > 0 ? ["", ...part] : part));
  return { module: lines.map((line) => `${line}\n`).join(""), config: configOf(exported, naming, progress) };
}

const ABOUT: Readonly<Record<string, string>> = {
  pc: "by thread: the step that comes next",
  k: "shared fields, and what is kept of locks and of RCU",
  me: "locals of threads",
};

const code = (text: string): readonly string[] => foldCode(text, WIDTH, 8);
const remark = (text: string): readonly string[] => fold(ascii(text), WIDTH - 3).map((line) => `\\* ${line}`);

function heading(
  exported: Exported,
  expected: Expected,
  command: string,
  name: string,
  progress: Progress,
): readonly string[] {
  const inHere = new Set(progress.names);
  const told = { ...expected, elsewhere: expected.elsewhere.filter((one) => !inHere.has(one)) };
  const texts = [
    ...aboutLines(exported, command),
    "",
    `    java -XX:+UseParallelGC -cp tla2tools.jar tlc2.TLC -continue -config ${name}.cfg ${name}.tla`,
    "",
    ...expectedLines(told, 0),
    "The states are TLC's `distinct states found`. With -continue it goes on after an invariant that is violated; of a state that violates several it tells the first alone.",
  ];
  return texts.flatMap((text) => (text === "" ? ["\\*"] : text.startsWith(" ") ? [`\\* ${text}`] : remark(text)));
}

function recordOf(
  cells: readonly Cell[],
  of: (cell: Cell) => string,
  remarkOf: (cell: Cell) => string = () => "",
): readonly string[] {
  return cells.map((cell, i) => {
    const line = `        ${of(cell)}${i < cells.length - 1 ? "," : ""}`;
    return remarkOf(cell) === "" ? line : `${line.padEnd(48)} \\* ${ascii(remarkOf(cell))}`;
  });
}

function initLines(
  { initial, threads }: Exported,
  naming: Naming,
  fields: readonly Cell[],
  locals: readonly Cell[],
): readonly string[] {
  const states = initial.map((state) => [
    `/\\ pc = [${threads.map((thread) => `${naming.thread(thread)} |-> ${naming.place(thread, thread.begin)}`).join(", ")}]`,
    ...[fields, locals].flatMap((cells, i) =>
      cells.length === 0
        ? []
        : [
            `/\\ ${i === 0 ? "k" : "me"} = [`,
            ...recordOf(cells, (cell) => `${naming.bare(cell)} |-> ${naming.value(valueIn(state, cell))}`),
            "      ]",
          ],
    ),
  ]);
  if (states.length === 1) return ["Init ==", ...states[0]!.map((line) => `    ${line}`)];
  return [
    "Init ==",
    ...states.flatMap((lines) => lines.map((line, i) => (i === 0 ? `    \\/ ${line}` : `       ${line}`))),
  ];
}

function typeLines(
  exported: Exported,
  naming: Naming,
  fields: readonly Cell[],
  locals: readonly Cell[],
): readonly string[] {
  const typeOf = (cell: Cell): string => {
    if (kindOf(cell) === "bool") return "BOOLEAN";
    if (kindOf(cell) === "int") {
      const [low, high] = rangeOfCell(cell);
      return `${String(low)} .. ${String(high)}`;
    }
    return `{${inOrder({ values: reachedIn(exported, cell), isInt: false })
      .map((value) => naming.value(value))
      .join(", ")}}`;
  };
  const typed = [fields, locals].flatMap((cells, i) =>
    cells.length === 0
      ? []
      : [
          `    /\\ ${i === 0 ? "k" : "me"} \\in [`,
          ...recordOf(
            cells,
            (cell) => `${naming.bare(cell)} : ${typeOf(cell)}`,
            (cell) => (cell.name === naming.bare(cell) ? "" : cell.name),
          ),
          "      ]",
        ],
  );
  return ["TypeOK ==", ...(typed.length > 0 ? typed : ["    TRUE"])];
}

function constantLines({ constants, initial }: Exported): readonly string[] {
  if (constants.length === 0) return [];
  const all = constants.map((cell) => `${cell.name} = ${showValue(valueIn(initial[0]!, cell))}`.replaceAll(" ", TIE));
  return remark(`Fields that have always the same value, and are not here: ${all.join(", ")}`);
}

interface Records {
  readonly hasFields: boolean;
  readonly hasLocals: boolean;
}

function threadLines(thread: ExportedThread, naming: Naming, records: Records): readonly (readonly string[])[] {
  const named = quoted(naming.thread(thread));
  const step = (one: ExportedStep): readonly string[] => {
    const at = naming.place(thread, one.point);
    const options = one.ways.flatMap((way) =>
      endsOf(way).flatMap((end): (readonly string[])[] => {
        if (end.kind !== "moved" && end.kind !== "fails") return [];
        const condition = conditionOf(way, (other) => keyOf(other) === keyOf(end));
        const guard = condition === true ? [] : [written(condition, naming)];
        if (end.kind === "fails") return [[`Stays(${named}, ${at})`, ...guard]];
        const goes = `Goes(${named}, ${at}, ${naming.place(thread, end.next)})`;
        return [[goes, ...guard, ...changes(end.writes, naming, records)]];
      }),
    );
    return [
      `${naming.action(one)} ==`,
      ...(options.length === 0
        ? ["    FALSE"]
        : options.flatMap((parts) =>
            parts.flatMap((part, i) =>
              foldCode(`${i === 0 ? "\\/ " : "   "}/\\ ${part}`, WIDTH - 4, 10).map((line, j) =>
                j === 0 && i > 0 ? `       ${line.trimStart()}` : `    ${line}`,
              ),
            ),
          )),
    ];
  };
  const actions = thread.steps.map((one) => naming.action(one));
  return [
    ...thread.steps.map(step),
    [
      ...remark(thread.path === thread.name ? `All that ${thread.name} does` : `${thread.name} runs ${thread.path}`),
      `${naming.steps(thread)} ==`,
      ...(actions.length === 0 ? ["    FALSE"] : actions.map((action) => `    \\/ ${action}`)),
    ],
  ];
}

const quoted = (name: string): string => `"${name}"`;

function changes(writes: readonly Write[], naming: Naming, { hasFields, hasLocals }: Records): readonly string[] {
  const unchanged: string[] = [];
  const changed = [
    ["k", hasFields, writes.filter(([cell]) => !cell.isLocal)] as const,
    ["me", hasLocals, writes.filter(([cell]) => cell.isLocal)] as const,
  ].flatMap(([name, isThere, some]) => {
    if (some.length === 0) {
      if (isThere) unchanged.push(name);
      return [];
    }
    const parts = some.map(([cell, source]) => `!.${naming.bare(cell)} = ${sourceText(source, naming)}`);
    return [`${name}' = [${name} EXCEPT ${parts.join(", ")}]`];
  });
  return [...changed, ...(unchanged.length > 0 ? [`UNCHANGED <<${unchanged.join(", ")}>>`] : [])];
}

/** The run is over where every thread has ended, or rests, and none can go on. */
function overLines(threads: readonly ExportedThread[], naming: Naming): readonly string[] {
  const places = threads.flatMap((thread) => {
    if (thread.isIdle) return [];
    const rests = thread.steps.filter(({ mayRest }) => mayRest).map(({ point }) => naming.place(thread, point));
    return [`pc.${naming.thread(thread)} \\in {${[...rests, naming.place(thread, DONE)].join(", ")}}`];
  });
  const mayGoOn = threads.some(({ isIdle, steps }) => isIdle || steps.some(({ mayRest }) => mayRest));
  return [
    "Steps ==",
    ...threads.map((thread) => `    \\/ ${naming.steps(thread)}`),
    "",
    ...remark("Every thread has ended, or is where it may wait for ever; the run is over if none can go on"),
    "Finished ==",
    ...(places.length > 0 ? places : ["TRUE"]).map((place) => `    /\\ ${place}`),
    `IsOver == Finished${mayGoOn ? " /\\ ~ENABLED Steps" : ""}`,
    "",
    ...remark("TLC's own search for deadlocks, which ends at the first, need not see this as one"),
    "Over == Finished /\\ UNCHANGED vars",
    "",
    ...remark(BUILT_IN["not-stuck"]),
    "not_stuck == Finished \\/ ENABLED Steps",
  ];
}

const fairnessLines = (threads: readonly ExportedThread[], naming: Naming, { fairness }: Progress): readonly string[] =>
  fairness === undefined
    ? []
    : [
        "Fairness ==",
        ...threads.map((thread) => `    /\\ ${fairness === "weak" ? "WF" : "SF"}_vars(${naming.steps(thread)})`),
      ];

/** No thread is at a step that fails a check. */
function checkLines({ threads }: Exported, naming: Naming): readonly (readonly string[])[] {
  return [...naming.checks].map(([check, name]) => {
    const failing = threads.flatMap((thread) =>
      thread.steps.flatMap(({ point, ways }) =>
        ways.flatMap((way) => {
          const condition = conditionOf(way, (end) => failsIn(end, check));
          return condition === false ? [] : [placed(thread, point, condition, naming)];
        }),
      ),
    );
    return [
      ...remark(check === BROKEN ? "no step breaks a rule of the language" : BUILT_IN[check]),
      `${name} ==`,
      ...failing.flatMap((one) => foldCode(`/\\ ${one}`, WIDTH - 4, 7).map((line) => `    ${line}`)),
    ];
  });
}

const failsIn = (end: End, check: Check): boolean => end.kind === "fails" && end.check === check;

const placed = (thread: ExportedThread, point: number, condition: Condition, naming: Naming): string => {
  const at = `pc.${naming.thread(thread)} = ${naming.place(thread, point)}`;
  return `~(${at}${condition === true ? "" : ` /\\ ${written(condition, naming, true)}`})`;
};

function configOf({ specs }: Exported, naming: Naming, progress: Progress): string {
  const invariants = [
    "TypeOK",
    "not_stuck",
    ...naming.checks.values(),
    ...specs.filter(({ spec }) => spec.kind !== "sometimes").map(({ spec }) => naming.spec(spec)),
  ];
  const nevers = specs.filter(({ spec }) => spec.kind === "sometimes").map((one) => naming.never(one));
  return [
    "SPECIFICATION Spec",
    "CHECK_DEADLOCK FALSE",
    "INVARIANTS",
    ...invariants.map((name) => `    ${name}`),
    ...(nevers.length > 0
      ? ["\\* A sometimes spec is reached where one of these is violated:", ...nevers.map((name) => `\\*    ${name}`)]
      : []),
    ...(progress.properties.length > 0 ? ["PROPERTIES", ...progress.properties.map((name) => `    ${name}`)] : []),
    "",
  ].join("\n");
}

function refuseLarge(exported: Exported, cell: Cell): void {
  const large = cell.isInt && reachedIn(exported, cell).find((value) => Math.abs(Number(value)) >= 2 ** 31);
  if (large === undefined || large === false) return;
  throw new ModelError(`'${cell.name}' has values that TLC does not have`, {
    where: whereIn(exported.program.scenario),
    cause: `an integer of TLC has 32 bits, and it can be ${String(large)}`,
    remedy: "export it as .aut, or let it count from nearer to 0",
  });
}
