import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { setDeviceExclusiveEntry } from "../kernel/entries.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { zapDeviceEntry } from "../mm/memory/device-entries.ts";
import { removeDeviceExclusiveEntry } from "../mm/memory/exclusive-fault.ts";
import { neverTaken } from "./recorded.ts";

/**
 * A page of a process is for a device alone, and a thread uses it again. It takes a reference of what an entry names that it has read without
 * ptl, and so of a page that may be free, or somebody else's: folio_try_get(), and pte_same() under ptl, make that harmless.
 */
export default scenario("exclusive-entry-by-release", {
  about: "A thread uses memory that a device has for itself, while another one does, or drops it, release by release",
  world: kernel,
  params: { release: oneOf("v6.12", "v7.1"), beside: oneOf("fault", "zap") },
  threads: ({ release, beside }) => ({
    fault: removeDeviceExclusiveEntry(0, release),
    ...(beside === "fault"
      ? { other: removeDeviceExclusiveEntry(0, release) }
      : { madvise: zapDeviceEntry(0, release, "exclusive") }),
  }),
  init(k, { release }) {
    anonPageMapped(k, { shared: false, writable: true });
    setDeviceExclusiveEntry(k.table[0].pte, k.page, { writable: release === "v6.12" });
    // What v6.12 made exclusive has left mapcount.
    if (release === "v6.12") k.page.mapcount = 0;
  },
  specs: [noMappedFreePage, ...balance],
  unreached: neverTaken("exclusive-entry-by-release"),
  expect: [
    { set: { release: "v6.12", beside: "fault" }, states: 93 },
    { set: { release: "v6.12", beside: "zap" }, states: 73 },
    { set: { release: "v7.1", beside: "fault" }, states: 93 },
    { set: { release: "v7.1", beside: "zap" }, states: 77 },
    { set: { release: "v6.12", beside: "fault" }, memory: "tso", states: 121 },
    { set: { release: "v6.12", beside: "zap" }, memory: "tso", states: 99 },
    { set: { release: "v7.1", beside: "fault" }, memory: "tso", states: 121 },
    { set: { release: "v7.1", beside: "zap" }, memory: "tso", states: 103 },
    { set: { release: "v6.12", beside: "fault" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 233 },
    { set: { release: "v6.12", beside: "zap" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 105 },
    { set: { release: "v7.1", beside: "fault" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 233 },
    { set: { release: "v7.1", beside: "zap" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 119 },
  ],
});
