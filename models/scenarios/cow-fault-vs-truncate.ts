import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noPteBeyondEof, noStalePte } from "../../specs/page-cache.ts";
import { kernel, pageInCache } from "../kernel/world.ts";
import { COW_VARIANTS, doCowFault } from "../paths/cow-fault.ts";
import { HANDLERS } from "../paths/fault/do-fault.ts";
import { truncateSetsize } from "../paths/truncate.ts";
import { FOREIGN_PAGE } from "../paths/zap.ts";

export default scenario("cow-fault-vs-truncate", {
  about: "A write fault in a private mapping copies a page while a truncate removes it",
  world: kernel,
  params: {
    variant: oneOf(...COW_VARIANTS),
    onePass: bool,
    handler: oneOf(...HANDLERS),
    pmd: oneOf("populated", "none"),
  },
  threads: ({ variant, onePass, handler }) => ({
    fault: doCowFault(0, variant, { handler }),
    truncate: truncateSetsize({ vmas: 1, gate: "page_mapped" }, !onePass),
  }),
  init: pageInCache,
  specs: [noPteBeyondEof, noStalePte, ...balance],
  // No file page is ever mapped here, so the unmap that spares private copies finds none.
  unreached: () => [FOREIGN_PAGE],
  expect: [
    { set: { variant: "baseline" }, states: 588 },
    { set: { variant: "patch1" }, states: 588 },
    { set: { variant: "patch3" }, violated: ["no-pte-beyond-eof"], states: 687 },
    { set: { variant: "patch3-recheck" }, states: 628 },
    { set: { variant: "baseline", onePass: true }, violated: ["no-pte-beyond-eof"], states: 500 },
    { set: { variant: "patch3-recheck" }, memory: "lkmm", states: 1859 },
    { set: { variant: "baseline" }, memory: "lkmm", states: 1829 },
  ],
});
