import { oneOf, scenario } from "faultline";
import { balance } from "../../specs/balance.ts";
import { accessIsServed } from "../../specs/device.ts";
import { migrationsEnd } from "../../specs/entries.ts";
import { setDevicePrivateEntry } from "../kernel/entries.ts";
import { anonPageMapped, kernel } from "../kernel/world.ts";
import { forkThenChildFaults, zapDeviceEntry } from "../mm/memory/device-entries.ts";
import { faultOnDevicePage } from "../mm/memory/device-fault.ts";
import { neverTaken } from "./recorded.ts";

/**
 * Memory of a process is in a device, and threads use it. CVE-2022-3523: v5.9 has no reference of the page, which another fault, or
 * madvise(), gives back to the driver meanwhile. 16ce101db85d (v6.1) takes one under ptl; now two faults hinder each other,
 * for ever if they keep step, which 1afaeb8293c9 (v6.15) ends by the page lock.
 */
export default scenario("device-fault-by-release", {
  about: "A thread uses memory that is in a device, while another one does, or drops it, or forks, release by release",
  world: kernel,
  params: { release: oneOf("v5.9", "v6.12", "v7.1"), beside: oneOf("fault", "zap", "fork", "child") },
  threads({ release, beside }) {
    const fault = faultOnDevicePage(0, { release, to: "newpage" });
    switch (beside) {
      case "fault":
        return { fault, other: faultOnDevicePage(0, { release, to: "cow" }) };
      case "zap":
        return { fault, madvise: zapDeviceEntry(0, release) };
      case "fork":
        return { fault, parent: forkThenChildFaults(release) };
      case "child":
        return { fault, child: faultOnDevicePage(1, { release, to: "cow" }) };
    }
  },
  init(k, { beside }) {
    anonPageMapped(k, { shared: beside === "child", writable: false });
    k.page.exclusive = false;
    k.page.data = 1;
    for (const { pte } of k.table) if (pte.page) setDevicePrivateEntry(pte, k.page);
  },
  specs: [accessIsServed, migrationsEnd, ...balance],
  unreached: neverTaken("device-fault-by-release"),
  // Not under lkmm: two faults of v5.9 or v6.12 that hinder each other for ever, which makes runs without end.
  expect: [
    { set: { release: "v5.9", beside: "fault" }, violated: ["no-bug"], states: 582 },
    { set: { release: "v5.9", beside: "zap" }, violated: ["no-bug"], states: 246 },
    { set: { release: "v5.9", beside: "fork" }, violated: ["access-is-served", "no-bug"], states: 3803 },
    { set: { release: "v5.9", beside: "child" }, violated: ["access-is-served", "no-bug"], states: 3736 },
    { set: { release: "v6.12", beside: "fault" }, violated: ["access-is-served"], states: 3437 },
    { set: { release: "v6.12", beside: "zap" }, states: 286 },
    { set: { release: "v6.12", beside: "fork" }, violated: ["access-is-served"], states: 4952 },
    { set: { release: "v6.12", beside: "child" }, violated: ["access-is-served"], states: 4878 },
    { set: { release: "v7.1", beside: "fault" }, states: 707 },
    { set: { release: "v7.1", beside: "zap" }, states: 299 },
    { set: { release: "v7.1", beside: "fork" }, states: 924 },
    { set: { release: "v7.1", beside: "child" }, states: 848 },
    { set: { release: "v5.9", beside: "fault" }, memory: "tso", violated: ["no-bug"], states: 804 },
    { set: { release: "v5.9", beside: "zap" }, memory: "tso", violated: ["no-bug"], states: 356 },
    {
      set: { release: "v5.9", beside: "child" },
      memory: "tso",
      violated: ["access-is-served", "no-bug"],
      states: 5224,
    },
    { set: { release: "v6.12", beside: "fault" }, memory: "tso", violated: ["access-is-served"], states: 5123 },
    { set: { release: "v6.12", beside: "zap" }, memory: "tso", states: 422 },
    { set: { release: "v6.12", beside: "child" }, memory: "tso", violated: ["access-is-served"], states: 7659 },
    { set: { release: "v7.1", beside: "fault" }, memory: "tso", states: 997 },
    { set: { release: "v7.1", beside: "zap" }, memory: "tso", states: 436 },
    { set: { release: "v7.1", beside: "fork" }, memory: "tso", states: 1358 },
    { set: { release: "v7.1", beside: "child" }, memory: "tso", states: 1249 },
    {
      set: { release: "v5.9", beside: "fault" },
      memory: "lkmm",
      violated: ["no-bug"],
      unjudged: ["access-is-served"],
      states: 2495,
    },
    {
      set: { release: "v5.9", beside: "zap" },
      memory: "lkmm",
      violated: ["no-bug"],
      unjudged: ["access-is-served"],
      states: 747,
    },
    { set: { release: "v6.12", beside: "zap" }, memory: "lkmm", unjudged: ["access-is-served"], states: 899 },
    { set: { release: "v7.1", beside: "fault" }, memory: "lkmm", unjudged: ["access-is-served"], states: 2983 },
    { set: { release: "v7.1", beside: "zap" }, memory: "lkmm", unjudged: ["access-is-served"], states: 942 },
    { set: { release: "v7.1", beside: "fork" }, memory: "lkmm", unjudged: ["access-is-served"], states: 1760 },
    { set: { release: "v7.1", beside: "child" }, memory: "lkmm", unjudged: ["access-is-served"], states: 1669 },
  ],
});
