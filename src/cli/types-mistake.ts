import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ModelError, didYouMean, listed } from "../model/error.ts";
import { STEPS_AS_LOCALS } from "../model/steps-as-locals.ts";
import type { Io } from "./output/io.ts";

/** One thing that the compiler says is wrong. */
interface Diagnostic {
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
  readonly code: string;
  /** The sentence, and why, from the whole to its parts. */
  readonly sentences: readonly string[];
}

const DIAGNOSTIC = /^(?:(.+)\((\d+),(\d+)\): )?error (TS\d+): (.*)$/;

function diagnosticsIn(output: string): readonly Diagnostic[] {
  const found: (Diagnostic & { readonly sentences: string[] })[] = [];
  for (const text of output.split(/\r?\n/)) {
    const [, file, line, column, code, sentence] = DIAGNOSTIC.exec(text) ?? [];
    if (code !== undefined) {
      const place = file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
      found.push({ code, sentences: [sentence!], ...(place && { place }) });
    } else if (text.startsWith("  ")) found.at(-1)?.sentences.push(text.trim());
  }
  return found;
}

const REMEDY = "correct it, or give --no-types to run the file whatever its types";
/**
 * TypeScript takes the types of a step's parameters from the path that the step is in, and does not look beyond a method that is
 * called on the step.
 */
const UNTYPED_STEP = `the compiler does not see the world of a step that .then() and its like are called on; say where the step goes on by its
second argument, as in once((k) => k.n === 0, { true: "out" }), or the type: (k: Kernel)`;
/** A step that is made elsewhere, and stands in a path by its name or by a call. */
const UNTYPED_ELSEWHERE =
  "a step that does not stand in its path says what its world is: once((k: StateOf<typeof w>) => ...)";
const UNTYPED = new Set(["TS18046", "TS7006", "TS7031"]);
/** once() and its like, the operations of locks and slabs, and what a model makes of them. */
const CALL = /\b(?!path\(|scenario\()\w+\(/g;
const LABEL = /^(?:"(?:[^"\\]|\\.)*"|\[[^\]]*\]|\w+):/;
const METHOD = /^\s*\.(?:then|when|with|as)\(/;
/** A step, and no maker of fields, such as an `int` that was not called. */
const STEP =
  /^Type '(?:(?:Operation|Step|Call|Group|Testing)<|.*=> (?!\w*Field\b)).*' is not assignable to type 'Field'/;
const TAKES_FIELDS = /\b(path|world|struct|extend)\(/g;
const MOST_PLACES = 4;

/** The first mistake of what the compiler has printed, in the form of all errors; nothing if there is none. */
export function mistakeIn(output: string, io: Io): ModelError | undefined {
  const all = diagnosticsIn(output).filter((one) => !isNoMatter(one));
  // What the compiler does not know of a step, it takes for a mistake of the path, too, which comes first in the file.
  const asLocal = all.find((one) => isStepAsLocal(one, io));
  const byResult = asLocal ? undefined : all.find((one) => unknownResult(one));
  const untyped = asLocal || byResult ? undefined : all.find((one) => isUntypedStep(one, io));
  const first = asLocal ?? byResult ?? untyped ?? all[0];
  if (!first) return undefined;
  const others = all.filter((one) => one !== first);
  const { place, code, sentences } = first;
  const part = sentences.at(-1)!;
  const flow = flowOf(part);
  const told: Told | undefined = asLocal
    ? STEPS_AS_LOCALS
    : (unknownResult(first) ?? (flow && (misspelt(flow) ?? leadsNowhere(flow))));
  const cause = [
    ...(told?.cause === undefined ? [] : [told.cause]),
    ...(sentences.length > 1 && !told ? [lowerFirst(short(sentences[0]!))] : []),
    ...(others.length > 0 ? [`and ${others.length} more: ${placesOf(others)}`] : []),
  ];
  return new ModelError(`${told?.sentence ?? lowerFirst(short(part)).replace(/\.$/, "")} (${code})`, {
    ...(place && { where: [shownPlace(place), ...excerpt(place, io)].join("\n") }),
    ...(cause.length > 0 && { cause: cause.join("\n") }),
    remedy:
      untyped && !told?.isLabel ? UNTYPED_STEP : (told?.remedy ?? (code === "TS18046" ? UNTYPED_ELSEWHERE : REMEDY)),
  });
}

/** A CommonJS module that imports an ECMAScript module: what runs is one module, whatever its parts are. */
const MIXED_MODULES = "TS1479";

/** What is no mistake where the model runs: there are global names, such as `console`, also without their types. */
const isNoMatter = ({ code, sentences: [sentence = ""] }: Diagnostic): boolean =>
  code === MIXED_MODULES || (/^Cannot find name '(\w+)'/.exec(sentence)?.[1] ?? "") in globalThis;

/** What a step returns, as a type, where the compiler takes a label, `done`, `wait` or nothing. */
interface Flow {
  readonly type: string;
  readonly labels: readonly string[];
}

function flowOf(sentence: string): Flow | undefined {
  const [, type, known] = /^Type '(.*)' is not assignable to type 'Flow<(.*)>'\./.exec(sentence) ?? [];
  if (type === undefined || known === undefined) return undefined;
  return { type, labels: [...known.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, name]) => name!) };
}

interface Told {
  readonly sentence: string;
  readonly cause?: string;
  readonly remedy: string;
  readonly isLabel?: true;
}

/** A jump to a label that is not there, in the words in which it is told where there is no compiler. */
function misspelt({ type, labels }: Flow): Told | undefined {
  const [, label] = /^"(.*)"$/.exec(type) ?? [];
  if (label === undefined) return undefined;
  return {
    sentence: `there is no label '${label}'${didYouMean(label, labels)}`,
    remedy: `labels: ${listed(labels)}`,
    isLabel: true,
  };
}

/** A result by which then() does not go, such as a number. */
function unknownResult({ sentences }: Diagnostic): Told | undefined {
  const [, result] = /'([^']*)' does not exist in type 'ByResult'/.exec(sentences.at(-1)!) ?? [];
  if (result === undefined) return undefined;
  return {
    sentence: `what then() of a step was given has no '${result}'`,
    cause: "a step goes on by a result that is true, false or null, and by no other",
    remedy: `let it return whether it is so, as in once((k) => k.n === 1, { true: "out" }), or give then() a function`,
  };
}

/** What an operation has found, and then() does not say where that leads. */
function leadsNowhere({ type, labels }: Flow): Told | undefined {
  // No result, but what nobody knows, or a function that was not called.
  if (/^(?:string|unknown|any|symbol|unique symbol)$|^typeof |=>/.test(type)) return undefined;
  const [what, next] = /^(?:boolean|true|false)$/.test(type)
    ? ["true or false", "{ false: "]
    : /^(?:number|-?\d+)$/.test(type)
      ? ["a number", undefined]
      : ["a struct or null", "{ null: "];
  const where = next === undefined ? "(k, me, result) => ..." : `${next}${example(labels)} }`;
  return {
    sentence: `the step has found ${what}, and nothing says where that leads`,
    cause:
      "a step goes on at the label that it returns; what else it returns is a result, which leads nowhere by itself",
    remedy: `say it with .then(), or by the second argument of once() and its like, as in .then(${where})`,
  };
}

/** A path that says something about itself, and leaves out the empty place in which locals stand. */
function isStepAsLocal({ place, sentences: [sentence = ""] }: Diagnostic, io: Io): boolean {
  if (!place || !STEP.test(sentence)) return false;
  const lines = linesOf(place, io).slice(0, place.line);
  const before = [...lines.slice(0, -1), (lines.at(-1) ?? "").slice(0, place.column - 1)].join("\n");
  return [...before.matchAll(TAKES_FIELDS)].at(-1)?.[1] === "path";
}

const example = (labels: readonly string[]): string => JSON.stringify(labels.at(-1) ?? "out");

/** Whether a parameter has no type, or too small a one, because the step that it is of does not stand in its path as it is. */
function isUntypedStep({ code, place, sentences }: Diagnostic, io: Io): boolean {
  const isEntry = sentences.some((one) => /^Type 'Operation<[^]*' is not assignable to type 'Entry</.test(one));
  if (!place || (!isEntry && !UNTYPED.has(code))) return false;
  const lines = linesOf(place, io);
  const text = lines.join("\n");
  const at = lines.slice(0, place.line - 1).join("\n").length + place.column;
  const begins = [...text.matchAll(CALL)];
  const goesOn = (call: RegExpExecArray): boolean => METHOD.test(text.slice(endsAt(text, call)));
  // Of an entry the place is its label; of a parameter, within the step.
  if (!isEntry) return begins.some((call) => call.index < at && endsAt(text, call) > at && goesOn(call));
  const from = at - 1 + (LABEL.exec(text.slice(at - 1))?.[0].length ?? 0);
  const step = begins.find(({ index }) => index >= from);
  return step !== undefined && goesOn(step);
}

const endsAt = (text: string, call: RegExpExecArray): number => endOfCall(text, call.index + call[0].length);

/** Where the call ends whose arguments begin at `from`: parentheses in texts are few enough, and come in pairs. */
function endOfCall(text: string, from: number): number {
  let open = 1;
  let at = from;
  for (; at < text.length && open > 0; at++) {
    if (text[at] === "(") open++;
    else if (text[at] === ")") open--;
  }
  return at;
}

const shownPlace = ({ file, line, column }: NonNullable<Diagnostic["place"]>): string => `${file}:${line}:${column}`;

function placesOf(others: readonly Diagnostic[]): string {
  const places = [...new Set(others.map(({ place, code }) => (place ? shownPlace(place) : code)))];
  return [...places.slice(0, MOST_PLACES), ...(places.length > MOST_PLACES ? ["..."] : [])].join(", ");
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const LONGEST = 70;

/** Types that are written out over many lines tell a reader nothing. */
const short = (text: string): string =>
  text.replaceAll(/'([^']*)'/g, (whole, type: string) =>
    type.length > LONGEST ? `'${type.slice(0, LONGEST - 3)}...'` : whole,
  );

function linesOf({ file }: NonNullable<Diagnostic["place"]>, { cwd }: Io): readonly string[] {
  try {
    return readFileSync(resolve(cwd, file), "utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}

/** The line, and a mark where the mistake begins. */
function excerpt(place: NonNullable<Diagnostic["place"]>, io: Io): readonly string[] {
  const text = linesOf(place, io)[place.line - 1];
  if (text === undefined) return [];
  const margin = `${place.line} | `;
  return [
    `${margin}${text}`,
    `${" ".repeat(margin.length - 2)}| ${text.slice(0, place.column - 1).replaceAll(/[^\t]/g, " ")}^`,
  ];
}
