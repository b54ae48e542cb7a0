import { oneOf, scenario } from "faultline";
import { noSharedWrite, refcountCoversPtes } from "../../specs/anon.ts";
import { balance } from "../../specs/balance.ts";
import {
  noStoreAfterProtect,
  noStoreAfterProtectInTheEnd,
  storesReachDisk,
  writablePageIsDirty,
} from "../../specs/tlb.ts";
import { folioWriteFault } from "../kernel/fork/folio-processes.ts";
import { userAccess } from "../kernel/user-access.ts";
import { anonPageMapped, kernel, pageMappedBy } from "../kernel/world.ts";
import { writeFault } from "../mm/memory/write-fault.ts";
import { TLB_FLUSH, mprotect } from "../mm/mprotect/change-protection.ts";
import { writeCachePages } from "../mm/page-writeback/writeback.ts";
import { writebackIter } from "../mm/page-writeback/writeback-folio.ts";
import { neverTaken } from "./recorded.ts";

/**
 * mprotect() takes an entry out, and puts another one in. PROT_READ: stores end with it, and what was stored until then is
 * not lost. PROT_WRITE: it lets stores through without a fault where no fault is needed, which the dirty bit says in a shared
 * mapping, and PageAnonExclusive in a private one, since v6.2.
 */
export default scenario("mprotect-by-release", {
  about:
    "mprotect() while the page is stored to and written back, or while the child of a fork() copies it, release by release",
  world: kernel,
  params: {
    release: oneOf("v5.9", "v6.12", "v7.1"),
    to: oneOf("PROT_READ", "PROT_WRITE"),
    page: oneOf("of a shared file", "shared with a child"),
    /** What is taken from it, to see what it is for. Writeback flushes what it cleans, so that no TLB entry is left in the end. */
    without: oneOf("nothing", "the test", "the flush", "the flush, and writeback"),
  },
  threads({ release, to, page, without }) {
    const unchecked = without === "the test";
    if (page === "shared with a child")
      return {
        mprotect: mprotect(0, { release, to, mapping: "private", unchecked }),
        child: release === "v5.9" ? writeFault(1, { rule: "5.9" }) : folioWriteFault(1, release),
      };
    const whole = mprotect(0, { release, to, mapping: "shared", unchecked });
    const flushes = !without.startsWith("the flush") || release === "v5.9";
    const writeback = release === "v5.9" ? writeCachePages(1) : writebackIter(release);
    return {
      user: userAccess(0, 0, "store"),
      mprotect: flushes ? whole : whole.with({ drop: [TLB_FLUSH], as: "mprotect() without its flush" }),
      ...(without !== "the flush, and writeback" && { writeback }),
    };
  },
  init(k, { to, page }) {
    if (page === "of a shared file") return pageMappedBy(k, 1, { writable: to === "PROT_READ", dirty: true });
    anonPageMapped(k, { shared: true, writable: false });
    // For the spec of what is written back, which this page is not.
    k.page.dirty = true;
  },
  specs: [
    noStoreAfterProtect,
    noStoreAfterProtectInTheEnd,
    storesReachDisk,
    writablePageIsDirty,
    noSharedWrite,
    refcountCoversPtes,
    ...balance,
  ],
  unreached: neverTaken("mprotect-by-release"),
  expect: [
    { set: { release: "v5.9" }, states: 1105 },
    { set: { release: "v6.12" }, states: 1105 },
    { set: { release: "v7.1" }, states: 1105 },
    { set: { release: "v5.9", to: "PROT_WRITE" }, states: 973 },
    { set: { release: "v6.12", to: "PROT_WRITE" }, states: 973 },
    { set: { release: "v7.1", to: "PROT_WRITE" }, states: 973 },
    { set: { release: "v5.9", to: "PROT_WRITE", page: "shared with a child" }, states: 300 },
    { set: { release: "v6.12", to: "PROT_WRITE", page: "shared with a child" }, states: 377 },
    { set: { release: "v7.1", to: "PROT_WRITE", page: "shared with a child" }, states: 377 },
    {
      set: { release: "v7.1", to: "PROT_WRITE", without: "the test" },
      violated: ["writable-page-is-dirty"],
      states: 1269,
    },
    {
      set: { release: "v7.1", to: "PROT_WRITE", page: "shared with a child", without: "the test" },
      violated: ["no-shared-write"],
      states: 377,
    },
    {
      set: { release: "v7.1", without: "the flush" },
      violated: ["no-store-after-protect"],
      states: 992,
    },
    {
      set: { release: "v7.1", without: "the flush, and writeback" },
      violated: ["no-store-after-protect", "no-store-after-protect-in-the-end"],
      states: 53,
    },
    { set: { release: "v7.1" }, memory: "tso", states: 1551 },
    { set: { release: "v7.1" }, memory: "lkmm", unjudged: ["no-store-after-protect"], states: 1501 },
    {
      set: { release: "v7.1", without: "the flush, and writeback" },
      memory: "lkmm",
      violated: ["no-store-after-protect-in-the-end"],
      unjudged: ["no-store-after-protect"],
      states: 53,
    },
    { set: { release: "v7.1", to: "PROT_WRITE" }, memory: "lkmm", states: 1305 },
    {
      set: { release: "v7.1", to: "PROT_WRITE", page: "shared with a child" },
      memory: "lkmm",
      unjudged: ["no-shared-write", "refcount-covers-ptes"],
      states: 416,
    },
  ],
});
