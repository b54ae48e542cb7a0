import assert from "node:assert/strict";
import { test } from "node:test";
import { ANON_PAIRS } from "../../models/scenarios/pairs-anon.ts";
import { FILE_PAIRS } from "../../models/scenarios/pairs.ts";

const sorted = (texts: readonly string[]): readonly string[] => texts.toSorted();

test("every two paths are searched together, or have a reason why not", () => {
  for (const { names, together, apart } of [FILE_PAIRS, ANON_PAIRS]) {
    const all = names.flatMap((first, i) => names.slice(i).map((second) => `${first} ${second}`));
    const said = [...together.map(({ first, second }) => `${first} ${second}`), ...Object.keys(apart)];
    assert.deepEqual(sorted(said), sorted(all));
    for (const reason of Object.values(apart)) assert.ok(reason.length > 20, reason);
  }
});
