import { aboutLines, expectedLines, type Expected } from "../expected.ts";
import type { Exported } from "../exported.ts";
import { block } from "./comment.ts";
import type { Naming } from "./naming.ts";

/** What SPIN's verifier has to be compiled and run with. */
export interface Verifier {
  readonly defines: readonly string[];
  readonly depth: number;
}

interface Told {
  readonly exported: Exported;
  readonly expected: Expected;
  readonly command: string;
  readonly file: string;
  readonly verifier: Verifier;
  readonly more: number;
  readonly naming: Naming;
}

/** What it is, how SPIN is run on it, and what comes out. */
export function heading({ exported, expected, command, file, verifier, more }: Told): readonly string[] {
  return block([
    ...aboutLines(exported, command),
    "",
    `    spin -a -o2 ${file}`,
    `    cc -O2 ${verifier.defines.join(" ")} -o pan pan.c`,
    `    ./pan -c0 -m${verifier.depth}`,
    "",
    ...expectedLines(expected, more),
    "Without -o2, SPIN leaves out of a state what is only written; without -DNOREDUCE, states that no check needs.",
    ...(more > 0 ? ["One of the states is that in which `init` has not chosen yet."] : []),
    "An assertion that fails names its check or spec, as in `assertion violated no_bug`; `invalid end state` is not-stuck.",
    ...(expected.hasSometimes
      ? ["With `spin -a -o2 -DREACHED` a sometimes spec that is reached is told as an error, too."]
      : []),
  ]);
}
