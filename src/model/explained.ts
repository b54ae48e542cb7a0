import { ImpureError, InternalError, ModelError } from "./error.ts";
import { ignore } from "./outside.ts";
import { named } from "./running.ts";
import { placeOf } from "./where.ts";

/** A run that stops for a reason of the engine that runs it, which no model has to do with. */
export class Paused {}

/**
 * Runs a function of the model, defined about where `definedAt` says, and turns whatever it throws into an error that
 * says where. Everything that calls into a model does so through this: what is thrown there is the model's mistake.
 */
export function explained<T>(what: string, body: () => T, definedAt?: Error): T {
  try {
    return named(what, body);
  } catch (error) {
    if (error instanceof Paused || error instanceof InternalError) throw error;
    const own = error instanceof Error ? placeOf(error) : undefined;
    const place = own ?? (definedAt && placeOf(definedAt));
    if (error instanceof ModelError) {
      if (error.explanation.where !== undefined) throw error;
      const where = [place, what].filter(Boolean).join(", ");
      const Kind = error instanceof ImpureError ? ImpureError : ModelError;
      throw new Kind(error.message, { ...error.explanation, where }, { cause: error });
    }
    throw new ModelError(
      `${what} threw${error instanceof Error ? `: ${messageOf(error)}` : ` ${shown(error)}`}`,
      { ...(place !== undefined && { where: place }), remedy: "nothing that a model is built of may throw" },
      { cause: error },
    );
  }
}

/** A promise that a function of the model has returned is an error, and nobody waits for what becomes of it. */
export function isPromise(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !(value instanceof Promise)) return false;
  ignore(value);
  return true;
}

/** What was thrown, whatever it is. */
export function shown(thrown: unknown): string {
  try {
    return typeof thrown === "string" ? `'${thrown}'` : String(thrown);
  } catch {
    return "what cannot be shown";
  }
}

/** What an error says in one line. */
export function messageOf(error: Error): string {
  try {
    const said: unknown = error.message;
    return typeof said === "string" ? said.split("\n")[0]!.trim() : shown(said);
  } catch {
    return "an error that cannot be shown";
  }
}
