import { array, bool, bugOn, done, int, once, oneOf, rcuReadLock, rcuReadUnlock } from "faultline";
import { synchronizeRcu, world } from "faultline";

const w = world({ dead: bool, percpuCount: array(1, int(0, 1)), released: bool });

export default w.scenario("percpu-ref", "A percpu_ref is killed while a CPU takes a reference", {
  params: { wait: oneOf("grace-period", "none") },
  threads: ({ wait }) => ({
    get: w.path("percpu_ref_tryget_live", {
      "rcu_read_lock()": rcuReadLock,
      "__ref_is_percpu(ref)?": once((k) => k.dead, { true: "rcu_read_unlock(), it is dead" }),
      "this_cpu_inc(*percpu_count)": once((k) => void k.percpuCount[0]++),
      "rcu_read_unlock()": rcuReadUnlock,
      "use what the reference keeps": once((k) => bugOn(k.released, "it is released"), done),
      "rcu_read_unlock(), it is dead": rcuReadUnlock,
    }),
    kill: w.path("percpu_ref_kill", {
      "percpu_count_ptr |= __PERCPU_REF_DEAD": once((k) => void (k.dead = true)),
      "call_rcu(), its grace period": wait === "grace-period" && synchronizeRcu,
      "count += per_cpu(*percpu_count), and is 0?": once((k) => k.percpuCount[0] === 0, { false: done }),
      "ref->release(ref)": once((k) => void (k.released = true)),
    }),
  }),
});
