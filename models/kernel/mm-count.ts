/** mm_count: who keeps the mm_struct, without using what it maps. include/linux/sched/mm.h. */
import { done, free, full, noreturn, ref } from "faultline";
import { Mm, kernel, type MmDraft } from "./world.ts";

/** mmgrab(mm): atomic_inc() */
export const mmgrab = noreturn((_: unknown, { mm }: { readonly mm: MmDraft | null }): void => {
  mm!.mmCount++;
});

/** mmdrop(mm): who drops the last reference frees it. */
export const mmdrop = kernel.path(
  "mmdrop",
  { mm: ref(Mm) },
  {
    "atomic_dec_and_test(&mm->mm_count)": full((_, { mm }) => {
      mm!.mmCount--;
      if (mm!.mmCount > 0) return done;
    }),
    "__mmdrop(mm): free_mm(mm)": free((_, me) => me.mm),
  },
  {
    file: "include/linux/sched/mm.h",
    leavesOut: "what __mmdrop() frees besides the mm_struct",
    release: "v7.1",
    at: { "__mmdrop(mm): free_mm(mm)": "__mmdrop(mm)" },
  },
);
