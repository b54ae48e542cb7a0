import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, int, ref, struct, wait, world } from "faultline";
import { resetDeadLocals } from "../../src/analysis/liveness.ts";
import { expectedOf } from "../../src/export/expected.ts";
import { exportedOf } from "../../src/export/exported.ts";
import { identifier, Names } from "../../src/export/names.ts";
import { promela } from "../../src/export/promela/promela.ts";
import { tla } from "../../src/export/tla/tla.ts";
import { toy } from "../machine/toy.ts";
import { searchAll } from "../search/agreement.ts";

const Page = struct({ locked: bool, refcount: int(0, 3, 1) });
const w = world({ a: Page, b: Page, slot: ref(Page), n: int(0, 4), size: int(0, 4, 2) });

const mover = w.path(
  "mover",
  { page: ref(Page) },
  {
    "slot = &a": (k) => void (k.slot = k.a),
    "page = slot": (k, me) => void (me.page = k.slot),
    "slot = &b": (k) => void (k.slot = k.b),
    "page == slot?": (k, me) => (me.page === k.slot ? "n < size?" : undefined),
    "size = n": (k) => void (k.size = k.n),
    "n < size?": (k) => (k.n < k.size ? undefined : "lock"),
    "n += 2": (k) => void (k.n += 2),
    lock: (k) => {
      if (k.a.locked) return wait;
      k.a.locked = true;
    },
  },
);
const getter = w.path(
  "getter",
  {},
  {
    "refcount++": (k) => void (k.a.refcount < 3 && k.a.refcount++),
    "n = 1": (k) => void (k.n = 1),
  },
);

async function textsOf(): Promise<{ readonly pml: string; readonly module: string }> {
  const program = resetDeadLocals(toy({ world: w, threads: { mover, getter } }));
  const expected = expectedOf(program, await searchAll(program));
  const exported = exportedOf(program);
  return {
    pml: promela(exported, expected, "faultline export", "m.pml").text,
    module: tla(exported, expected, "faultline export", "m").module,
  };
}

test("steps are written as their reader would write them", async () => {
  const { pml, module } = await textsOf();
  const lines = new Set(pml.split("\n").map((line) => line.trim()));
  for (const line of [
    // What was read is copied, compared and counted from, in place of a case for each value.
    ":: d_step { mover_page = slot }",
    ":: d_step { mover_page == slot -> mover_page = NULL }; goto n_size",
    ":: d_step { n < size }",
    ":: d_step { size = n }",
    ":: d_step { n <= 2 -> n = n + 2 }",
    ":: a_refcount <= 2 -> a_refcount = a_refcount + 1",
    // It waits where it has no way.
    ":: d_step { !a_locked -> a_locked = true; mover_page = NULL }",
  ])
    assert.ok(lines.has(line), `${line}\n${pml}`);
  for (const line of [
    "/\\ me.mover_page = k.slot",
    "/\\ me' = [me EXCEPT !.mover_page = k.slot]",
    "/\\ k.n < k.size",
    "/\\ ~k.a_locked",
    "/\\ k' = [k EXCEPT !.a_locked = TRUE]",
  ])
    assert.ok(module.includes(line), `${line}\n${module}`);
});

test("names are identifiers, each of them once", () => {
  assert.equal(identifier("lock_page(page)"), "lock_page_page");
  assert.equal(identifier("pages[0].mapcount"), "pages_0_mapcount");
  assert.equal(identifier("5.9"), "n_5_9");
  assert.equal(identifier("\u2192"), "n");
  const names = new Names(["if"]);
  assert.deepEqual(
    ["if", "f(x)", "f[x]", "F X"].map((text) => names.give(text)),
    ["if_2", "f_x", "f_x_2", "F_X_3"],
  );
  const inner = names.inner();
  assert.equal(inner.give("f x"), "f_x_4");
  assert.equal(names.give("g"), inner.give("g"));
});
