import assert from "node:assert/strict";
import { test } from "node:test";
import pairsSwap from "../../models/scenarios/pairs-swap.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { runPinned, without } from "./pinned.ts";

/** A step that gives a slot back, or takes it, or moves the entry that names it: the runs of pairs-swap that miss it if it is left out, and by which spec. */
const MUTANTS: readonly (readonly [step: string, set: ParamValues, spec: string])[] = [
  [
    "try_to_free_swap: put_swap_page(): swap_map &= ~SWAP_HAS_CACHE",
    { release: "v5.9", first: "zap", second: "swap-in" },
    "slot-can-be-freed",
  ],
  [
    "folio_free_swap: put_swap_page(): swap_map &= ~SWAP_HAS_CACHE",
    { release: "v6.12", first: "zap", second: "swapoff" },
    "slot-can-be-freed",
  ],
  [
    "shrink_folio_list: put_swap_folio(): swap_map &= ~SWAP_HAS_CACHE",
    { release: "v6.12", first: "swap-out", second: "cold" },
    "slot-can-be-freed",
  ],
  [
    "shrink_page_list, swap cache: put_swap_page(): swap_map &= ~SWAP_HAS_CACHE",
    { release: "v6.12", first: "cache-drop", second: "zap" },
    "slot-can-be-freed",
  ],
  [
    "do_swap_page: swapcache_clear(): swap_map &= ~SWAP_HAS_CACHE",
    { release: "v6.12", first: "swap-in", second: "cache-drop" },
    "slot-can-be-freed",
  ],
  [
    "folio_free_swap: swap_cache_del_folio(): __swap_table_set(ci, shadow)",
    { release: "v7.1", first: "zap", second: "cache-drop" },
    "slot-can-be-freed",
  ],
  ["free_swap_and_cache: swap_map--", { release: "v6.12", first: "zap", second: "cache-drop" }, "slot-count-matches"],
  ["swap_put_entries_cluster: swap_map--", { release: "v7.1", first: "zap", second: "fork" }, "slot-count-matches"],
  [
    "unuse_pte_range: unuse_pte(): swap_free(): swap_map--",
    { release: "v7.1", first: "swap-in", second: "swapoff" },
    "slot-count-matches",
  ],
  [
    "do_swap_page: folio_put_swap(): __swap_table_set(ci, count - 1)",
    { release: "v7.1", first: "swap-in", second: "cache-drop" },
    "slot-count-matches",
  ],
  [
    "try_to_unmap_one: swap_duplicate(): swap_map++",
    { release: "v6.12", first: "swap-out", second: "fork" },
    "slot-count-matches",
  ],
  [
    "move_ptes: set_pte_at(new_pte, pte)",
    { release: "v7.1", first: "cache-drop", second: "mremap" },
    "slot-count-matches",
  ],
  [
    "move_swap_pte: set_pte_at(dst_pte, orig_src_pte)",
    { release: "v7.1", first: "cache-drop", second: "uffd-move" },
    "slot-count-matches",
  ],
];

for (const [step, set, spec] of MUTANTS)
  test(`${spec} sees that '${step}' is left out`, async () => {
    const { specs } = await runPinned(without(pairsSwap, step), set);
    const broken = specs.filter(({ verdict }) => verdict === "violated").map(({ name }) => name);
    assert.ok(broken.includes(spec), broken.join(", "));
  });
