import { bool, scenario } from "faultline";
import { noSharedWrite } from "../../../specs/anon.ts";
import { balance } from "../../../specs/balance.ts";
import { anonPageMapped, kernel } from "../../kernel/world.ts";
import { writeFault } from "../../mm/memory/write-fault.ts";
import { vmspliceThenUnmap } from "../../fs/splice/vmsplice.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2020-29374, fixed by 17839856fd58 (v5.8), docs/kernel-facts.md 5 #22. A child puts a page that it shares with its
 * parent into a pipe and unmaps it; the parent, alone by mapcount, writes in place, and the child reads it from the
 * pipe. The fix makes GUP break COW even for reads, so that the pipe gets a copy. v5.9 counts references instead: see
 * cow-vs-vmsplice.
 */
export default scenario("races/vmsplice-child", {
  about: "A child keeps a page of its parent in a pipe while the parent writes to it",
  world: kernel,
  params: { fixed: bool },
  threads: ({ fixed }) => ({
    parent: writeFault(0, { rule: "5.7" }),
    child: vmspliceThenUnmap(1, { pin: false, write: fixed, wp: { rule: "5.7" } }),
  }),
  init: (k) => anonPageMapped(k, { shared: true, writable: false }),
  specs: [noSharedWrite, ...balance],
  unreached: neverTaken("races/vmsplice-child"),
  expect: [
    { set: { fixed: false }, violated: ["no-shared-write"], states: 468 },
    { set: { fixed: true }, states: 1749 },
    { set: { fixed: false }, memory: "tso", violated: ["no-shared-write"], states: 876 },
    { set: { fixed: false }, memory: "lkmm", unjudged: ["no-shared-write"], states: 1682 },
    { set: { fixed: true }, memory: "tso", states: 3020 },
    { set: { fixed: true }, memory: "lkmm", unjudged: ["no-shared-write"], states: 9970 },
  ],
});
