import {
  acquire,
  bool,
  bugOn,
  choose,
  done,
  full,
  ghost,
  int,
  once,
  oneOf,
  release,
  scenario,
  spinlock,
  wait,
  world,
} from "faultline";

/**
 * Bugs that lie deep: for each, breadth first there are more states before the first violation than anybody waits for,
 * or many. Of different kinds, so that no single way to look ahead finds them all. docs/decisions/0190 has what finds which.
 */
const ROUNDS = 14;
const w = world({
  count: int(0, 3 * ROUNDS),
  a: spinlock,
  b: spinlock,
  refs: int(0, 60),
  few: int(0, 39),
  slot: int(0, 3),
  ticket: int(0, 63),
  serving: int(0, 63),
  inside: ghost(int(0, 3)),
  x: bool,
  y: bool,
  turns: ghost(int(0, ROUNDS)),
});
const locals = { old: int(0, 3 * ROUNDS), round: int(0, 40), mine: int(0, 63) } as const;

const again = (me: { round: number }, to: string, rounds: number): string | typeof done =>
  ++me.round < rounds ? to : done;

/** Each CPU adds one, without a lock. */
const adds = w.path("add", locals, {
  "old = count": once((k, me) => void (me.old = k.count)),
  "count = old + 1": once((k, me) => {
    k.count = me.old + 1;
    return again(me, "old = count", ROUNDS) as never;
  }),
});

/** The same in rounds of four steps. */
const slow = w.path("slow", locals, {
  "enough?": (_, me) => (me.round === ROUNDS ? done : undefined),
  "old = count": once((k, me) => void (me.old = k.count)),
  "old++": (_, me) => void me.old++,
  "count = old": once((k, me) => {
    k.count = me.old;
    me.round++;
    return "enough?";
  }),
});

/** Two locks, in one order; the last round takes them in the other one. */
const locks = (last: boolean) =>
  w.path("locks", locals, {
    first: acquire((k, me) => {
      const swapped = last && me.round === 24;
      if (swapped ? k.b : k.a) return wait;
      if (swapped) k.b = true;
      else k.a = true;
    }),
    second: acquire((k, me) => {
      const swapped = last && me.round === 24;
      if (swapped ? k.a : k.b) return wait;
      if (swapped) k.a = true;
      else k.b = true;
    }),
    "unlock second": release((k, me) => void (last && me.round === 24 ? (k.a = false) : (k.b = false))),
    "unlock first": release((k, me) => {
      if (last && me.round === 24) k.b = false;
      else k.a = false;
      return again(me, "first", 25) as never;
    }),
  });

/** A reference for each round; where the choice falls on the error path, it is not given back. */
const leaks = (bug: boolean) =>
  w.path("leak", locals, {
    get: full((k) => void (k.refs < 60 && k.refs++)),
    "fails?": (_, me) => (choose(false, true) ? (again(me, "get", 26) as never) : undefined),
    put: full((k, me) => {
      if (bug) bugOn(k.refs >= 46, "references are leaked");
      k.refs--;
      return again(me, "get", 26) as never;
    }),
  });
/** The same without a bound: the count goes out of its range. */
const overflows = w.path("overflow", locals, {
  get: full((k) => void k.few++),
  "fails?": (_, me) => (choose(false, true) ? (again(me, "get", 20) as never) : undefined),
  put: full((k, me) => {
    k.few--;
    return again(me, "get", 20) as never;
  }),
});

/** A ticket lock whose tickets are told apart by their last two bits alone: so four waiting CPUs are one too many. */
const tickets = w.path("ticket", locals, {
  take: full((k, me) => {
    me.mine = k.ticket;
    k.ticket = (k.ticket + 1) % 64;
  }),
  "spin until served": acquire((k, me) => {
    if (k.serving % 3 !== me.mine % 3) return wait;
    if (k.inside < 3) k.inside++;
  }),
  serve: release((k, me) => {
    k.inside--;
    k.serving = (k.serving + 1) % 64;
    return again(me, "take", 8) as never;
  }),
});

/** Each looks for the other one's flag; x86 delays the store behind the load. */
const flags = (mine: "x" | "y", other: "x" | "y") =>
  w.path("flags", locals, {
    raise: once((k) => void (k[mine] = true)),
    "look for the other": once((k, me) => (k[other] ? "lower" : me.round < 9 ? "lower" : undefined)),
    enter: (k) => void k.inside++,
    leave: (k) => void k.inside--,
    lower: full((k, me) => {
      k[mine] = false;
      return again(me, "raise", 12) as never;
    }),
  });

const KINDS = [
  "ends-at-2",
  "ends-below-42",
  "above-40-sometimes",
  "deadlock",
  "bug-on",
  "in-range",
  "tickets",
  "leaks-all",
  "flags",
  "turns",
  "slowly",
] as const;

const passes = (bit: 0 | 1 | 2) =>
  w.path("turns", locals, {
    "my turn?": acquire((k) => (k.slot % 3 === bit ? undefined : choose(true, false) ? wait : "give up")),
    pass: release((k, me) => {
      k.slot = (k.slot + 1) % 3;
      if (k.turns < ROUNDS) k.turns++;
      return again(me, "my turn?", 6) as never;
    }),
    "give up": (k, me) => {
      k.turns = 0;
      return again(me, "my turn?", 40) as never;
    },
  });

export default scenario("deep-bugs", {
  about: "A bug that lies deep",
  world: w,
  params: { bug: oneOf(...KINDS) },
  threads: ({ bug }) => {
    switch (bug) {
      case "deadlock":
        return { a: locks(false), b: locks(true), c: adds, d: adds };
      case "bug-on":
        return { a: leaks(true), b: leaks(true), c: adds };
      case "leaks-all":
        return { a: leaks(false), b: leaks(false), c: adds };
      case "in-range":
        return { a: overflows, b: overflows, c: overflows };
      case "tickets":
        return { a: tickets, b: tickets, c: tickets, d: tickets };
      case "flags":
        return { a: flags("x", "y"), b: flags("y", "x"), c: locks(false), d: locks(false) };
      case "turns":
        return { a: passes(0), b: passes(1), c: passes(2) };
      case "slowly":
        return { a: slow, b: slow, c: slow };
      default:
        return { a: adds, b: adds, c: adds };
    }
  },
  specs: [
    w.atEnd("ends-above-2", "the counter ends above 2", (k) => k.count > 2),
    w.atEnd("ends-not-at-2", "the counter does not end at 2", (k) => k.count !== 2),
    w.atEnd("adds-up", "every increment counts", (k) => k.count > 40 || k.count < 3),
    w.sometimes("all-count", "every increment counts", (k) => k.count === 3 * ROUNDS),
    w.atEnd("few-leaks", "fewer than 50 references are leaked", (k) => k.refs < 50),
    w.always("alone", "one CPU is inside", (k) => k.inside < 2),
    w.always("not-all-turns", "turns do not go round without a break", (k) => k.turns < ROUNDS),
  ],
});
