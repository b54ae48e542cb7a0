import { ImpureError, InternalError, ModelError } from "./error.ts";
import { ignore } from "./outside.ts";
import { named } from "./running.ts";
import { isA, isError, messageOf, shown } from "./thrown.ts";
import { hasPlace, placeOf, placeOfThrown } from "./where.ts";

/** A run that stops for a reason of the engine that runs it, which no model has to do with. */
export class Paused {
  protected readonly isPaused = true;
}

/**
 * Runs a function of the model, defined about where `definedAt` says, and turns whatever it throws into an error that
 * says where. Everything that calls into a model does so through this: what is thrown there is the model's mistake.
 */
export function explained<T>(what: string, body: () => T, definedAt?: Error): T {
  try {
    return named(what, body);
  } catch (error) {
    if (isA(error, Paused) || isA(error, InternalError)) throw error;
    const known = isA(error, ModelError) ? error.explanation.where : undefined;
    // Not looked for where it is known, which takes long.
    if (known !== undefined && hasPlace(known)) throw error;
    const place = placeOfThrown(error) ?? (definedAt && placeOf(definedAt));
    if (isA(error, ModelError)) {
      if (known !== undefined && place === undefined) throw error;
      const where = [place, known ?? what].filter(Boolean).join(", ");
      const Kind = isA(error, ImpureError) ? ImpureError : ModelError;
      throw new Kind(error.message, { ...error.explanation, where }, { cause: error });
    }
    throw new ModelError(
      `${what} threw${isError(error) ? `: ${messageOf(error)}` : ` ${shown(error)}`}`,
      { ...(place !== undefined && { where: place }), remedy: "nothing that a model is built of may throw" },
      { cause: error },
    );
  }
}

/** A promise that a function of the model has returned is an error, and nobody waits for what becomes of it. */
export function isPromise(value: unknown): boolean {
  if (!isA(value, Promise)) return false;
  ignore(value);
  return true;
}
