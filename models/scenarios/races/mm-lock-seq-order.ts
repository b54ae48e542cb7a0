import { bool, scenario } from "faultline";
import { attached } from "../../kernel/vma-lock.ts";
import { kernel } from "../../kernel/world.ts";
import { faultAsksForUffd, userfaultfdRegister } from "../../mm/userfaultfd/register.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by b1f02b95758d (v6.5). All VMAs of an mm are unlocked by one store to mm->mm_lock_seq, and a fault learns by a load
 * of it that its VMA is not write-locked. The store was no release and the load no acquire: only CPUs that reorder show it.
 */
export default scenario("races/mm-lock-seq-order", {
  about: "A fault locks a VMA that userfaultfd_register() has just unlocked",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => {
    const of = fixed ? "v6.6" : "v6.4";
    return { fault: faultAsksForUffd(of), register: userfaultfdRegister(of) };
  },
  init: (k) => attached(k.vma[0], k.mm[0]),
  specs: [],
  unreached: neverTaken("races/mm-lock-seq-order"),
  expect: [
    { set: { fixed: false }, states: 231 },
    { set: { fixed: false }, memory: "tso", states: 344 },
    { set: { fixed: false }, memory: "lkmm", violated: ["no-bug"], states: 222 },
    { set: { fixed: true }, states: 231 },
    { set: { fixed: true }, memory: "tso", states: 344 },
    { set: { fixed: true }, memory: "lkmm", states: 224 },
  ],
});
