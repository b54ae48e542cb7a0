import type { Program } from "../../src/machine/program.ts";
import { search, type Explored, type HowToSearch } from "../../src/search/search.ts";

/** What a search has found in the end. */
export async function searched(program: Program, how: HowToSearch = {}): Promise<Explored> {
  const slices = search(program, how);
  for (;;) {
    const slice = await slices.next();
    if (slice.done === true) return slice.value;
  }
}
