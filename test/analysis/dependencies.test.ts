import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, done, ghost, int, once, ref, smpWmb, struct, world } from "faultline";
import { outcomesOf } from "../../src/search/outcomes.ts";
import { toy } from "../machine/toy.ts";

const Page = struct({ data: bool });
const w = world({ page: Page, slot: ref(Page), ready: bool, seen: ghost(int(0, 2)) });

const writer = w.path(
  "writer",
  {},
  {
    "data = 1": once((k) => void (k.page.data = true)),
    "smp_wmb()": smpWmb,
    "ready = 1": once((k) => void (k.ready = true)),
  },
);
const load = w.path(
  "load",
  { page: ref(Page) },
  { "page->data": once((k, { page }) => void (k.seen = page!.data ? 2 : 1)) },
);
const reader = w.path(
  "reader",
  { page: ref(Page) },
  {
    "page = slot": once((k, me) => void (me.page = k.slot)),
    "ready?": once((k) => {
      if (!k.ready) return done;
    }),
    "load()": call(load, ({ page }) => ({ page })),
  },
);

test("a branch orders no loads: what it leads to call has its arguments from elsewhere", async () => {
  const program = toy({ world: w, threads: { writer, reader }, init: (k) => void (k.slot = k.page) });
  const { values } = await outcomesOf(program, w, "lkmm", ({ seen }) => String(seen));
  assert.deepEqual(values, ["0", "1", "2"]);
});
