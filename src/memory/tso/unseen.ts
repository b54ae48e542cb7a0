import type { Unseen } from "../../machine/machine.ts";
import { readerOf, type State } from "../../machine/state.ts";
import { fieldValue } from "../../machine/tell.ts";
import type { TsoProgram } from "./program.ts";
import { storesIn } from "./store-buffer.ts";

/** What waits in store buffers. */
export const unseenTso = ({ buffers }: TsoProgram, state: State): readonly Unseen[] =>
  buffers.flatMap((buffer, thread): readonly Unseen[] => {
    const stores = buffer ? storesIn(buffer, readerOf(state)).toReversed() : [];
    if (stores.length === 0) return [];
    return [
      {
        kind: "buffer",
        thread,
        stores: stores.map((store) => [...store].map(([cell, value]) => fieldValue(cell, value))),
      },
    ];
  });
