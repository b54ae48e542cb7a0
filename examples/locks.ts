// locks.ts
import { guarded, int, lock, lockShared, mutex, once, oneOf, rwsem, spinlock, unlock, unlockShared, world } from "faultline";

const w = world({ mmapLock: rwsem, ptl: spinlock, rss: guarded("ptl", int(0, 2)), oomLock: mutex });

const fault = w.path("fault", {
  "mmap_read_lock(mm)": lockShared((k) => k.mmapLock),
  "spin_lock(ptl)": lock((k) => k.ptl),
  "rss++": once((k) => { k.rss++; }),
  "spin_unlock(ptl)": unlock((k) => k.ptl),
  "mmap_read_unlock(mm)": unlockShared((k) => k.mmapLock),
});
const reap = (order: "mutex-first" | "ptl-first") =>
  w.path("reap", {
    "mutex_lock(&oom_lock)": order === "mutex-first" && lock((k) => k.oomLock),
    "spin_lock(ptl)": lock((k) => k.ptl),
    "mutex_lock(&oom_lock), too late": order === "ptl-first" && lock((k) => k.oomLock),
    "rss = 0": once((k) => { k.rss = 0; }),
    "spin_unlock(ptl)": unlock((k) => k.ptl),
    "mutex_unlock(&oom_lock)": unlock((k) => k.oomLock),
  });

export default w.scenario("locks", "An address space is reaped while a page is faulted in", {
  params: { order: oneOf("mutex-first", "ptl-first") },
  threads: ({ order }) => ({ fault, reap: reap(order) }),
  expect: [{}, { set: { order: "ptl-first" }, violated: ["locking"] }],
});
