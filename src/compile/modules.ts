import { setFlagsFromString } from "node:v8";

/**
 * What V8 makes of a module: `soon` machine code of each instruction by itself, once and for good; `fast` the same when
 * a function is first called, and optimised code as soon as it is hot.
 */
export type Tier = "soon" | "fast";

// V8 takes a function for hot by the bytes of its loop, as if each round went through all of them. `expand` has hundreds
// of thousands, of which a state takes a few: V8 would optimise it for seconds after three states.
const SOON = ["wasm-lazy-compilation", "wasm-dynamic-tiering", "wasm-tier-up"];

/** A section that has neither a name nor a content. What has the same bytes gets what V8 has made of the first. */
const NOTHING = [0, 1, 0];

/** Throws a CompileError if V8 does not take it. */
export function moduleOf(code: Uint8Array<ArrayBuffer>, tier: Tier): WebAssembly.Module {
  if (tier === "fast") return new WebAssembly.Module(new Uint8Array([...code, ...NOTHING]));
  // Settings are those of the process: nothing else is made with these.
  for (const flag of SOON) setFlagsFromString(`--no-${flag}`);
  try {
    return new WebAssembly.Module(code);
  } finally {
    for (const flag of SOON) setFlagsFromString(`--${flag}`);
  }
}
