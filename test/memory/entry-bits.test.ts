import assert from "node:assert/strict";
import { test } from "node:test";
import { once, scenario, type Path } from "faultline";
import { lockPtl, setPte, unlockPtl } from "../../models/kernel/primitives.ts";
import { emptyPageTable, kernel, type Kernel } from "../../models/kernel/world.ts";
import { MEMORY_MODELS } from "../../src/model/memory.ts";
import { resultUnder } from "../models/pinned.ts";

/** Two threads store to an entry under ptl, each in this way. */
const storing = (store: (k: Kernel) => void) => {
  const path = (name: string) =>
    kernel.path(name, {
      "spin_lock(ptl)": lockPtl(0),
      "the entry": once(store),
      "spin_unlock(ptl)": unlockPtl(0),
    }) as Path;
  return scenario("storing", {
    about: "Two threads make an entry writable",
    world: kernel,
    params: {},
    threads: (): Readonly<Record<string, Path>> => ({ one: path("one"), two: path("two") }),
    init(k) {
      emptyPageTable(k);
      setPte(k.table[0].pte, k.page);
    },
    specs: [
      kernel.atEnd("writable", "the entry maps the page for writing", (k) => {
        const { page, writable } = k.table[0].pte;
        return page === k.page && writable;
      }),
    ],
  });
};

test("one bit of a page-table entry can be stored in each memory model, though the word has more values than can be run through", async () => {
  for (const memory of MEMORY_MODELS)
    for (const store of [
      (k: Kernel) => void (k.table[0].pte.writable = true),
      (k: Kernel) => setPte(k.table[0].pte, k.page, { writable: true }),
    ]) {
      const { specs } = await resultUnder(memory, storing(store), {});
      assert.deepEqual(
        specs.filter(({ verdict }) => verdict !== "holds").map(({ name }) => name),
        [],
        memory,
      );
    }
});
