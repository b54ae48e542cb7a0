import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noPteBeyondEof } from "../../../specs/page-cache.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { doReadFaultFolio } from "../../mm/memory/large-folio.ts";
import { truncateInsideFolio } from "../../mm/truncate/truncate-folio.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 74207de2ba10 (v6.18), docs/kernel-facts.md 5 #32. A truncate ends inside a folio that it cannot split; a
 * fault on the folio's first page maps all of it, beyond i_size too.
 */
export default scenario("races/folio-across-eof", {
  about: "A fault maps a folio of two pages while a truncate leaves only the first of them in the file",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ fault: doReadFaultFolio(fixed), truncate: truncateInsideFolio() }),
  init(k) {
    pageInCache(k, { pmd: "populated" });
    k.isize = 2;
    k.tail.mapping = "file";
  },
  specs: [noPteBeyondEof, ...balance],
  unreached: neverTaken("races/folio-across-eof"),
  expect: [
    { set: { fixed: false }, violated: ["no-pte-beyond-eof"], states: 270 },
    { set: { fixed: true }, states: 329 },
    { set: { fixed: false }, memory: "tso", violated: ["no-pte-beyond-eof"], states: 416 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-pte-beyond-eof"], states: 661 },
    { set: { fixed: true }, memory: "tso", states: 495 },
    { set: { fixed: true }, memory: "lkmm", states: 751 },
  ],
});
