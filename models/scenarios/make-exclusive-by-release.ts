import { oneOf, scenario } from "faultline";
import { noSharedWrite } from "../../specs/anon.ts";
import { locksReleased, mapcountNotNegative, refcountMatches } from "../../specs/balance.ts";
import { mapcountCoversEntries } from "../../specs/device.ts";
import { noMappedFreePage } from "../../specs/page-cache.ts";
import { userAccess } from "../kernel/user-access.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { dupMmapFolio } from "../mm/memory/copy-folio.ts";
import { zapDeviceEntry } from "../mm/memory/device-entries.ts";
import { removeDeviceExclusiveEntry } from "../mm/memory/exclusive-fault.ts";
import { makeExclusive } from "../mm/rmap/make-device-exclusive.ts";
import { neverTaken } from "./recorded.ts";

/**
 * A driver makes a page of a process its device's alone, and holds the folio lock while the device needs it: a fault waits for that, a second driver
 * waits in v7.1 and gives up in v6.12, and fork() fails. v6.12 takes what is exclusive out of mapcount, v7.1 does not.
 */
export default scenario("make-exclusive-by-release", {
  about: "A driver makes memory of a process its device's alone, while somebody else uses it, release by release",
  world: kernel,
  params: { release: oneOf("v6.12", "v7.1"), beside: oneOf("fault", "store", "driver", "zap", "fork") },
  threads({ release, beside }) {
    const driver = makeExclusive(0, release);
    switch (beside) {
      case "store":
        return { driver, user: userAccess(0, 0, "store") };
      case "fault":
        return { driver, fault: removeDeviceExclusiveEntry(0, release) };
      case "driver":
        return { driver, other: makeExclusive(0, release) };
      case "zap":
        return { driver, madvise: zapDeviceEntry(0, release, "exclusive") };
      case "fork":
        return { driver, parent: dupMmapFolio(release, { exclusive: release }) };
    }
  },
  init: (k) => anonPageMapped(k, { shared: false, writable: true }),
  specs: [noSharedWrite, noMappedFreePage, mapcountCoversEntries, refcountMatches, locksReleased, mapcountNotNegative],
  unreached: neverTaken("make-exclusive-by-release"),
  expect: [
    { set: { release: "v6.12", beside: "fault" }, states: 85 },
    { set: { release: "v6.12", beside: "store" }, states: 95 },
    { set: { release: "v6.12", beside: "driver" }, states: 409 },
    { set: { release: "v6.12", beside: "zap" }, states: 154 },
    { set: { release: "v6.12", beside: "fork" }, states: 170 },
    { set: { release: "v7.1", beside: "fault" }, states: 73 },
    { set: { release: "v7.1", beside: "store" }, states: 81 },
    { set: { release: "v7.1", beside: "driver" }, states: 313 },
    { set: { release: "v7.1", beside: "zap" }, states: 128 },
    { set: { release: "v7.1", beside: "fork" }, states: 167 },
    { set: { release: "v6.12", beside: "fault" }, memory: "tso", states: 110 },
    { set: { release: "v6.12", beside: "store" }, memory: "tso", states: 131 },
    { set: { release: "v6.12", beside: "zap" }, memory: "tso", states: 213 },
    { set: { release: "v6.12", beside: "fork" }, memory: "tso", states: 398 },
    { set: { release: "v7.1", beside: "fault" }, memory: "tso", states: 95 },
    { set: { release: "v7.1", beside: "store" }, memory: "tso", states: 116 },
    { set: { release: "v7.1", beside: "zap" }, memory: "tso", states: 176 },
    { set: { release: "v7.1", beside: "fork" }, memory: "tso", states: 395 },
    { set: { release: "v6.12", beside: "fault" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 156 },
    { set: { release: "v6.12", beside: "store" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 105 },
    { set: { release: "v6.12", beside: "zap" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 395 },
    {
      set: { release: "v6.12", beside: "fork" },
      memory: "lkmm",
      unjudged: ["no-shared-write", "no-mapped-free-page"],
      states: 219,
    },
    { set: { release: "v7.1", beside: "fault" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 98 },
    { set: { release: "v7.1", beside: "store" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 86 },
    { set: { release: "v7.1", beside: "driver" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 792 },
    { set: { release: "v7.1", beside: "zap" }, memory: "lkmm", unjudged: ["no-mapped-free-page"], states: 320 },
    {
      set: { release: "v7.1", beside: "fork" },
      memory: "lkmm",
      unjudged: ["no-shared-write", "no-mapped-free-page"],
      states: 215,
    },
  ],
});
