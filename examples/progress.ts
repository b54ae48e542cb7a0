// progress.ts
import { acquire, bool, ghost, once, oneOf, release, scenario, spinlock, wait, world } from "faultline";

const w = world({ a: spinlock, b: spinlock, served: ghost(bool) });

const spinLock = acquire((k: { a: boolean }) => {
  if (k.a) return wait;
  k.a = true;
});
const user = w.path("user", {}, {
  "spin_lock(&a)": spinLock,
  "use what it protects": once((k) => { k.served = true; }),
  "spin_unlock(&a)": release((k) => { k.a = false; }),
});
/** Takes and leaves the lock, as often as it likes. */
const loop = w.path("loop", {}, {
  "spin_lock(&a)": spinLock,
  "spin_unlock(&a)": release((k) => { k.a = false; return "spin_lock(&a)"; }),
});
/** Takes a lock, and tries another one; if that is held, it leaves the first one and begins again. */
const both = (name: string, first: "a" | "b", second: "a" | "b") =>
  w.path(name, {}, {
    "spin_lock(first)": acquire((k) => {
      if (k[first]) return wait;
      k[first] = true;
    }),
    "spin_trylock(second)": acquire((k) => {
      if (k[second]) return;
      k[second] = true;
      return "use what they protect";
    }),
    "spin_unlock(first), to try again": release((k) => { k[first] = false; return "spin_lock(first)"; }),
    "use what they protect": once((k) => { k.served = true; }),
    "spin_unlock(second)": release((k) => { k[second] = false; }),
    "spin_unlock(first)": release((k) => { k[first] = false; }),
  });

export default scenario("progress", {
  about: "Does anybody get what the locks protect?",
  world: w,
  params: { by: oneOf("lock", "trylock") },
  threads: ({ by }) => ({
    user: by === "lock" ? user : both("ab", "a", "b"),
    other: by === "lock" ? loop : both("ba", "b", "a"),
  }),
  idle: ({ by }) => (by === "lock" ? ["other"] : []),
  specs: [
    w.eventually("served", "a user gets the lock", (k) => k.served),
    w.eventually("served-strong", "a user gets the lock", (k) => k.served, { fairness: "strong" }),
    w.leadsTo("left", "a lock that is held is left", (k) => k.a, (k) => !k.a),
  ],
});
