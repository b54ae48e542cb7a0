import assert from "node:assert/strict";
import { test } from "node:test";
import { scenarios } from "../../models/scenarios/index.ts";
import type { Path } from "../../src/model/path.ts";
import { placeOf } from "../../src/model/where.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { framesOf } from "../models/pinned.ts";
import { readDocument } from "./document.ts";

/** Where the paths are that are about anonymous memory, the locks of VMAs, or page tables and TLBs alone: all others are of the file side. */
const ANONYMOUS = new RegExp(
  "(?:^|/)models/(?:fs/(?:splice|task-mmu)/|kernel/fork/|mm/(?:mmap/anon|gup|page-alloc|swap-state|madvise)/|mm/userfaultfd/mwriteprotect|" +
    "mm/(?:mmap-lock|mprotect)/|kernel/mm-count|mm/memory/vma-|mm/mmap/expand-(?:stack|downwards)|mm/userfaultfd/register|mm/khugepaged/collapse-(?:checks|none)|" +
    "mm/memory/(?:anonymous-fault|copy-page-range|wp-page|wp-page-copy|write-fault)\\.|mm/huge-memory/(?:huge-anon|forced-write-huge|split-migration)\\.|" +
    "arch/x86/|mm/(?:khugepaged/collapse-anon|huge-memory/zap-deposited|hugetlb/pmd-sharing|mremap/move-normal-pmd)\\.|" +
    "mm/memory/(?:fault-in-table|reclaim-table|copy-folio|anonymous-folio|wp-copy-folio|wp-folio|swap-fault(?:-table|-past-cache)?|drop-swap-entry)\\.|" +
    "mm/(?:ksm|swapfile|swap|mlock|migrate-device|compaction)/|mm/migrate/move-anon\\.|mm/rmap/(?:make-device-exclusive|isolated|lazyfree|discard-page|unmap-omits|share-anon-rmap|anon-vma)\\.|mm/vmscan/swap-out\\.|mm/userfaultfd/move-)|" +
    "mm/hugetlb/(?:pmd-share|fault-by-release|unmap-by-release|split-vma)\\.|mm/huge-memory/scan-page-frames\\.|mm/memory/(?:wp-large-folio|copy-elsewhere|swap-entries|device-fault|device-entries|exclusive-fault)\\.|mm/vmscan/drop-swap-cache\\.|mm/rmap/large-mapcount\\.",
);

/** What a patched path was before. */
const written = (path: Path): Path => (path.patched ? written(path.patched.base) : path);

/** Every path of the bundled scenarios, and whether it is one of the file side. */
function bundledPaths(): ReadonlyMap<string, boolean> {
  const paths = new Map<string, boolean>();
  for (const scenario of scenarios)
    for (const { set = {} } of scenario.expect)
      for (const { path } of framesOf(buildProgram(scenario, resolveParams(scenario, set as ParamValues))))
        paths.set(path.name, paths.get(path.name) === true || !ANONYMOUS.test(placeOf(written(path).definedAt)!));
  return paths;
}

test("docs/omissions.md judges what each path of the file side leaves out, and names no other", () => {
  const rows = readDocument("docs/omissions.md").lines.filter((line) => line.startsWith("| `"));
  const judged = new Set(
    rows.flatMap((row) => [...row.split("|")[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)),
  );
  const paths = bundledPaths();
  assert.deepEqual(
    [...judged].filter((name) => !paths.has(name)),
    [],
  );
  assert.deepEqual(
    [...paths].flatMap(([name, isOfFile]) => (isOfFile && !judged.has(name) ? [name] : [])),
    [],
  );
});
