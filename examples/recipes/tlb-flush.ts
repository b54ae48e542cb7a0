import { atomic, bool, bugOn, done, full, hardware, once, oneOf, world } from "faultline";

const w = world({ pte: bool, tlb: hardware(bool), freed: bool });

export default w.scenario("tlb-flush", "A page is unmapped and freed while a CPU reads it", {
  params: { flush: oneOf("after", "before") },
  threads: ({ flush }) => ({
    user: w.path("user", {
      "TLB miss: walk the page table": once(
        atomic("by the MMU", (k) => (k.tlb = k.pte)),
        { false: done },
      ),
      "load through the TLB entry": once(
        atomic("by the MMU", (k) => (k.tlb ? bugOn(k.freed, "the page is free") : "TLB miss: walk the page table")),
      ),
    }),
    unmap: w.path("unmap", {
      "flush_tlb_page(), too early": flush === "before" && full((k) => void (k.tlb = false)),
      "ptep_get_and_clear(pte)": full((k) => void (k.pte = false)),
      "flush_tlb_page()": flush === "after" && full((k) => void (k.tlb = false)),
      "free_page(page)": once((k) => void (k.freed = true)),
    }),
  }),
  init: (k) => void (k.pte = true),
});
