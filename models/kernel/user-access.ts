import { atomic, bool, done, once } from "faultline";
import { mustBeKept } from "./page-references.ts";
import { dropTlbEntry } from "./tlb.ts";
import { kernel, type VmaIndex } from "./world.ts";

const MISS = "TLB miss: walk the page table";
const WALK = "the MMU loads an entry in one operation";
/** The last version of the page's content: a user stores once in a run. */
const STORED = 2;
const ACCESS = "no flush comes between a translation and its access: it waits for the access";

/**
 * A user's load or store on CPU `cpu`, through its TLB. Where it faults, it ends with `faulted` set: what the kernel does
 * then is a path of its own. The fault takes the entry by which it came with it, on this CPU alone: who lets the access be tried
 * again need not flush. docs/kernel-facts.md 4.
 */
export const userAccess = (cpu: 0 | 1, i: VmaIndex, access: "load" | "store") =>
  kernel.path(
    access === "load" ? "user_load" : "user_store",
    { faulted: bool },
    {
      [MISS]: atomic(
        WALK,
        once((k, me) => {
          const [entry, { pte }] = [k.cpu[cpu].tlb[i], k.table[i]];
          if (entry.page) return;
          if (!pte.page || pte.kind === "protnone") {
            me.faulted = true;
            return done;
          }
          entry.page = pte.page;
          entry.writable = pte.writable;
          entry.dirty = pte.dirty;
        }),
      ),
      "walk again: set the dirty bit":
        access === "store" &&
        atomic(
          "the MMU tests and sets the PTE's bits in one operation",
          once((k, me) => {
            const [entry, { pte }] = [k.cpu[cpu].tlb[i], k.table[i]];
            if (!entry.page) return MISS;
            if (entry.dirty && entry.writable) return;
            if (!entry.writable || pte.page !== entry.page || !pte.writable || pte.kind === "protnone") {
              dropTlbEntry(entry);
              me.faulted = true;
              return done;
            }
            pte.dirty = true;
            entry.dirty = true;
          }),
        ),
      "store through the TLB":
        access === "store" &&
        atomic(
          ACCESS,
          once((k) => {
            const { page } = k.cpu[cpu].tlb[i];
            if (!page) return MISS;
            mustBeKept(page);
            page.data = STORED;
          }),
        ),
      "load through the TLB":
        access === "load" &&
        atomic(
          ACCESS,
          once((k) => {
            const { page } = k.cpu[cpu].tlb[i];
            if (!page) return MISS;
            mustBeKept(page);
            void page.data;
          }),
        ),
    },
    {
      file: "the hardware (x86)",
      release: "any",
      notInSource: "a user and the MMU do that",
      leavesOut:
        "the faults; page-table levels above the PTE and what a CPU caches of them (no page table is freed here); entries of other page sizes (no page here is huge); the accessed bit",
    },
  );
