import assert from "node:assert/strict";
import { test } from "node:test";
import { acquire, array, atomic, bool, call, int, once, oneOf, ref, scenario, struct, world } from "faultline";
import { modelError } from "../machine/toy.ts";

// Each line below `@ts-expect-error` is a mistake that the compiler must find: if it did not, this file would not
// compile. The functions are never called, except where the mistake can also be made from JavaScript.

const Page = struct({ locked: bool, refcount: int(0, 3) });
const Folio = struct({ dirty: bool });
const w = world({
  pages: array(2, Page),
  folio: Folio,
  slot: ref(Page),
  state: oneOf("idle", "busy"),
  ptl: array(2, bool),
});
const callee = w.path("callee", { page: ref(Page), got: bool }, { step: () => {} });

test("a misspelt jump target is a compile error, and a run-time error where there was no compiler", () => {
  const toNed = once(() => "ned");
  const build = (): unknown => [
    // @ts-expect-error "ned" is no label
    w.path("plain", {}, { start: () => "ned", end: () => {} }),
    // @ts-expect-error one of two jumps is to no label
    w.path("conditional", {}, { start: (k) => (k.slot ? "end" : "ned"), end: () => {} }),
    // @ts-expect-error "ned" is no label
    w.path("qualified", {}, { start: acquire(() => "ned"), end: () => {} }),
    // @ts-expect-error "ned" is no label
    w.path("twice qualified", {}, { start: atomic("why", toNed), end: () => {} }),
    // @ts-expect-error "ned" is no label
    w.path("leave", {}, { start: call(callee, undefined, () => "ned"), end: () => {} }),
    // @ts-expect-error a step of the callee is no step of the caller
    w.path("other path", {}, { start: call(callee, undefined, () => "step"), end: () => {} }),
    // @ts-expect-error "ned" is no label
    w.path("variant", {}, { start: (k) => (k.slot ? "ned" : undefined), end: false }),
  ];
  assert.equal((build() as unknown[]).length, 7);
  assert.match(
    modelError(() =>
      // @ts-expect-error "ned" is no label
      w.path("sequence", {}, { start: () => {}, end: () => {} }, { sequence: ["start", "ned"] }),
    ).message,
    /the sequence names 'ned'/,
  );
});

test("jumps to labels that are there compile: forward, backward, out of a call, and to a step left out", () => {
  const path = w.path(
    "good",
    { page: ref(Page) },
    {
      start: (k) => (k.slot ? "end" : undefined),
      again: acquire((k, me) => {
        me.page = k.slot;
        if (!me.page) return "start";
      }),
      "callee()": call(
        callee,
        (me) => ({ page: me.page }),
        (me, { got, page }) => {
          me.page = page;
          return got ? "end" : "left out";
        },
      ),
      "left out": false,
      end: once(() => {}),
    },
    { sequence: ["start", "again", "callee()", "end"] },
  );
  assert.deepEqual(path.labels, ["start", "again", "callee()", "end"]);
});

test("a step sees the fields of the world and its own locals, with their types", () => {
  const path = w.path(
    "fields",
    { page: ref(Page), n: int(0, 3) },
    {
      fields: (k, me) => {
        // @ts-expect-error there is no such field
        void k.slto;
        // @ts-expect-error there is no such field in the struct
        void k.pages[0].loked;
        // @ts-expect-error there is no such local
        void me.pgae;
        // @ts-expect-error the array has two elements
        k.slot = k.pages[2];
        // @ts-expect-error a reference may be null
        void me.page.locked;
      },
      values: (k, me) => {
        // @ts-expect-error a bool is no number
        k.pages[0].locked = 1;
        // @ts-expect-error a number is no bool
        me.n = true;
        // @ts-expect-error there is no such word
        k.state = "bussy";
        // @ts-expect-error a reference to one struct does not point at another
        k.slot = k.folio;
        // @ts-expect-error nor is it undefined
        me.page = undefined;
      },
      wholes: (k) => {
        // @ts-expect-error a struct is not assigned as a whole
        k.folio = { dirty: true };
        // @ts-expect-error nor is an array
        k.ptl = [true, true];
        // @ts-expect-error nor is an element that is a struct
        k.pages[0] = k.pages[1];
      },
      // @ts-expect-error a step does not return a number
      returns: () => 1,
      good: (k, me) => {
        k.pages[1].refcount++;
        k.ptl[0] = k.pages[0].locked;
        me.page = k.pages[me.n] ?? null;
        k.slot = me.page;
        k.state = k.state === "idle" ? "busy" : "idle";
        const picked: { refcount: number } | null = k.slot;
        void picked;
      },
    },
  );
  assert.equal(path.entries.size, 5);
});

test("a call gives the callee's locals, by name and type", () => {
  const path = w.path(
    "caller",
    { mine: ref(Page), n: int(0, 3) },
    {
      // @ts-expect-error the callee has no such local
      "misspelt()": call(callee, (me) => ({ pgae: me.mine })),
      // @ts-expect-error it is a reference
      "wrong type()": call(callee, (me) => ({ page: me.n })),
      // @ts-expect-error the caller has no such local
      "not mine()": call(callee, (me) => ({ page: me.page })),
      "result()": call(callee, undefined, (me, { got }) => {
        // @ts-expect-error the result is a bool
        me.n = got;
      }),
      // @ts-expect-error the callee has no such result
      "no result()": call(callee, undefined, (me, { gto }) => void (me.mine = gto)),
    },
  );
  assert.equal(path.labels.length, 5);
});

test("a path and a spec belong to their world", () => {
  const other = world({ elsewhere: bool });
  const config = { about: "", world: other, params: {}, threads: () => ({}) };
  const mine = w.always("mine", "slot is empty", (k) => k.slot === null);
  // @ts-expect-error the spec reads fields that the scenario's world does not have
  assert.equal(scenario("other", { ...config, specs: [mine] }).specs.length, 1);
  // @ts-expect-error there is no such field
  w.always("unknown", "never evaluated", (k) => k.elsewhere);
  // @ts-expect-error a spec gives true, false or a reason
  w.always("number", "never evaluated", (k) => k.pages.length);
});

test("parameters are known by name and by their values", () => {
  const path = w.path("path", {}, { step: () => {} });
  const config = {
    about: "",
    world: w,
    params: { order: oneOf("trylock", "recheck"), count: int(1, 3), late: bool },
    specs: [],
  } as const;
  scenario("good", {
    ...config,
    threads: ({ order, count, late }) => {
      const typed: readonly ["trylock" | "recheck", number, boolean] = [order, count, late];
      return { path, ...(typed[2] && { late: path }) };
    },
    init: (k, { late }) => {
      k.folio.dirty = late;
    },
    expect: [{ set: { order: "recheck", count: 2 }, violated: ["not-stuck"] }],
  });
  // @ts-expect-error there is no such parameter
  scenario("misspelt", { ...config, threads: ({ oredr }) => ({ path, oredr }) });
  // @ts-expect-error there is no such parameter
  scenario("misspelt", { ...config, threads: () => ({ path }), init: (k, { lat }) => void (k.folio.dirty = lat) });
  scenario("compared", {
    ...config,
    // @ts-expect-error there is no such value
    threads: ({ order }) => (order === "rechek" ? {} : { path }),
  });
  const wrong = modelError(() =>
    scenario("expected", {
      ...config,
      threads: () => ({ path }),
      // @ts-expect-error there is no such value
      expect: [{ set: { order: "rechek" } }],
    }),
  );
  assert.match(wrong.message, /parameter 'order' of scenario 'expected' cannot be 'rechek'/);
});
