import { bool, call, done, ref } from "faultline";
import { putPage, unlockPage } from "../../kernel/primitives.ts";
import { Page, kernel, type VmaIndex } from "../../kernel/world.ts";
import type { MapPages } from "../filemap/filemap-map-pages.ts";
import { doFault, type Handler } from "./do-fault.ts";
import { finishFault } from "./finish-fault.ts";

/**
 * do_read_fault(), mm/memory.c, v5.9: the fast path, do_fault_around(), and if that maps nothing __do_fault(), which
 * sleeps for the page lock. `i` is the address space; `mapPages` null: no ->map_pages, or fault_around_bytes of one page.
 */
export const doReadFault = (
  i: VmaIndex,
  mapPages: MapPages | null,
  handler: Handler = "filemap_fault",
  { poisoned = false } = {},
) =>
  kernel.path(
    "do_read_fault",
    { page: ref(Page), mapped: bool, slept: bool },
    {
      "do_fault_around(vmf)":
        mapPages !== null &&
        call(mapPages, undefined, (_, { solved }) => {
          if (solved) return done;
        }),
      "__do_fault(vmf)": call(doFault(handler, true, { poisoned }), undefined, (me, { page, slept }) => {
        me.page = page;
        me.slept = slept;
        if (!page) return done;
      }),
      "finish_fault(vmf)": call(
        finishFault(i, "read"),
        ({ page }) => ({ page }),
        (me, { mapped }) => {
          me.mapped = mapped;
        },
      ),
      "unlock_page(vmf->page)": unlockPage.then((k, { mapped, slept }) => {
        if (slept) k.vma[i].slept = true;
        if (mapped) return done;
      }),
      "put_page(vmf->page)": putPage,
    },
    { file: "mm/memory.c", release: "v5.9", leavesOut: "VM_FAULT_RETRY, the size of the window" },
  );
