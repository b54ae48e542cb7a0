import { bugOn, full, noreturn } from "faultline";
import { isFree, noteFree, type OfPage } from "../../kernel/primitives.ts";
import type { Kernel, PageDraft, VmaIndex } from "../../kernel/world.ts";
import type { WpPage } from "../memory/wp-page.ts";

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

function addReference(page: PageDraft, pin: boolean): void {
  if (pin) page.pins++;
  else page.refcount++;
}

/** try_grab_compound_head(page), or get_page_unless_zero() of a page that may be pinned: whether there was a reference. */
export const tryGrabCompoundHead = ({ pin }: Pick<Gup, "pin">) =>
  full((_: unknown, { page }: OfPage) => {
    if (isFree(page!)) return false;
    addReference(page!, pin);
    return true;
  });

/** try_grab_page(page), page_ref_inc() or page_ref_add(): the PTE keeps a reference under ptl, none has to be tested for. */
export const tryGrabPage = ({ pin }: Gup) =>
  noreturn((_: unknown, { page }: OfPage): void => {
    bugOn(isFree(page!), "WARN_ON_ONCE(page_ref_count(page) <= 0)");
    addReference(page!, pin);
  });

/** put_page(page) or unpin_user_page(page), page_ref_sub_and_test() */
export const dropReference = ({ pin }: Gup) =>
  full((k: Kernel, { page }: OfPage): void => {
    if (pin) page!.pins--;
    else page!.refcount--;
    noteFree(k, page!);
  });
/** From now on a holder in this mm (a pipe, a device) relies on the page. For specs only. */
export function handOver(k: Kernel, i: VmaIndex, page: PageDraft, { pin }: Pick<Gup, "pin">): void {
  k.mm[i].got = page;
  k.mm[i].pinned = pin;
}
