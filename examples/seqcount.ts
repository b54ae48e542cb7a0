// seqcount.ts
import { bugOn, guarded, int, lock, once, oneOf, readSeqcountBegin, readSeqcountRetry, readSeqcountRetryOnce } from "faultline";
import { scenario, seqcount, sequence, spinlock, unlock, world, writeSeqcountBegin, writeSeqcountEnd } from "faultline";

/** seqcount_spinlock_t: two words that are written together. */
const w = world({ lock: spinlock, seq: guarded("lock", seqcount), a: int(0, 1), b: int(0, 1) });

const write = w.path("write", {}, {
  "spin_lock(&lock)": lock((k) => k.lock),
  "write_seqcount_begin(&seq)": writeSeqcountBegin((k) => k.seq),
  "a = 1": once((k) => { k.a = 1; }),
  "b = 1": once((k) => { k.b = 1; }),
  "write_seqcount_end(&seq)": writeSeqcountEnd((k) => k.seq),
  "spin_unlock(&lock)": unlock((k) => k.lock),
});
const read = (retry: "rmb" | "no-rmb") =>
  w.path("read", { seq: sequence, a: int(0, 1), b: int(0, 1) }, {
    "seq = read_seqcount_begin(&seq)": readSeqcountBegin((k) => k.seq, (_, me, seq) => { me.seq = seq; }),
    "a": once((k, me) => { me.a = k.a; }),
    "b": once((k, me) => { me.b = k.b; }),
    "read_seqcount_retry(&seq, seq)": retry === "rmb" &&
      readSeqcountRetry((k) => k.seq, (_, me) => me.seq, "seq = read_seqcount_begin(&seq)"),
    "__read_seqcount_retry(&seq, seq)": retry === "no-rmb" &&
      readSeqcountRetryOnce((k) => k.seq, (_, me) => me.seq, "seq = read_seqcount_begin(&seq)"),
    "use a and b": once((_, { a, b }) => bugOn(a !== b, "half of what was written is read")),
  });

export default scenario("seqcount", {
  about: "Two words are read while they are written",
  world: w,
  params: { retry: oneOf("rmb", "no-rmb") },
  threads: ({ retry }) => ({ write, read: read(retry) }),
  specs: [],
  expect: [
    {},
    { memory: "lkmm" },
    { set: { retry: "no-rmb" } },
    { set: { retry: "no-rmb" }, memory: "lkmm", violated: ["no-bug"] },
  ],
});
