import { PAGE, type Region } from "../compile/codegen.ts";

/** What one worker has to itself, with its parts as addresses and not as offsets. */
export interface PlacedRegion extends Region {
  readonly start: number;
}

/** The first page is nobody's; then come the regions. */
export function regionOf({ size, ...parts }: Region, worker = 0): PlacedRegion {
  const start = PAGE + worker * size;
  return {
    start,
    size,
    terminalCount: start + parts.terminalCount,
    failures: start + parts.failures,
    taken: start + parts.taken,
    ways: start + parts.ways,
    alone: start + parts.alone,
    terminals: start + parts.terminals,
    ends: start + parts.ends,
    hashes: start + parts.hashes,
    shards: start + parts.shards,
    successors: start + parts.successors,
  };
}
