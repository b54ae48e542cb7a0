import assert from "node:assert/strict";
import { test } from "node:test";
import { array, bool, bugOn, call, choose, done, int, ref, struct, wait, world } from "faultline";
import { check, modelError, specOf, toy } from "./toy.ts";

const Page = struct({ refcount: int(0, 3) });
const w = world({ pages: array(2, Page), x: int(0, 9), y: int(0, 9), flag: bool });

const add = w.path(
  "add",
  { amount: int(0, 9), sum: int(0, 9) },
  {
    "sum = x + amount": (k, me) => {
      me.sum = k.x + me.amount;
    },
    "x = sum": (k, me) => {
      k.x = me.sum;
    },
  },
);

test("a call takes arguments and gives a result", () => {
  const caller = w.path(
    "caller",
    { n: int(0, 9), result: int(0, 9) },
    {
      "n = 2": (_, me) => {
        me.n = 2;
      },
      "add(n)": call(
        add,
        (me) => ({ amount: me.n }),
        (me, callee) => {
          me.result = callee.sum;
        },
      ),
      "y = result": (k, me) => {
        k.y = me.result;
      },
    },
  );
  const specs = [w.atEnd("both", "x and y are 2", (k) => (k.x === 2 && k.y === 2) || `${k.x} ${k.y}`)];
  const result = check(toy({ world: w, threads: { caller }, specs }));
  assert.equal(specOf(result, "both").verdict, "holds");
  // The call is no step of its own: two steps of the caller, two of the callee.
  assert.deepEqual([result.search.transitions, result.search.depth], [4, 4]);
});

test("calls nest, and a trace knows the way in", () => {
  const inner = w.path("inner", {}, { "x = 7": (k) => void (k.x = 7) });
  const middle = w.path("middle", {}, { "inner()": call(inner), "y = 1": (k) => void (k.y = 1) });
  const outer = w.path("outer", {}, { first: () => {}, "middle()": call(middle), last: () => {} });
  const specs = [w.sometimes("through", "all has run", (k) => k.x === 7 && k.y === 1)];
  const { trace } = specOf(check(toy({ world: w, threads: { outer }, specs })), "through");
  assert.deepEqual(
    trace!.steps.map(({ calls, path, label }) => [calls, path, label]),
    [
      [[], "outer", "first"],
      [["middle()", "inner()"], "inner", "x = 7"],
      [["middle()"], "middle", "y = 1"],
    ],
  );
});

test("arguments travel two calls deep before the first step, and a result two calls up after the last", () => {
  const inner = w.path("inner", { n: int(0, 9) }, { "n++": (_, me) => void me.n++ });
  const middle = w.path(
    "middle",
    { n: int(0, 9) },
    {
      "inner(n)": call(
        inner,
        (me) => ({ n: me.n }),
        (me, { n }) => void (me.n = n),
      ),
    },
  );
  const outer = w.path(
    "outer",
    { n: int(0, 9) },
    {
      "middle(5)": call(
        middle,
        () => ({ n: 5 }),
        (me, { n }) => void (me.n = n),
      ),
      "x = n": (k, me) => void (k.x = me.n),
    },
  );
  const specs = [w.atEnd("six", "x is 6", (k) => k.x === 6 || `x is ${k.x}`)];
  const result = check(toy({ world: w, threads: { outer }, specs }));
  assert.equal(specOf(result, "six").verdict, "holds");
  assert.deepEqual([result.search.states, result.search.transitions], [3, 2]);
});

test("the locals of a callee end with it: two ways through it meet in one state", () => {
  const callee = w.path(
    "callee",
    { way: int(0, 9) },
    { pick: (_, me) => void (me.way = choose(1, 2, 3)), use: () => {} },
  );
  const caller = w.path("caller", {}, { "callee()": call(callee), after: () => {} });
  // start; three ways; one after the call; done.
  const { states, transitions } = check(toy({ world: w, threads: { caller } })).search;
  assert.deepEqual({ states, transitions }, { states: 6, transitions: 7 });
});

test("a local that no argument sets starts afresh in each call", () => {
  const callee = w.path("callee", { n: int(0, 1) }, { "n++": (_, me) => void me.n++, end: () => {} });
  const caller = w.path(
    "caller",
    {},
    {
      again: call(callee, undefined, () => "again" as const),
    },
  );
  const result = check(toy({ world: w, threads: { caller } }));
  assert.equal(specOf(result, "in-range").verdict, "holds");
  assert.deepEqual([result.search.states, result.search.transitions, result.search.done], [2, 2, 0]);
});

test("two calls of one path do not share locals", () => {
  const caller = w.path(
    "caller",
    { one: int(0, 9), two: int(0, 9) },
    {
      "add(1)": call(
        add,
        () => ({ amount: 1 }),
        (me, { sum }) => void (me.one = sum),
      ),
      "add(2)": call(
        add,
        () => ({ amount: 2 }),
        (me, { sum }) => void (me.two = sum),
      ),
      "y = two - one": (k, me) => void (k.y = me.two - me.one),
    },
  );
  const specs = [w.atEnd("sums", "1 + 2", (k) => (k.x === 3 && k.y === 2) || `${k.x} ${k.y}`)];
  assert.equal(specOf(check(toy({ world: w, threads: { caller }, specs })), "sums").verdict, "holds");
});

test("leave may jump, or end the caller; done ends the callee alone", () => {
  const trylock = w.path(
    "trylock",
    { got: bool },
    {
      test: (k) => (k.flag ? done : undefined),
      take: (k, me) => {
        k.flag = true;
        me.got = true;
      },
    },
  );
  const caller = w.path(
    "caller",
    {},
    {
      "trylock()": call(trylock, undefined, (_, { got }) => (got ? undefined : "fall back")),
      "locked: x++": (k) => {
        k.x++;
        return done;
      },
      "fall back": call(trylock, undefined, () => done),
      "never reached": () => {},
    },
  );
  const specs = [
    w.atEnd("one", "one of them has the lock", (k) => k.x === 1),
    w.sometimes("locked", "x is 1", (k) => k.x === 1),
  ];
  const result = check(toy({ world: w, threads: { a: caller, b: caller }, specs }));
  assert.deepEqual(
    result.specs.filter(({ kind }) => kind !== "check").map(({ verdict }) => verdict),
    ["violated", "holds"],
  );
  assert.deepEqual(result.neverTaken, [{ path: "caller", label: "never reached", declared: false }]);
});

test("a jump to a call goes into it, also from its own leave", () => {
  const tick = w.path("tick", {}, { "x++": (k) => void k.x++ });
  const caller = w.path(
    "caller",
    { left: int(0, 3) },
    {
      "left = 3": (_, me) => void (me.left = 3),
      "tick()": call(tick, undefined, (me) => {
        me.left--;
        return me.left > 0 ? "tick()" : done;
      }),
    },
  );
  const specs = [w.atEnd("three", "x is 3", (k) => k.x === 3)];
  const result = check(toy({ world: w, threads: { caller }, specs }));
  assert.equal(specOf(result, "three").verdict, "holds");
  assert.equal(result.search.transitions, 4);
});

test("a call can hand over a pointer, and leave can branch and assert", () => {
  const put = w.path("put", { page: ref(Page) }, { "page->refcount++": (_, me) => void me.page!.refcount++ });
  const caller = w.path(
    "caller",
    { page: ref(Page) },
    {
      "page = pages[1]": (k, me) => void (me.page = k.pages[1]),
      "put(page)": call(
        put,
        (me) => ({ page: me.page }),
        (me) => bugOn(choose(false, true) && me.page !== null, "page"),
      ),
    },
  );
  const specs = [
    w.sometimes("second", "the second page was counted", (k) => k.pages[1].refcount === 1 && k.pages[0].refcount === 0),
  ];
  const result = check(toy({ world: w, threads: { caller }, specs }));
  assert.equal(specOf(result, "second").verdict, "holds");
  assert.equal(specOf(result, "no-bug").verdict, "violated");
});

test("a wait in a callee blocks the caller, with nothing of the call done", () => {
  const lock = w.path("lock", { note: int(0, 9) }, { "spin_lock()": (k) => (k.flag ? wait : void (k.flag = true)) });
  const caller = w.path("caller", {}, { "lock()": call(lock, () => ({ note: 4 })), "lock() again": call(lock) });
  const result = check(toy({ world: w, threads: { caller } }));
  const { trace } = specOf(result, "not-stuck");
  assert.deepEqual(
    trace!.ending.blocked.map(({ calls, label, waitsFor }) => [calls, label, waitsFor.map(({ field }) => field)]),
    [[["lock() again"], "spin_lock()", ["flag"]]],
  );
});

// What only someone who goes around the types can write.
const drafts = w.layout.draft as { x: number };

test("a call's arguments must not read what is shared", () => {
  const caller = w.path("caller", {}, { first: () => {}, "add()": call(add, () => ({ amount: drafts.x })) });
  const error = modelError(() => check(toy({ world: w, threads: { caller } })));
  assert.match(error.message, /the arguments or the result of a call used the shared field 'x'/);
  assert.match(error.explanation.where!, /step 'first' of path 'caller'/);
  assert.match(error.explanation.remedy!, /read it in a step of its own/);
});

test("the result of a call must not write what is shared", () => {
  const caller = w.path("caller", {}, { "add()": call(add, undefined, () => void (drafts.x = 1)) });
  const error = modelError(() => check(toy({ world: w, threads: { caller } })));
  assert.match(error.message, /used the shared field 'x'/);
  assert.match(error.explanation.where!, /step 'x = sum' of path 'add'/);
});

test("a pointer that is handed over must not be followed on the way", () => {
  const caller = w.path(
    "caller",
    { page: ref(Page) },
    {
      "page = pages[0]": (k, me) => void (me.page = k.pages[0]),
      "add(page->refcount)": call(add, (me) => ({ amount: me.page!.refcount })),
    },
  );
  const error = modelError(() => check(toy({ world: w, threads: { caller } })));
  assert.match(error.message, /shared field 'pages\[0\]\.refcount'/);
});

test("the end of a call cannot wait", () => {
  const caller = w.path(
    "caller",
    {},
    {
      "add()": call(add, undefined, () => wait),
    },
  );
  const error = modelError(() => check(toy({ world: w, threads: { caller } })));
  assert.match(error.explanation.cause!, /it returned wait, which the end of a call cannot/);
});

test("an argument that the callee does not have is told with those it has", () => {
  const caller = w.path("caller", {}, { "add()": call(add, () => ({ amuont: 1 }) as object) });
  const error = modelError(() => check(toy({ world: w, threads: { caller } })));
  assert.match(error.message, /there is no field 'amuont'; did you mean 'amount'\?/);
});

test("an argument out of its range is a violation of in-range in the step that reaches the call", () => {
  const caller = w.path("caller", {}, { first: () => {}, "add(10)": call(add, () => ({ amount: 10 })) });
  const { trace } = specOf(check(toy({ world: w, threads: { caller } })), "in-range");
  assert.deepEqual(
    trace!.steps.map(({ label }) => label),
    ["first"],
  );
  assert.match(trace!.ending.reason, /caller\.add\(10\)\.amount would become 10/);
});
