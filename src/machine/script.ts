import { ModelError } from "../model/error.ts";
import { placeOf } from "../model/where.ts";

/** Decides the branches of one run: which of `count` options the turn-th `choose` takes, counting from 0. */
export interface Script {
  pick(count: number, turn: number): number;
}

/** The most ways in which a step or `init`, called `what`, may branch at once. */
export const MOST_BRANCHES = 50_000;

/**
 * Runs `body` once for every combination of the choices it makes, first options first; returns all results in that order.
 * `what` it is, and where that is defined, is for an error.
 */
export function scripts<T>(body: (script: Script) => T, what: string, definedAt: Error): readonly T[] {
  const results: T[] = [];
  let prefix: number[] = [];
  do {
    const counts: number[] = [];
    const picks = prefix;
    const script: Script = {
      pick: (count, turn) => {
        counts[turn] = count;
        return (picks[turn] ??= 0);
      },
    };
    if (results.push(body(script)) > MOST_BRANCHES)
      throw new ModelError(`${what} branches into too many ways at once`, {
        where: [placeOf(definedAt), what].filter(Boolean).join(", "),
        cause: `its choose() calls have more than ${MOST_BRANCHES} combinations`,
        remedy: "choose among the few values that matter",
      });
    prefix = picks.slice(0, counts.length);
    while (prefix.length > 0 && prefix.at(-1)! + 1 >= counts[prefix.length - 1]!) prefix.pop();
    if (prefix.length > 0) prefix[prefix.length - 1]!++;
  } while (prefix.length > 0);
  return results;
}
