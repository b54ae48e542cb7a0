import assert from "node:assert/strict";
import { test } from "node:test";
import type { Path } from "../../src/model/path.ts";
import type { Result } from "../../src/result/result.ts";
import { framesOf, pinnedRuns, runPinned, without, type PinnedRun } from "./pinned.ts";

const brokenIn = ({ specs }: Result): readonly string[] =>
  specs.flatMap(({ name, kind, verdict }) =>
    verdict === "violated" || (kind === "sometimes" && verdict === "vacuous") ? [name] : [],
  );

const stepsOf = ({ program }: Pick<PinnedRun, "program">): readonly string[] =>
  framesOf(program).flatMap(({ path }) =>
    [...path.entries].flatMap(([label, { kind }]) => (kind === "step" ? [`${path.name}: ${label}`] : [])),
  );

/** Paths of a run that are patched, under the names that reports have for them: what they were before. */
function patchedIn({ program }: Pick<PinnedRun, "program">): ReadonlyMap<string, string> {
  const written = ({ patched, name }: Path): string => (patched ? written(patched.base) : name);
  return new Map(framesOf(program).flatMap(({ path }) => (path.patched ? [[path.name, written(path)] as const] : [])));
}

/** A step that a patch leaves alone is that of the path which is patched. */
function writtenIn(step: string, patched: ReadonlyMap<string, string>): string {
  const path = [...patched].find(([name]) => step.startsWith(`${name}: `));
  return path ? path[1] + step.slice(path[0].length) : step;
}

/** Steps that no pinned run takes, and why. */
const NEVER_RUN: Readonly<Record<string, string>> = {
  "madvise_free_pte_range: folio_unlock(folio), shared":
    "madv-free-by-release has one process: no folio there is mapped twice while madvise() looks at it",
  "madvise_free_pte_range: unlock_page(page), shared": "the same",
  "memory_failure: mutex_unlock(&mf_mutex), failed":
    "memory-failure-anon has releases whose walk waits for ptl: they unmap the page whatever runs beside them",
  "shrink_folio_list: __remove_mapping(): folio_ref_unfreeze(folio, refcount)":
    "no GUP user of pairs-today marks the folio dirty; a fault does so under its lock, and a PTE says so before the look",
  "shrink_page_list: __remove_mapping(): page_ref_unfreeze(page, refcount)": "the same of pairs",
  "retract_page_tables: drop_pml: spin_unlock(pml)":
    "mremap() takes i_mmap_rwsem, too, so that nobody empties the pmd entry between two looks at it",
  "retract_page_tables: skipped: spin_unlock(ptl)":
    "an anon_vma would have to come between two looks at it: no fault there makes one",
  "__try_to_reclaim_swap: folio_unlock(folio), another one":
    "pairs-swap calls it under ptl, which whoever takes the folio of an entry out of the swap cache waits for",
  "__try_to_reclaim_swap: folio_put(folio), another one": "the same",
  "mcontinue_atomic_pte: unlock_page(page), it is gone":
    "nothing removes the page in races/shmem-dirty-cow; test/models/uffd-continue.test.ts has a punch do it",
  "mcontinue_atomic_pte: put_page(page), it is gone": "the same",
  "folio_add_return_large_mapcount: folio->_mm_id_mapcount[0] += diff":
    "questions/large-folio-reuse has one fork(): no mm comes to map more of a folio that it maps",
  "folio_add_return_large_mapcount: folio->_mm_id_mapcount[1] += diff": "the same",
  "folio_add_return_large_mapcount: folio_set_mm_id(folio, 0, mm_id)": "there the parent is counted first",
  "folio_add_return_large_mapcount: folio->_mm_id_mapcount[0] = diff - 1": "the same",
};

test("every step of every path is taken in some pinned run, but for some that are named with the reason", async () => {
  const taken = new Set<string>();
  const steps = new Set<string>();
  for (const run of await pinnedRuns()) {
    const missed = new Set(run.result.neverTaken.map(({ path, label }) => `${path}: ${label}`));
    const patched = patchedIn(run);
    for (const step of stepsOf(run)) {
      steps.add(writtenIn(step, patched));
      if (!missed.has(step)) taken.add(writtenIn(step, patched));
    }
  }
  assert.deepEqual([...steps].filter((step) => !taken.has(step)).toSorted(), Object.keys(NEVER_RUN).toSorted());
});

test("what a scenario allows not to be taken is not taken in some pinned run of it", async () => {
  const runs = await pinnedRuns();
  const idle = new Set<string>();
  for (const scenario of new Set(runs.map((run) => run.scenario))) {
    const own = runs.filter((run) => run.scenario === scenario);
    const missed = own.flatMap(({ result }) => result.neverTaken.map(({ path, label }) => `${path}: ${label}`));
    for (const pattern of own.flatMap(({ program }) => scenario.unreached(program.params))) {
      const prefix = pattern.replace(/\*$/, "");
      if (!missed.some((step) => (prefix === pattern ? step === pattern : step.startsWith(prefix))))
        idle.add(`${scenario.name}: ${pattern}`);
    }
  }
  assert.deepEqual([...idle], []);
});

/** For each spec that no pinned run breaks: a step without which a scenario, at its defaults, does. */
const MUTANTS: Readonly<Record<string, { readonly scenario: string; readonly step: string }>> = {
  "refcount-matches": { scenario: "two-faults", step: "filemap_map_pages: page_cache_get_speculative(page)" },
  "mapcount-matches": { scenario: "two-faults", step: "filemap_map_pages: page_add_file_rmap(page)" },
  "fault-maps": { scenario: "two-faults", step: "filemap_map_pages: set_pte_at(vmf->pte)" },
  "locks-released": { scenario: "races/hugetlb-fault-vs-punch", step: "hugetlbfs_punch_hole: unlock_page(page)" },
  "no-mapped-free-page": {
    scenario: "fault-around-vs-reclaim",
    step: "filemap_map_pages: page_cache_get_speculative(page)",
  },
  "pins-match": { scenario: "pin-vs-fork", step: "internal_get_user_pages_fast: put_compound_head(page)" },
  "rss-matches": { scenario: "pin-vs-fork", step: "dup_mmap: add_mm_rss_vec(dst_mm, rss)" },
  "refcount-covers-ptes": { scenario: "pin-vs-fork", step: "dup_mmap: get_page(page)" },
  "fork-leaves-window": { scenario: "fork-vs-store", step: "dup_mmap: set_pte_at(dst_pte)" },
  "no-shared-write-through-tlb": { scenario: "fork-vs-store", step: "dup_mmap: flush_tlb_mm(oldmm)" },
  "faults-all-map": { scenario: "two-read-faults", step: "finish_fault: set_pte_at(vmf->pte)" },
  "huge-mapcount-matches": {
    scenario: "races/zap-huge-pmd-vs-truncate",
    step: "zap_huge_pmd: page_remove_rmap(page, true)",
  },
  "no-early-read": { scenario: "races/read-in-vs-read", step: "mpage_end_io: the page is filled" },
  "read-locked": {
    scenario: "questions/vm-refcnt-values",
    step: "vma_start_read: __refcount_inc_not_zero_limited_acquire(&vma->vm_refcnt)",
  },
  "excluding-one": {
    scenario: "questions/vm-refcnt-values",
    step: "__vma_start_exclude_readers: refcount_add_not_zero(VM_REFCNT_EXCLUDE_READERS_FLAG, &vma->vm_refcnt)",
  },
  "excluding-more": {
    scenario: "questions/vm-refcnt-values",
    step: "__vma_start_exclude_readers: refcount_add_not_zero(VM_REFCNT_EXCLUDE_READERS_FLAG, &vma->vm_refcnt)",
  },
  "another-mm-waits": {
    scenario: "questions/whose-mm-is-woken",
    step: "__vma_start_exclude_readers: rcuwait_wait_event(): rcu_assign_pointer(w->task, current)",
  },
  "poison-is-kept": {
    scenario: "memory-failure-anon",
    step: "try_to_unmap_one: set_pte_at(mm, address, pvmw.pte, hwpoison)",
  },
  "never-zeroes": { scenario: "poisoned-entry", step: "do_anonymous_page: pte_none(*vmf->pte)?" },
  "mm-ids-match": {
    scenario: "questions/large-folio-reuse",
    step: "folio_sub_return_large_mapcount: atomic_set(&folio->_large_mapcount, new_mapcount_val)",
  },
  "folio-references-match": {
    scenario: "questions/large-folio-reuse",
    step: "zap_present_folio_ptes: tlb_finish_mmu(): folio_put_refs(folio, nr)",
  },
  "mapcount-covers-entries": {
    scenario: "make-exclusive-by-release",
    step: "make_device_exclusive_range: folio_remove_rmap_pte(folio, subpage, vma)",
  },
  "mapcount-not-negative": { scenario: "races/two-dontneed", step: "zap_pte_range: ptep_get_and_clear_full(pte)" },
};

test("every spec is broken by a pinned run, or by one with a step left out: none holds because it cannot fail", async () => {
  const runs = await pinnedRuns();
  const specs = runs.flatMap(({ result }) =>
    result.specs.flatMap(({ kind, name }) => (kind === "check" ? [] : [name])),
  );
  // What no run breaks but under a weaker memory model is pinned there.
  const weak = [...new Set(runs.map(({ scenario }) => scenario))].flatMap(({ expect }) =>
    expect.flatMap(({ memory, violated = [] }) => (memory === undefined ? [] : violated)),
  );
  const seen = new Set(runs.flatMap(({ result }) => brokenIn(result)));
  const broken = new Set([...seen, ...weak]);
  for (const [spec, { scenario, step }] of Object.entries(MUTANTS)) {
    assert.ok(!seen.has(spec), `a pinned run breaks ${spec}: it needs no mutant`);
    const run = runs.find(({ program }) => program.scenario.name === scenario)!;
    assert.ok(stepsOf(run).includes(step), step);
    for (const name of brokenIn(await runPinned(without(run.scenario, step), run.program.params))) broken.add(name);
  }
  assert.deepEqual(
    specs.filter((spec) => !broken.has(spec)),
    [],
  );
});

test("every path names its function's file, its release, and what it leaves out", async () => {
  const silent = new Set<string>();
  for (const { program } of await pinnedRuns())
    for (const { path } of framesOf(program)) {
      const { file, release, leavesOut } = path.about;
      if (!file || !release || !leavesOut) silent.add(path.name);
    }
  assert.deepEqual([...silent], []);
});
