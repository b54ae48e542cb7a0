import assert from "node:assert/strict";
import { test } from "node:test";
import { lkmmMachine } from "../../src/memory/lkmm/machine.ts";
import { explore } from "../../src/search/explore.ts";
import { endOf } from "../explore-all.ts";
import { weakRuns } from "../models/pinned.ts";

// The plain explorer tells threads apart, and keeps every state as an object.
const MOST_STATES = 20_000;

test("under lkmm the plain explorer finds what the machine's own search pins", async () => {
  let compared = 0;
  for (const { scenario, program, result } of await weakRuns()) {
    if (result.search.memory !== "lkmm" || result.search.cut !== null) continue;
    if (result.search.states > MOST_STATES || result.search.symmetric.length > 0) continue;
    const { states, transitions, depth, found } = endOf(explore(lkmmMachine(program)));
    const { search } = result;
    assert.deepEqual([states, transitions, depth], [search.states, search.transitions, search.depth], scenario.name);
    const told = result.specs.filter(({ trace }) => trace);
    assert.deepEqual([...found.keys()].toSorted(), told.map(({ name }) => name).toSorted(), scenario.name);
    for (const { name, trace } of told) {
      const [shortest, length] = [found.get(name)!.moves.length, trace!.schedule.moves.length];
      // One in order is told in place of a shorter one.
      if (trace!.minimal?.inOrder) assert.ok(length > shortest, `${scenario.name}: ${name}`);
      else assert.equal(length, shortest, `${scenario.name}: ${name}`);
    }
    compared++;
  }
  assert.ok(compared > 10, String(compared));
});
