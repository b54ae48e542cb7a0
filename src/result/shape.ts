import { ModelError } from "../model/error.ts";
import type { Result } from "./result.ts";

/** What a value must look like, so that a report can be made of it. */
type Shape =
  | "string"
  | "number"
  | "boolean"
  | "value"
  | { readonly list: Shape }
  | { readonly optional: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

const list = (of: Shape): Shape => ({ list: of });
const optional = (of: Shape): Shape => ({ optional: of });
const object = (fields: Readonly<Record<string, Shape>>): Shape => ({ fields });

const FIELD = { field: "string", scope: "string", value: "value" } as const;
const READ = object({ ...FIELD, writtenBy: optional("number") });
const SCHEDULE = object({
  initial: "number",
  moves: list(object({ thread: "number", picks: list("number") })),
  loop: optional("number"),
});
const POSITION = { calls: list("string"), path: "string", label: "string" } as const;
const PLACE = { thread: "number", ...POSITION } as const;
const STEP = object({
  ...PLACE,
  order: "string",
  reads: list(READ),
  changes: list(object({ field: "string", word: optional("string"), scope: "string", from: "value", to: "value" })),
});
const WHY = object({
  conflicts: list(
    object({ field: "string", first: "number", second: "number", closes: optional("number"), decisive: "boolean" }),
  ),
  nearMiss: optional(
    object({ schedule: SCHEDULE, differs: "number", earlier: "number", late: optional("number"), steps: list(STEP) }),
  ),
  otherwise: optional(object({ stuck: optional(list(object(PLACE))) })),
});
const TRACE = object({
  schedule: SCHEDULE,
  initial: list(object(FIELD)),
  steps: list(STEP),
  switches: "number",
  minimal: optional(object({ first: "string", inOrder: optional("boolean"), cut: optional("string") })),
  slice: list("number"),
  ending: object({
    reason: "string",
    since: optional("number"),
    reads: list(READ),
    blocked: list(
      object({
        ...PLACE,
        waitsFor: list(READ),
        how: optional("string"),
        steps: optional(list("string")),
        places: optional(list(object(POSITION))),
      }),
    ),
  }),
  locals: optional(list(object({ field: "string", value: "value" }))),
  forbidding: optional(list(object({ before: "number", after: "number" }))),
  why: optional(WHY),
});
const SPEC = object({
  name: "string",
  kind: "string",
  sentence: "string",
  verdict: "string",
  trace: optional(TRACE),
  token: optional("string"),
});
const RESULT = object({
  scenario: "string",
  params: object({}),
  set: object({}),
  command: "string",
  threads: list(object({ name: "string", path: "string" })),
  search: object({
    initial: "number",
    states: "number",
    transitions: "number",
    depth: "number",
    symmetric: list("string"),
  }),
  specs: list(SPEC),
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Where a value differs from its shape, as `specs[0].trace`; nothing if it does not. */
function mismatch(value: unknown, shape: Shape, at: string): string | undefined {
  if (shape === "value") return value === null || typeof value !== "object" ? undefined : at;
  if (typeof shape === "string") return typeof value === shape ? undefined : at;
  if ("optional" in shape) return value === undefined ? undefined : mismatch(value, shape.optional, at);
  if ("list" in shape) {
    if (!Array.isArray(value)) return at;
    for (const [i, one] of value.entries()) {
      const found = mismatch(one, shape.list, `${at}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isObject(value)) return at;
  for (const [name, of] of Object.entries(shape.fields)) {
    const found = mismatch(value[name], of, at === "" ? name : `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Steps and threads are referred to by number: a number too high would lead nowhere. */
function dangling({ specs, threads }: Result): string | undefined {
  const isIn = (i: number | undefined, length: number): boolean =>
    i === undefined || (Number.isInteger(i) && i >= 0 && i < length);
  for (const [s, { trace }] of specs.entries()) {
    if (!trace) continue;
    const { schedule, steps, slice, ending, why, forbidding = [] } = trace;
    const miss = why?.nearMiss;
    const fine =
      [...steps, ...ending.blocked, ...(miss?.steps ?? []), ...(why?.otherwise?.stuck ?? [])].every(({ thread }) =>
        isIn(thread, threads.length),
      ) &&
      [...slice, ...forbidding.flatMap(({ before, after }) => [before, after])].every((i) => isIn(i, steps.length)) &&
      [
        ...steps.flatMap(({ reads }) => reads),
        ...ending.reads,
        ...ending.blocked.flatMap(({ waitsFor }) => waitsFor),
      ].every(({ writtenBy }) => isIn(writtenBy, steps.length)) &&
      (why?.conflicts ?? []).every(({ first, second, closes }) =>
        [first, second, closes].every((i) => isIn(i, steps.length)),
      ) &&
      isIn(schedule.loop, steps.length) &&
      isIn(ending.since, steps.length + 1) &&
      isIn(miss?.differs, steps.length) &&
      isIn(miss?.late, steps.length) &&
      isIn(miss?.earlier, miss?.steps.length ?? 0);
    if (!fine) return `specs[${s}].trace`;
  }
  return undefined;
}

/** The Result in a text. Throws a ModelError that names `file` and says what is wrong with it. */
export function parseResult(text: string, file: string): Result {
  const again = "let `faultline check` write it again";
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ModelError(`'${file}' is no JSON`, { cause: (error as Error).message, remedy: again });
  }
  if (Array.isArray(value))
    throw new ModelError(`'${file}' holds several results`, { remedy: "show the result.json of one run" });
  if (!isObject(value) || value["format"] !== "faultline-result")
    throw new ModelError(`'${file}' is no result of faultline`, {
      cause: 'its "format" is not "faultline-result"',
      remedy: "give a result.json that `faultline check` wrote, or its folder",
    });
  if (value["version"] !== 1)
    throw new ModelError(`'${file}' has version ${JSON.stringify(value["version"]) ?? "none"}`, {
      cause: "this faultline reads version 1",
      remedy: again,
    });
  const wrong = mismatch(value, RESULT, "") ?? dangling(value as unknown as Result);
  if (wrong !== undefined)
    throw new ModelError(`'${file}' is incomplete`, {
      where: wrong,
      cause: "an older faultline wrote it, or it was edited",
      remedy: again,
    });
  return value as unknown as Result;
}
