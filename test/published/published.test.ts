import assert from "node:assert/strict";
import { test } from "node:test";
import { exploreAll } from "../explore-all.ts";
import { machineOf } from "../machine/toy.ts";
import { rows } from "./table.ts";

// The big ones are for the fast engine: see test/search/published.test.ts.
for (const { name, source, scenario, set, big: _, stutters, ...published } of rows.filter(({ big }) => !big))
  test(`${name} (${source})`, () => {
    const { initial, states, transitions, depth, done, stuck, cut } = exploreAll(machineOf(scenario, set));
    const counted = {
      distinct: states,
      generated: initial + transitions + (stutters ? done : 0),
      transitions,
      depth: depth + 1,
      done,
      stuck,
    };
    assert.equal(cut, undefined);
    assert.deepEqual({ ...counted, ...published }, counted);
  });
