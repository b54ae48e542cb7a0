import { ModelError } from "./error.ts";

/** What is wrong, said of a path and of a call that is compiled. */
export const STEPS_AS_LOCALS = {
  sentence: "the steps stand where the locals do",
  cause: "path(name, steps) has no locals; with what is said about the path behind the steps, it takes all four",
  remedy: 'write path("...", {}, { ...steps }, { ...about })',
};

/** Of three arguments the second one is the locals: TypeScript could not tell steps from locals there, and give them their world. */
export function refuseStepsAsLocals([name, locals, steps]: readonly unknown[]): void {
  if (!hasEntry(locals) || hasEntry(steps)) return;
  const { sentence, cause, remedy } = STEPS_AS_LOCALS;
  throw new ModelError(sentence, { where: `path '${String(name)}'`, cause, remedy });
}

const hasEntry = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !("kind" in value) && Object.values(value).some(isEntry);

const isEntry = (value: unknown): boolean =>
  typeof value === "function" ||
  (typeof value === "object" &&
    value !== null &&
    "kind" in value &&
    ["step", "call", "group"].includes(String(value.kind)));
