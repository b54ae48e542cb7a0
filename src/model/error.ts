import { isA } from "./thrown.ts";

/** What a user reads when a model, a spec or a command is wrong: sentence, where, likely cause, remedy, what exists. */
export interface Explanation {
  /** `file:line`, path, step: as much of it as is known. */
  readonly where?: string;
  readonly cause?: string;
  readonly remedy?: string;
}

/**
 * A mistake of the person who wrote a model or typed a command. It ends a run with exit code 2 and is shown
 * without a stack trace; every other error is a bug in faultline.
 */
export class ModelError extends Error {
  override readonly name = "ModelError";
  readonly explanation: Explanation;

  constructor(sentence: string, explanation: Explanation = {}, options?: ErrorOptions) {
    super(sentence, options);
    this.explanation = explanation;
  }
}

/**
 * Thrown where a step, a spec or `init` depends on what is no field, or changes it. It is an error wherever it happens,
 * also in a state that no run reaches: what a search says of such a model is worth nothing.
 */
export class ImpureError extends ModelError {}

/** A rule of the language is broken, which matters where a run gets to it; that a model is impure matters anywhere. */
export const breaksRule = (error: unknown): error is ModelError => isA(error, ModelError) && !isA(error, ImpureError);

/** Thrown when faultline contradicts itself (a counterexample that does not replay): exit code 70. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/** `"a, b, c"`, or `"none"`: for the "what exists" line of an error. */
export const listed = (names: Iterable<string>): string =>
  [...names].map((name) => (name.includes(",") ? `'${name}'` : name)).join(", ") || "none";

/** `"; did you mean 'x'?"` when one of `names` is close to `name`, else nothing. */
export function didYouMean(name: string, names: Iterable<string>): string {
  // Of three letters, two that differ are no slip.
  const limit = name.length <= 3 ? 1 : Math.max(2, Math.floor(name.length / 3));
  // `initial` for `init`: one begins with the other.
  const isLonger = (long: string, short: string): boolean => short.length >= 3 && long.startsWith(short);
  const close = [...names]
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .filter(({ candidate, distance }) => distance <= limit || isLonger(name, candidate) || isLonger(candidate, name))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return close ? `; did you mean '${close.candidate}'?` : "";
}

/** How many letters one name needs changed, added or dropped to be another. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
