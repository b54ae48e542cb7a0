// wait-queue.ts
import { bool, done, once, oneOf, scenario, waitEvent, waitQueue, waitqueueActive, wakeUp, world, wqHasSleeper } from "faultline";

const w = world({ wq: waitQueue, written: bool });

const wait = w.path("wait_on_page_writeback", {}, {
  "wait_event(wq, !PageWriteback(page))": waitEvent((k) => k.wq, (k) => k.written),
});
const end = (asks: "wq_has_sleeper" | "waitqueue_active") =>
  w.path("end_page_writeback", {}, {
    "ClearPageWriteback(page)": once((k) => { k.written = true; }),
    "wq_has_sleeper(&wq)": asks === "wq_has_sleeper" && wqHasSleeper((k) => k.wq, done),
    "waitqueue_active(&wq)": asks === "waitqueue_active" && waitqueueActive((k) => k.wq, done),
    "wake_up(&wq)": wakeUp((k) => k.wq),
  });

export default scenario("wait-queue", {
  about: "The end of an I/O wakes who waits for it, if there is anybody",
  world: w,
  params: { asks: oneOf("wq_has_sleeper", "waitqueue_active") },
  threads: ({ asks }) => ({ wait, end: end(asks) }),
  specs: [],
  expect: [
    {},
    { memory: "lkmm" },
    { set: { asks: "waitqueue_active" } },
    { set: { asks: "waitqueue_active" }, memory: "tso", violated: ["not-stuck"] },
  ],
});
