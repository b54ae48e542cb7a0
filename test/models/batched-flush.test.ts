import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, once, scenario, type Path } from "faultline";
import { ptepGetAndClear } from "../../models/kernel/primitives.ts";
import { userAccess } from "../../models/kernel/user-access.ts";
import { kernel, pageMappedBy, type Kernel } from "../../models/kernel/world.ts";
import { changeProtection, mprotect, type Mprotect } from "../../models/mm/mprotect/change-protection.ts";
import { flushTlbBatchedPending, setTlbUbcFlushPending } from "../../models/mm/rmap/batched-flush.ts";
import { shrinkFolioList } from "../../models/mm/vmscan/reclaim-folios.ts";
import { shrinkPageList } from "../../models/mm/vmscan/reclaim.ts";
import { noStoreAfterProtect } from "../../specs/tlb.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";

const RELEASES = ["v5.9", "v6.12", "v7.1"] as const;
type Release = (typeof RELEASES)[number];

function found(
  threads: Readonly<Record<string, Path<Kernel>>>,
  init: (k: Kernel) => void,
  specs: readonly (typeof noStoreAfterProtect)[],
): readonly string[] {
  const one = scenario("batched-flush", {
    about: "A flush that waits for others",
    world: kernel,
    params: {},
    threads: () => threads as Readonly<Record<string, Path<Kernel>>>,
    init,
    specs,
    expect: [],
  });
  return [...exploreAll(buildProgram(one, {})).found.keys()];
}

const how = (release: Release): Mprotect => ({ release, to: "PROT_READ", mapping: "shared" });
const reclaim = (release: Release): Path<Kernel> =>
  release === "v5.9"
    ? shrinkPageList(1, "file", { batches: true, written: true })
    : shrinkFolioList({ vmas: 1, release, users: true }, { batches: true });
const beside = (release: Release, protect: Path<Kernel>): readonly string[] =>
  found(
    { user: userAccess(0, 0, "store"), reclaim: reclaim(release), mprotect: protect },
    (k) => pageMappedBy(k, 1, { writable: true, dirty: true }),
    [noStoreAfterProtect],
  );

test("mprotect() of a release takes what reclaim has cleared for flushed", () => {
  for (const release of RELEASES) {
    assert.deepEqual(beside(release, mprotect(0, how(release))), [], release);
    assert.deepEqual(beside(release, mprotect(0, { ...how(release), batched: false })), [noStoreAfterProtect.name]);
  }
});

test("a patch on change_protection() does not reach the mprotect() that calls it", () => {
  const patched = changeProtection(0, how("v7.1")).with({
    drop: ["flush_tlb_batched_pending(vma->vm_mm)"],
    as: "without the flush",
  });
  assert.deepEqual(beside("v7.1", mprotect(0, how("v7.1")).calling(patched)), [noStoreAfterProtect.name]);
});

test("a system call of one's own cannot call change_protection()", () => {
  const own = (release: Release): Path<Kernel> =>
    kernel.path(
      "my_protect",
      {},
      {
        "change_protection(vma)": call(changeProtection(0, how(release))),
        "return to user": once((k) => {
          k.vma[0].readOnly = true;
        }),
      },
    );
  // In v5.9 the flush is its own; later it is that of the gather around it, which is missing here.
  assert.deepEqual(beside("v5.9", own("v5.9")), []);
  assert.deepEqual(beside("v7.1", own("v7.1")), [noStoreAfterProtect.name]);
});

test("what is cleared during a flush counts as flushed, but for the flag of v5.9", () => {
  const lost = kernel.atEnd(
    "lost",
    "what is not flushed is known to be pending",
    ({ cpu, mm: [mm] }) => cpu[0].tlb[0].page === null || mm.tlbFlushBatched || mm.batchesPending !== mm.batchesFlushed,
  );
  const lostIn = (release: Release): readonly string[] => {
    // Of another page table: it does not wait for the lock of the one that is flushed.
    const clear = kernel.path(
      "try_to_unmap_one",
      { flushPending: bool },
      {
        "ptep_get_and_clear(pte)": ptepGetAndClear(0),
        "set_tlb_ubc_flush_pending(mm)": setTlbUbcFlushPending(0, release),
      },
    );
    return found(
      { user: userAccess(0, 0, "load"), flush: flushTlbBatchedPending(0, release), clear },
      (k) => {
        pageMappedBy(k, 1);
        if (release === "v5.9") k.mm[0].tlbFlushBatched = true;
        else k.mm[0].batchesPending = 1;
      },
      [lost],
    );
  };
  assert.deepEqual(RELEASES.map(lostIn), [["lost"], [], []]);
});
