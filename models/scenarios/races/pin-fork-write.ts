import { bool, scenario } from "faultline";
import { pinnedStaysMapped } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel, pinnedByFirst } from "../../kernel/world.ts";
import { child, forkThenWrite } from "../../kernel/fork/processes.ts";
import { neverTaken } from "../recorded.ts";

/**
 * Fixed by 70e806e4e645 (v5.9-rc), docs/kernel-facts.md 5 #23. A page is pinned for DMA; the process forks and writes.
 * The write copies, whether the child still lives or not, as the pin itself counts as a reference: the process goes on
 * with the copy, the device with the old page. The fix gives the copy to the child, at fork().
 */
export default scenario("races/pin-fork-write", {
  about: "A process that has pinned a page forks and writes to the page",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    parent: forkThenWrite(fixed ? "5.9" : "5.8", { rule: "5.9" }),
    child: child("exit", { rule: "5.9" }),
  }),
  init(k) {
    anonPageMapped(k, { shared: false, writable: true });
    pinnedByFirst(k);
  },
  specs: [pinnedStaysMapped, ...balance],
  unreached: neverTaken("races/pin-fork-write"),
  expect: [
    { set: { fixed: false }, violated: ["pinned-stays-mapped"], states: 314 },
    { set: { fixed: true }, states: 110 },
    { set: { fixed: false }, memory: "tso", violated: ["pinned-stays-mapped"], states: 623 },
    { set: { fixed: false }, memory: "lkmm", violated: ["pinned-stays-mapped"], states: 617 },
    { set: { fixed: true }, memory: "tso", states: 201 },
    { set: { fixed: true }, memory: "lkmm", states: 132 },
  ],
});
