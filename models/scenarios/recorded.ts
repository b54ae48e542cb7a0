import type { NeverTaken } from "faultline";
import { NEVER_TAKEN } from "./never-taken.ts";

/** What is recorded of a bundled scenario; nothing yet of one that is new. `npm run record` renews it. */
export const neverTaken = (scenario: string): readonly NeverTaken[] => NEVER_TAKEN[scenario] ?? [];
