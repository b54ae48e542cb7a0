import { once } from "faultline";
import type { VmaIndex } from "../../kernel/world.ts";
import { filemapMapPages } from "./filemap-map-pages.ts";
import { mapPages515, mapPages66, mapPages71 } from "./map-folios.ts";
import { nextUptodateFolio, nextUptodatePage, type FolioRelease } from "./next-uptodate-folio.ts";

/**
 * filemap_map_pages() of a release with its page lock taken out, and nothing put in its place: what no release has done, to
 * show what the lock is for. All else stays, PageLocked() included.
 */
export function withoutPageLock(i: VmaIndex, release: "v5.9" | FolioRelease) {
  switch (release) {
    case "v5.9":
      return filemapMapPages(i).with({
        drop: ["trylock_page(page)", "unlock: unlock_page(page)"],
        replace: { "unlock_page(page)": mapped59 },
      });
    case "v5.15":
      return mapPages515(i)
        .with({
          drop: ["unlock: unlock_page(head)"],
          replace: { "unlock_page(head)": mapped515 },
        })
        .calling(looksUnlocked(release));
    case "v6.6":
    case "v6.12":
      return mapPages66(i, release)
        .with({ drop: ["folio_unlock(folio)"] })
        .calling(looksUnlocked(release));
    case "v7.1":
      return mapPages71(i)
        .with({ drop: ["folio_unlock(folio)"] })
        .calling(looksUnlocked(release));
  }
}

// Where the unlock was, which is a label of its own.
const mapped59 = once(() => "do_fault_around(): pte_none(pte)?" as const);
const mapped515 = once(() => "pte_unmap_unlock()" as const);

const looksUnlocked = (release: FolioRelease) =>
  release === "v5.15"
    ? nextUptodatePage().with({ drop: ["trylock_page(page)?", "unlock: unlock_page(page)"] })
    : nextUptodateFolio(release).with({ drop: ["folio_trylock(folio)?", "unlock: folio_unlock(folio)"] });
