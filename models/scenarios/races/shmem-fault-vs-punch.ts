import { bool, scenario } from "faultline";
import { balance } from "../../../specs/balance.ts";
import { punchEnds } from "../../../specs/shmem.ts";
import { pageInCache } from "../../kernel/world.ts";
import { tmpfs } from "../../mm/shmem/inode.ts";
import { shmemPunchHole } from "../../mm/shmem/shmem-fallocate.ts";
import { touchPage } from "../../mm/shmem/shmem-fault.ts";
import { neverTaken } from "../recorded.ts";

/**
 * CVE-2014-4171, fixed by f00cdc6df7d7 (v3.16), docs/kernel-facts.md 5 #10. A hole punch of tmpfs looks for pages until there
 * are none; a process that touches the hole fills it as soon as it is empty. With the fix a fault waits until the punch is
 * over. The process touches the page as often as it likes: what is asked is whether that can go on for ever.
 */
export default scenario("races/shmem-fault-vs-punch", {
  about: "A process touches a page of tmpfs again and again while a hole punch removes it",
  world: tmpfs,
  params: { fixed: bool },
  threads: ({ fixed }) => ({ user: touchPage(fixed), punch: shmemPunchHole(fixed) }),
  init: (k) => pageInCache(k, { pmd: "populated" }),
  specs: [punchEnds, ...balance],
  unreached: neverTaken("races/shmem-fault-vs-punch"),
  expect: [
    { set: { fixed: false }, violated: ["punch-ends"], states: 1196 },
    { set: { fixed: true }, states: 1090 },
    { set: { fixed: false }, memory: "tso", violated: ["punch-ends"], states: 1657 },
    { set: { fixed: true }, memory: "tso", states: 1725 },
  ],
});
