import { bool, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { faultMaps } from "../../specs/fast-path.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { doReadFault } from "../mm/memory/read-fault.ts";
import { doSharedFault } from "../mm/memory/shared-fault.ts";
import { neverTaken } from "./recorded.ts";

/** Two threads of one process fault on the same page of a shared mapping: the later one finds the PTE there. */
export default scenario("shared-and-read-fault", {
  about: "A write fault and a read fault of two threads of one process on the same page of a shared mapping",
  world: kernel,
  params: { mkwrite: bool },
  threads: ({ mkwrite }) => ({
    write: doSharedFault(0, { variant: "baseline", mkwrite, handler: "filemap_fault" }),
    read: doReadFault(0, null),
  }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [faultMaps, ...balance],
  unreached: neverTaken("shared-and-read-fault"),
  expect: [
    { set: { mkwrite: false }, states: 180 },
    { set: { mkwrite: true }, states: 256 },
  ],
});
