// count.ts
import { int, once, scenario, symmetric, world } from "faultline";

const w = world({ count: int(0, 2) });
const inc = w.path("inc", { old: int(0, 2) }, {
  "old = count": once((k, me) => { me.old = k.count; }),
  "count = old + 1": once((k, me) => { k.count = me.old + 1; }),
});
export default scenario("count", {
  about: "Two CPUs increment a counter without a lock",
  world: w,
  params: {},
  threads: () => ({ inc: symmetric(2, () => inc) }),
  specs: [w.atEnd("two", "both increments count", (k) => k.count === 2 || `count is ${k.count}`)],
});
