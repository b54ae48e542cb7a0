import type { Judgement } from "../../result/judgement.ts";
import type { Result } from "../../result/result.ts";
import type { Run } from "../runs.ts";

/** A run that was made, what came of it, and how long it took. */
export interface Finished {
  readonly run: Run;
  readonly result: Result;
  readonly judgement: Judgement;
  readonly milliseconds: number;
  /** What --stats asks for. */
  readonly stats: readonly string[];
}
