import {
  bool,
  extend,
  full,
  ghost,
  hardware,
  int,
  ipiAll,
  irqsOff,
  irqsOn,
  oneOf,
  once,
  smpMb,
  smpRmb,
} from "faultline";
import type { StateOf } from "faultline";
import { ptepGetAndClear } from "../../kernel/primitives.ts";
import { kernel } from "../../kernel/world.ts";

/**
 * How x86 knows which TLBs are out of date, arch/x86/mm/tlb.c: each flush of an mm is a generation, a CPU remembers up to
 * which one its TLB is, and who flushes interrupts only those CPUs that use the mm at the moment. One mm, mm[0], that CPU1
 * switches to while another CPU flushes it.
 */
export const tlbGen = extend(kernel, {
  within: {
    Cpu: {
      /** cpu_tlbstate.loaded_mm: another mm, mm[0], or LOADED_MM_SWITCHING. */
      loadedMm: oneOf("other", "mm", "switching"),
      /** cpu_tlbstate_shared.is_lazy: a kernel thread runs, which does not use the loaded mm. */
      isLazy: bool,
      /** What CR3 says: whether the MMU translates by mm[0]. */
      cr3: hardware(oneOf("other", "mm")),
      /** cpu_tlbstate.ctxs[].tlb_gen of mm[0]: kept beside the TLB, as its own CPU alone reads and writes it. */
      gen: hardware(int(1, 3)),
      /** A thread of mm[0] runs in user mode. */
      inUser: ghost(bool),
    },
    Mm: {
      /** mm->context.tlb_gen */
      tlbGen: int(1, 3),
      /** The bit of CPU1 in mm_cpumask(mm). */
      inCpumask: bool,
    },
  },
});
export type TlbGen = StateOf<typeof tlbGen>;

/** The CPU that switches. */
const CPU = 1;

/** What is left out of the protocol, or out of its place, to see what it is for. */
export const WITHOUT = [
  "nothing",
  /** switch_mm_irqs_off() has no barrier where its bit in mm_cpumask() is set already: v6.14 to v6.17.4. */
  "smp_mb",
  /** should_flush_tlb() does not ask for LOADED_MM_SWITCHING: until fea4e317f9e7 (v6.15). */
  "switching",
  /** LOADED_MM_SWITCHING is stored after tlb_gen has been read: fea4e317f9e7 as it came to v6.1, v6.6 and v6.12. */
  "switching-first",
  /** The generation goes up before the PTE is cleared. */
  "gen-after-pte",
  /** switch_mm_irqs_off() has no barrier between is_lazy and tlb_gen. */
  "lazy-mb",
] as const;
export type Without = (typeof WITHOUT)[number];

const RELOAD = "load_new_mm_cr3(next->pgd, ns.asid, ns.need_flush)" as const;
const END = "local_irq_enable()" as const;
const GET_USER = "user: TLB miss, walk the page table" as const;

/** switch_mm_irqs_off() to mm[0] and a load of its user, on CPU1. */
export const switchMm = (without: Without) => {
  const late = without === "switching-first";
  return tlbGen.path(
    "switch_mm_irqs_off",
    { nextTlbGen: int(1, 3), needFlush: bool },
    {
      "local_irq_disable()": irqsOff,
      "prev = this_cpu_read(cpu_tlbstate.loaded_mm)": once((k) =>
        k.cpu[CPU].loadedMm === "mm"
          ? undefined
          : late
            ? "cpumask_test_cpu(cpu, mm_cpumask(next))?"
            : "this_cpu_write(cpu_tlbstate.loaded_mm, LOADED_MM_SWITCHING)",
      ),
      "this_cpu_write(cpu_tlbstate_shared.is_lazy, false)": once((k) => {
        k.cpu[CPU].isLazy = false;
      }),
      "smp_mb(), was lazy": without !== "lazy-mb" && smpMb,
      "next_tlb_gen = atomic64_read(&next->context.tlb_gen), was lazy": once((k, me) => {
        me.nextTlbGen = k.mm[0].tlbGen;
        if (k.cpu[CPU].gen === me.nextTlbGen) return END;
        me.needFlush = true;
        return RELOAD;
      }),

      "this_cpu_write(cpu_tlbstate.loaded_mm, LOADED_MM_SWITCHING)":
        !late &&
        once((k) => {
          k.cpu[CPU].loadedMm = "switching";
        }),
      "cpumask_test_cpu(cpu, mm_cpumask(next))?": once((k) => (k.mm[0].inCpumask ? "smp_mb()" : undefined)),
      // A locked instruction, and so a full barrier on x86.
      "cpumask_set_cpu(cpu, mm_cpumask(next))": full((k) => {
        k.mm[0].inCpumask = true;
        return "next_tlb_gen = atomic64_read(&next->context.tlb_gen)";
      }),
      "smp_mb()": without !== "smp_mb" && smpMb,
      "next_tlb_gen = atomic64_read(&next->context.tlb_gen)": once((k, me) => {
        me.nextTlbGen = k.mm[0].tlbGen;
        me.needFlush = k.cpu[CPU].gen < me.nextTlbGen;
      }),
      "this_cpu_write(cpu_tlbstate.loaded_mm, LOADED_MM_SWITCHING), late":
        late &&
        once((k) => {
          k.cpu[CPU].loadedMm = "switching";
        }),
      [RELOAD]: (k, me) => {
        const cpu = k.cpu[CPU];
        cpu.cr3 = "mm";
        if (!me.needFlush) return;
        cpu.gen = me.nextTlbGen;
        cpu.tlb[0].page = null;
      },
      "the MMU fills the TLB ahead": once((k) => {
        const entry = k.cpu[CPU].tlb[0];
        if (!entry.page) entry.page = k.table[0].pte.page;
      }),
      "this_cpu_write(cpu_tlbstate.loaded_mm, next)": once((k) => {
        k.cpu[CPU].loadedMm = "mm";
      }),
      [END]: irqsOn.then((k) => {
        k.cpu[CPU].inUser = true;
      }),
      [GET_USER]: once((k) => {
        const entry = k.cpu[CPU].tlb[0];
        if (!entry.page) entry.page = k.table[0].pte.page;
      }),
    },
    {
      file: "arch/x86/mm/tlb.c",
      release: "v7.1",
      functions: ["switch_mm_irqs_off"],
      notInSource: {
        "local_irq_disable()": "schedule(), which calls it",
        [END]: "schedule(), behind it",
        [GET_USER]: "the user",
        "the MMU fills the TLB ahead": "the MMU",
      },
      at: {
        "smp_mb(), was lazy": "smp_mb() #1",
        "smp_mb()": "smp_mb() #2",
        "prev = this_cpu_read(cpu_tlbstate.loaded_mm)": [
          "this_cpu_read(cpu_tlbstate.loaded_mm)",
          "this_cpu_read(cpu_tlbstate_shared.is_lazy)",
        ],
        "next_tlb_gen = atomic64_read(&next->context.tlb_gen), was lazy": [
          "atomic64_read(&next->context.tlb_gen) #2",
          "this_cpu_read(cpu_tlbstate.ctxs[prev_asid].tlb_gen)",
        ],
        "next_tlb_gen = atomic64_read(&next->context.tlb_gen)": [
          "atomic64_read(&next->context.tlb_gen) #3",
          "choose_new_asid() #2",
        ],
        "cpumask_set_cpu(cpu, mm_cpumask(next))": "cpumask_set_cpu() #2",
        [RELOAD]: [
          "this_cpu_write(cpu_tlbstate.ctxs[ns.asid].tlb_gen, next_tlb_gen)",
          "load_new_mm_cr3() #1",
          "load_new_mm_cr3() #2",
        ],
      },
      omits: {
        "smp_processor_id, this_cpu_read(cpu_tlbstate.loaded_mm_asid), this_cpu_write(cpu_tlbstate.loaded_mm_asid, ns.asid), this_cpu_write(cpu_tlbstate.ctxs[ns.asid].ctx_id, next->context.ctx_id)":
          "which address space identifier it is: that of mm[0] stays",
        "__flush_tlb_all, cpumask_set_cpu() #1": "checks of CONFIG_DEBUG_VM",
        "if (mm_needs_global_asid(next, prev_asid))": "INVLPGB, which needs no generations",
        "cond_mitigation, mm_lam_cr3_mask, mm_untag_mask, cpu_tlbstate_update_lam, cr4_update_pce_mm, switch_ldt":
          "other parts of the context",
        trace_tlb_flush: "tracing",
      },
      leavesOut:
        "address space identifiers but for one, whose TLB entries stay when another mm runs (PCID); INVLPGB and global ones; what else a switch switches",
    },
  );
};

/** ptep_get_and_clear() and flush_tlb_mm_range() of mm[0], on a CPU that it runs on. */
export const flushTlbMmRange = (without: Without) => {
  const early = without === "gen-after-pte";
  return tlbGen.path(
    "flush_tlb_mm_range",
    { newTlbGen: int(1, 3), loaded: oneOf("other", "mm", "switching") },
    {
      "inc_mm_tlb_gen(mm), before the PTE":
        early &&
        full((k, me) => {
          me.newTlbGen = ++k.mm[0].tlbGen;
        }),
      "ptep_get_and_clear(ptep)": ptepGetAndClear(0),
      "new_tlb_gen = inc_mm_tlb_gen(mm)":
        !early &&
        full((k, me) => {
          me.newTlbGen = ++k.mm[0].tlbGen;
        }),
      "cpumask_any_but(mm_cpumask(mm), cpu) < nr_cpu_ids?": once((k) => (k.mm[0].inCpumask ? undefined : "return")),
      "should_flush_tlb(): per_cpu(cpu_tlbstate.loaded_mm, cpu)": once((k, me) => {
        me.loaded = k.cpu[CPU].loadedMm;
      }),
      "should_flush_tlb(): smp_rmb()": smpRmb,
      "should_flush_tlb(): per_cpu(cpu_tlbstate_shared.is_lazy, cpu)": once((k, { loaded }) => {
        if (k.cpu[CPU].isLazy) return "return";
        if (loaded === "other" || (loaded === "switching" && without === "switching")) return "return";
      }),
      "on_each_cpu_cond_mask(flush_tlb_func)": ipiAll((k: TlbGen, n, { newTlbGen }: { newTlbGen: number }) => {
        const cpu = k.cpu[n]!;
        if (cpu.cr3 !== "mm" || newTlbGen <= cpu.gen) return;
        cpu.tlb[0].page = null;
        cpu.gen = newTlbGen;
      }, "full"),
      return: once((k) => {
        k.vma[0].unmapped = true;
      }),
    },
    {
      file: "arch/x86/mm/tlb.c",
      release: "v7.1",
      functions: ["flush_tlb_mm_range"],
      notInSource: { "ptep_get_and_clear(ptep)": "who calls it", return: "who calls it" },
      at: {
        // Which asks should_flush_tlb() of each CPU of the mask.
        "should_flush_tlb(): per_cpu(cpu_tlbstate.loaded_mm, cpu)": "flush_tlb_multi()",
        "should_flush_tlb(): smp_rmb()": "flush_tlb_multi()",
        "should_flush_tlb(): per_cpu(cpu_tlbstate_shared.is_lazy, cpu)": "flush_tlb_multi()",
        ...Object.fromEntries(
          ["", ": handled", ": handler", ": csd_unlock()"].map((part) => [
            `on_each_cpu_cond_mask(flush_tlb_func)${part}`,
            "flush_tlb_multi()",
          ]),
        ),
      },
      omits: {
        "get_cpu, put_cpu, get_flush_tlb_info, put_flush_tlb_info": "what is this CPU's own",
        "mm_global_asid, broadcast_tlb_flush, consider_global_asid": "INVLPGB, which needs no generations",
        should_trim_cpumask: "interrupts some CPU that need not be, once a second",
        "if (mm == this_cpu_read(cpu_tlbstate.loaded_mm))": "no other CPU has used the mm: this one's own TLB",
        mmu_notifier_arch_invalidate_secondary_tlbs: "no secondary MMU is modelled",
      },
      leavesOut:
        "flushes of a range (each is of all that the CPU has), INVLPGB, the CPU's own TLB; that flush_tlb_func() reads the generation of the mm again, which with one flusher is the one that it was sent for; mm_cpumask() that is trimmed",
    },
  );
};
