// mistake.ts
import { bool, scenario, world } from "faultline";

const w = world({ locked: bool });
const path = w.path("lock_then_unlock", {}, {
  "lock": (k) => { k.locked = true; return "unlok" as never; },
  "unlock": (k) => { k.locked = false; },
});
export default scenario("mistake", {
  about: "A jump to nowhere",
  world: w,
  params: {},
  threads: () => ({ path }),
  specs: [],
});
