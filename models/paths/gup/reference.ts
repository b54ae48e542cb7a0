import type { Kernel, PageDraft, VmaIndex } from "../../kernel/world.ts";
import type { WpPage } from "../anon/wp-page.ts";

/** How get_user_pages() is called, and by which kernel. */
export interface Gup {
  /** FOLL_PIN, as for DMA; without it FOLL_GET, as vmsplice() does. */
  readonly pin: boolean;
  /** FOLL_WRITE: the PTE must be writable. */
  readonly write: boolean;
  /** Since v5.11 (57efa1fe5957): gup_fast() with FOLL_PIN fails if a fork() write-protects meanwhile. */
  readonly writeProtectSeq?: boolean;
  /** gup_fast() looks at the PTE again once it has its reference. Off only to show what that is for. */
  readonly rechecks?: boolean;
  /** What a write fault does to the page, if one is needed. */
  readonly wp: WpPage;
}

/** try_grab_page(), try_get_page(): one reference more, or one pin more. */
export function takeReference(page: PageDraft, { pin }: Gup): void {
  if (pin) page.pins++;
  else page.refcount++;
}

/** put_page() or unpin_user_page() */
export function dropReference(page: PageDraft, { pin }: Gup): void {
  if (pin) page.pins--;
  else page.refcount--;
}

/** From now on a holder in this mm (a pipe, a device) relies on the page. For specs only. */
export function handOver(k: Kernel, i: VmaIndex, page: PageDraft, { pin }: Gup): void {
  k.mm[i].got = page;
  k.mm[i].pinned = pin;
}
