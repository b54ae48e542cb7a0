import { bool, done, finishWait, once, prepareToWait, schedule, waitQueue, wakeUp, world } from "faultline";

const w = world({ wq: waitQueue, ready: bool });

export default w.scenario("wait-event", "A thread sleeps until another one says that it is ready", {
  params: { early: bool },
  threads: ({ early }) => ({
    wait: w.path("wait", {
      "if (ready) return, too early": early && once((k) => k.ready, { true: done }),
      "prepare_to_wait(&wq)": prepareToWait((k) => k.wq),
      "if (ready) break": !early && once((k) => k.ready, { true: "finish_wait(&wq)" }),
      "schedule()": schedule((k) => k.wq),
      "finish_wait(&wq)": finishWait((k) => k.wq),
    }),
    wake: w.path("wake", {
      "WRITE_ONCE(ready, true)": once((k) => void (k.ready = true)),
      "wake_up(&wq)": wakeUp((k) => k.wq),
    }),
  }),
});
