import type { VmaIndex } from "../../kernel/world.ts";
import { faultThenStore } from "./fault-then-store.ts";
import { writeProtectFault, type WpPageShared } from "./wp-page-shared.ts";

/** A user's store to a page that a shared mapping has mapped read-only: it faults, and is tried again. */
export const firstStore = (i: VmaIndex, how: WpPageShared) => faultThenStore(i, writeProtectFault(i, how));
