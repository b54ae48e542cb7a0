import type { WeakModel } from "../model/memory.ts";
import type { Found } from "../search/fences.ts";
import type { Result } from "./result.ts";

/** What `faultline fences` has to say. */
export interface FencesResult {
  /** The command line that repeats it. */
  readonly command: string;
  readonly memory: WeakModel;
  readonly most: number;
  /** The scenario as it is, under sequential consistency and under the weaker model. */
  readonly sc: Result;
  readonly weak: Result;
  /** The specs and checks that only the weaker model violates. */
  readonly missing: readonly string[];
  /** Some runs end in a bugOn under sc, too: these violate no other spec. */
  readonly endsInBug: boolean;
  /** Absent if there is nothing to look for. */
  readonly found?: Found;
}
