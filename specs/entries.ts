/** What must hold of entries that map nothing, models/kernel/entries.ts, and of the second entry of a table. */
import { kernel, type Kernel, type PteDraft } from "../models/kernel/world.ts";
import { pages } from "./balance.ts";

/** Every entry of the page tables, with its name. */
const entries = ({ table }: Kernel): readonly (readonly [name: string, pte: PteDraft])[] =>
  table.flatMap(({ pte, tailPte }, i) => [
    [`table[${i}].pte`, pte] as const,
    [`table[${i}].tailPte`, tailPte] as const,
  ]);

/** I-FREE of entries, in the end, so that lkmm can judge it: noMappedFreePage asks it of what is mapped, at any time. */
export const noEntryOfFreePage = kernel.atEnd(
  "no-entry-of-free-page",
  "in the end no page-table entry maps a free page, nor names one as to be migrated, or as a device's",
  (k) => {
    for (const [name, page] of pages(k)) {
      // Frozen, or under the page lock: migration does that to the page it moves.
      if (page.refcount > 0 || page.pins > 0 || page.locked || page.frozen) continue;
      const entry = entries(k).find(([, pte]) => [pte.page, pte.migrating, pte.device].includes(page));
      if (entry) return `${name} is free, and ${entry[0]} ${entry[1].page === page ? "maps" : "names"} it`;
    }
    return true;
  },
  "whoever gets the page next shares it with a process that has nothing to do with it",
);

/** Whoever faults on a migration entry waits for the page lock, and looks again. */
export const migrationsEnd = kernel.atEnd(
  "migrations-end",
  "no migration entry is left behind when migration is over",
  (k) => {
    const left = entries(k).find(([, pte]) => pte.kind === "migration");
    return !left || `${left[0]} is a migration entry, and nobody will take it away`;
  },
  "who touches the memory faults for ever, or BUG_ON(!PageLocked()) fires in migration_entry_to_page()",
);

/** What madvise(MADV_DONTNEED) has dropped, be it a page or an entry that names one, is not mapped by whoever would have put it back. */
export const droppedStaysDropped = kernel.atEnd(
  "dropped-stays-dropped",
  "what madvise() has dropped is not mapped",
  ({ vma, table }) => {
    const wrong = vma.findIndex(({ unmapped }, i) => unmapped && table[i]!.pte.page !== null);
    return wrong < 0 || `madvise() has dropped the entry of vma[${wrong}], and a page is mapped there`;
  },
  "the process finds again what it has given back, and rss is wrong",
);

/** Of the model itself. */
export const entriesAreWhole = kernel.atEnd(
  "entries-are-whole",
  "an entry is of one kind: what maps a page names no slot, no migration, no device and no marker",
  (k) => {
    const wrong = entries(k).find(
      ([, { kind, page, slot, migrating, device, marker }]) =>
        (page !== null && kind !== "plain" && kind !== "protnone") ||
        (slot !== null) !== (kind === "swap") ||
        (migrating !== null) !== (kind === "migration") ||
        (device !== null) !== kind.startsWith("device") ||
        (marker !== "none") !== (kind === "marker"),
    );
    return !wrong || `${wrong[0]} is of kind ${wrong[1].kind}, and has the fields of another`;
  },
  "a step of the model stores a part of an entry: setPte(), clearPte() and their like store all of it",
);

/** The slot may be somebody else's by the time the entry is faulted in. */
export const noStaleSwapEntry = kernel.atEnd(
  "no-stale-swap-entry",
  "no swap entry names a slot that is free",
  (k) => {
    const stale = entries(k).find(([, { kind, slot }]) => kind === "swap" && slot !== null && slot.count === 0);
    return !stale || `${stale[0]} names a slot whose count is 0`;
  },
  "the process gets what somebody else has swapped out, or the kernel reports a bad swap entry",
);

export const entrySpecs = [noEntryOfFreePage, migrationsEnd, entriesAreWhole, noStaleSwapEntry];
