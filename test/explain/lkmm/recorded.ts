import assert from "node:assert/strict";
import type { Recorded } from "../../../src/memory/lkmm/execution.ts";
import type { LkmmMachine } from "../../../src/memory/lkmm/machine.ts";
import { recordLkmm } from "../../../src/memory/lkmm/record.ts";
import type { Explored } from "../../../src/search/search.ts";

/** The run under lkmm that a search found for a spec, with its events. */
export function recorded({ found, machine }: Explored, name: string): Recorded {
  const recorder = recordLkmm((machine as LkmmMachine).lkmm, found.get(name)!);
  assert.ok(!("obstacle" in recorder));
  return recorder.finish();
}
