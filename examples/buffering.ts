// buffering.ts
import { bool, ghost, once, scenario, world } from "faultline";

const kernel = world({ x: bool, y: bool, seen: ghost(bool) });
const left = kernel.path("left", {}, {
  "WRITE_ONCE(x, true)": once((k) => { k.x = true; }),
  "READ_ONCE(y)": once((k) => { k.seen ||= k.y; }),
});
const right = kernel.path("right", {}, {
  "WRITE_ONCE(y, true)": once((k) => { k.y = true; }),
  "READ_ONCE(x)": once((k) => { k.seen ||= k.x; }),
});

export default scenario("buffering", {
  about: "Two CPUs store, and look for each other's store",
  world: kernel,
  params: {},
  threads: () => ({ left, right }),
  specs: [kernel.atEnd("one-sees", "one of the two CPUs sees the other's store", (k) => k.seen)],
});
