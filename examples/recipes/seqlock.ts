import { bool, bugOn, once, readSeqcountBegin, readSeqcountRetry, readSeqcountRetryOnce, seqlock } from "faultline";
import { sequence, world, writeSeqlock, writeSequnlock, type StateOf } from "faultline";

const w = world({ sl: seqlock, a: bool, b: bool });
const count = (k: StateOf<typeof w>) => k.sl.seqcount;
const locals = { seq: sequence, a: bool, b: bool };
export default w.scenario("seqlock", "Two words are read while they are written", {
  params: { noRmb: bool },
  threads: ({ noRmb }) => ({
    write: w.path("write", {
      "write_seqlock(&sl)": writeSeqlock((k) => k.sl),
      "WRITE_ONCE(a, 1)": once((k) => void (k.a = true)),
      "WRITE_ONCE(b, 1)": once((k) => void (k.b = true)),
      "write_sequnlock(&sl)": writeSequnlock((k) => k.sl),
    }),
    read: w.path("read", locals, {
      "read_seqbegin(&sl)": readSeqcountBegin(count, (_, me, seq) => void (me.seq = seq)),
      "READ_ONCE(a)": once((k, me) => void (me.a = k.a)),
      "READ_ONCE(b)": once((k, me) => void (me.b = k.b)),
      "read_seqretry(&sl, seq)": !noRmb && readSeqcountRetry(count, (_, me) => me.seq, "read_seqbegin(&sl)"),
      "without smp_rmb()": noRmb && readSeqcountRetryOnce(count, (_, me) => me.seq, "read_seqbegin(&sl)"),
      "use a and b": once((_, { a, b }) => bugOn(a !== b, "one is new and the other is old")),
    }),
  }),
});
