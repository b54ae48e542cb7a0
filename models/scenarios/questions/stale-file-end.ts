import { bool, oneOf, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { noPteBeyondEof } from "../../../specs/page-cache.ts";
import { kernel, pageInCache } from "../../kernel/world.ts";
import { mapLargeFolio } from "../../mm/filemap/map-large-folio.ts";
import { truncateInsideDirtyFolio } from "../../mm/truncate/truncate-inside.ts";
import { neverTaken } from "../recorded.ts";

/**
 * docs/questions/stale-file-end.md: filemap_map_pages() cuts its window at the end of the file once, before it has any lock, and tests
 * only the first index of a folio again under the page lock. `fixed`: it cuts the window there.
 */
export default scenario("questions/stale-file-end", {
  about: "Fault-around maps a large folio while a truncate leaves only its first page in the file",
  world: kernel,
  params: { release: oneOf("v6.12", "v7.1"), fixed: bool },
  threads: ({ release, fixed }) => ({
    fault: mapLargeFolio(release, fixed),
    truncate: truncateInsideDirtyFolio(release),
  }),
  init(k) {
    pageInCache(k, { pmd: "populated", dirty: true });
    k.isize = 2;
    k.tail.mapping = "file";
  },
  specs: [noPteBeyondEof, ...balance],
  unreached: neverTaken("questions/stale-file-end"),
  expect: [
    { set: { release: "v6.12" }, violated: ["no-pte-beyond-eof"], states: 857 },
    { set: { release: "v6.12" }, memory: "tso", violated: ["no-pte-beyond-eof"], states: 1223 },
    { set: { release: "v6.12" }, memory: "lkmm", violated: ["no-pte-beyond-eof"], states: 2513 },
    { set: { release: "v7.1" }, violated: ["no-pte-beyond-eof"], states: 803 },
    { set: { release: "v7.1" }, memory: "tso", violated: ["no-pte-beyond-eof"], states: 1161 },
    { set: { release: "v7.1" }, memory: "lkmm", violated: ["no-pte-beyond-eof"], states: 1702 },
    { set: { release: "v6.12", fixed: true }, states: 848 },
    { set: { release: "v7.1", fixed: true }, states: 799 },
    { set: { release: "v7.1", fixed: true }, memory: "tso", states: 1150 },
    { set: { release: "v7.1", fixed: true }, memory: "lkmm", states: 1658 },
  ],
});
