import { array, bool, bugOn, choose, int, scenario, symmetric, wait, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

type Two = 0 | 1;
const other = (self: Two): Two => (self === 0 ? 1 : 0);

const oneLock = world({ lock: bool });

/** Lock: two processes around one lock, for ever. */
export const lock = scenario("lock", {
  about: "Two processes take and drop a lock",
  world: oneLock,
  params: {},
  threads: () => ({
    proc: symmetric(2, () =>
      oneLock.path(
        "proc",
        {},
        {
          l0: () => {},
          l1: (k) => {
            if (k.lock) return wait;
            k.lock = true;
          },
          cs: () => {},
          l2: (k) => {
            k.lock = false;
            return "l0";
          },
        },
      ),
    ),
  }),
  specs: [],
});

const shared = world({ c: array(2, bool), turn: int(0, 1), ncrit: int(0, 2) });

/** Peterson's algorithm with the labels of its PlusCal text. */
const petersonProc = (self: Two) =>
  shared.path(
    "proc",
    {},
    {
      a0: () => {},
      a1: (k) => {
        k.c[self] = true;
      },
      a2: (k) => {
        k.turn = other(self);
      },
      a3: (k) => {
        if (k.c[other(self)] && k.turn !== self) return wait;
      },
      cs: () => {},
      a4: (k) => {
        k.c[self] = false;
        return "a0";
      },
    },
  );

export const peterson = scenario("peterson", {
  about: "Two processes in Peterson's mutual exclusion",
  world: shared,
  params: {},
  threads: () => ({ proc0: petersonProc(0), proc1: petersonProc(1) }),
  specs: [],
});

/** The same algorithm as Spin's example has it: the last to come waits, and the critical section counts who is in. */
const user = (pid: Two) =>
  shared.path(
    "user",
    {},
    {
      "assert(_pid == 0 || _pid == 1)": () => {},
      "flag[_pid] = 1": (k) => {
        k.c[pid] = true;
      },
      "turn = _pid": (k) => {
        k.turn = pid;
      },
      "flag[1 - _pid] == 0 || turn == 1 - _pid": (k) => {
        if (k.c[other(pid)] && k.turn === pid) return wait;
      },
      "ncrit++": (k) => {
        k.ncrit++;
      },
      "assert(ncrit == 1)": (k) => bugOn(k.ncrit !== 1, "ncrit == 1"),
      "ncrit--": (k) => {
        k.ncrit--;
      },
      "flag[_pid] = 0": (k) => {
        k.c[pid] = false;
        return "flag[_pid] = 1";
      },
    },
  );

export const petersonSpin = scenario("peterson-spin", {
  about: "Two processes in Peterson's mutual exclusion, with a counter in the critical section",
  world: shared,
  params: {},
  threads: () => ({ user0: user(0), user1: user(1) }),
  specs: [],
});

/** Peterson's filter lock: n processes climb n - 1 levels, and the last to reach a level waits on it. */
export function filterLock(n: number): Scenario {
  const levels = world({ pos: array(n, int(0, n - 1)), step: array(n, int(0, n - 1)) });
  const climber = (i: number) =>
    levels.path(
      "climber",
      { j: int(0, n), k: int(0, n) },
      {
        "j = 1": (_, me) => {
          me.j = 1;
        },
        "pos[i] = j": (k, me) => {
          if (me.j === n) return "critical";
          k.pos[i] = me.j;
        },
        "step[j - 1] = i": (k, me) => {
          k.step[me.j - 1] = i;
          me.k = 0;
        },
        // Both may be open at once: the next process is not above, and another one came last.
        "look around": (k, me) => {
          if (choose("at the next", "up") === "up") {
            if (k.step[me.j - 1] === i && me.k < n) return wait;
            me.j++;
            return "pos[i] = j";
          }
          if (me.k === n || (me.k !== i && k.pos[me.k]! >= me.j)) return wait;
          me.k++;
          return "look around";
        },
        critical: (k) => {
          k.pos[i] = 0;
          return "j = 1";
        },
      },
    );
  return scenario("filter-lock", {
    about: "Peterson's mutual exclusion for several processes",
    world: levels,
    params: {},
    threads: () => numbered("climber", n, climber),
    specs: [],
  });
}
