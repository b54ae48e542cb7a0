import { InternalError } from "../../model/error.ts";
import type { BuiltIn } from "../../model/spec.ts";
import type { Expected } from "../expected.ts";
import type { Promela } from "./promela.ts";

/** What SPIN's verifier says of an export. */
export interface Answer {
  readonly states: number;
  /** Specs and checks that are violated, and `sometimes` specs that are reached. */
  readonly found: readonly string[];
  /** It has seen everything. */
  readonly isWhole: boolean;
}

/** What SPIN must be told for an answer that can be compared, and the verifier. */
export const ASKING = { spin: ["-a", "-o2", "-DREACHED"], verifier: ["-c0"] } as const;

export function answerOf(output: string, { asserted, more }: Pick<Promela, "asserted" | "more">): Answer {
  const [, states] = /^ *(\d+) states, stored/m.exec(output) ?? [];
  if (states === undefined) throw new InternalError(`SPIN's verifier said nothing of states:\n${output}`);
  const found = new Set<string>();
  for (const [, what] of output.matchAll(/^pan:\d+: assertion violated (\w+)/gm))
    found.add(asserted.get(what!) ?? what!);
  if (/^pan:\d+: invalid end state/m.test(output)) found.add("not-stuck" satisfies BuiltIn);
  const isWhole = !/search not completed|max search depth too small|out of memory|reached -DMEMLIM/i.test(output);
  return { states: Number(states) - more, found: [...found], isWhole };
}

/** How an answer differs from what faultline has found, a sentence each. */
export function differencesOf(answer: Answer, { states, violated, reached }: Expected): readonly string[] {
  const ours = [...violated, ...reached];
  return [
    ...(answer.states === states ? [] : [`SPIN counts ${answer.states} states, and faultline ${states}`]),
    ...answer.found.filter((name) => !ours.includes(name)).map((name) => `SPIN alone comes to ${name}`),
    ...ours.filter((name) => !answer.found.includes(name)).map((name) => `faultline alone comes to ${name}`),
  ];
}
