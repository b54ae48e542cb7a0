import assert from "node:assert/strict";
import { test } from "node:test";
import { full, int, noreturn, once, release, world } from "faultline";
import { searchLkmm, type LkmmExploration } from "../../src/search/lkmm-search.ts";
import type { AnyStep } from "../../src/model/path.ts";
import { toy } from "../semantics/toy.ts";

const w = world({ count: int(-1, 2), x: int(0, 1) });

/** One thread counts down, the other one does this; `count` starts at 1. */
function searched(step: AnyStep): LkmmExploration {
  const search = searchLkmm(
    toy({
      world: w,
      threads: {
        down: w.path("down", {}, { "count--": noreturn((k) => void k.count--), "x = 1": once((k) => void (k.x = 1)) }),
        other: w.path("other", {}, { step: step as never }),
      },
      init: (k) => void (k.count = 1),
      specs: [
        w.always("not-negative", "the count is not negative", (k) => k.count >= 0),
        w.sometimes("is-zero", "the count is 0", (k) => k.count === 0),
        w.always("in-order", "x follows the count", (k) => k.x === 0 || k.count <= 0),
      ],
    }),
  );
  for (;;) {
    const slice = search.next();
    if (slice.done) return slice.value;
  }
}

test("under lkmm a spec may look at a word that RMWs alone change: each finds what the last one has stored", () => {
  const twice = searched(noreturn((k: { count: number }) => void k.count--) as AnyStep);
  assert.deepEqual([...twice.unjudged], [["in-order", ["x"]]]);
  assert.deepEqual([...twice.found.keys()].toSorted(), ["is-zero", "not-negative"]);
  const up = searched(full((k: { count: number }) => void k.count++) as AnyStep);
  assert.deepEqual([...up.unjudged.keys()], ["in-order"]);
  assert.deepEqual([...up.found.keys()], ["is-zero"]);
});

test("under lkmm a spec is not judged that looks at a word which a plain store changes, too", () => {
  const stored = searched(release((k: { count: number }) => void (k.count = 2)) as AnyStep);
  assert.deepEqual([...stored.unjudged.keys()].toSorted(), ["in-order", "is-zero", "not-negative"]);
});
