import { bool, choose, int, oneOf, scenario, wait, world } from "faultline";
import { range } from "./range.ts";

// Lamport's first two examples. Neither has control points: each action is a thread with one step that loops.

const clock = world({ hour: int(1, 12) });

/** HourClock: an hour that starts anywhere. */
export const hourClock = scenario("hour-clock", {
  about: "A clock that shows the hour",
  world: clock,
  params: {},
  threads: () => ({
    clock: clock.path(
      "clock",
      {},
      {
        tick: (k) => {
          k.hour = k.hour === 12 ? 1 : k.hour + 1;
          return "tick";
        },
      },
    ),
  }),
  init: (k) => {
    k.hour = choose(...range(1, 12));
  },
  specs: [],
});

const wires = world({ val: oneOf("d1", "d2", "d3"), rdy: bool, ack: bool });

const sender = wires.path(
  "sender",
  {},
  {
    send: (k) => {
      if (k.rdy !== k.ack) return wait;
      k.val = choose("d1", "d2", "d3");
      k.rdy = !k.rdy;
      return "send";
    },
  },
);

const receiver = wires.path(
  "receiver",
  {},
  {
    receive: (k) => {
      if (k.rdy === k.ack) return wait;
      k.ack = !k.ack;
      return "receive";
    },
  },
);

/** AsynchInterface: a two-phase handshake over a data wire. */
export const asynchInterface = scenario("asynch-interface", {
  about: "A sender and a receiver that take turns",
  world: wires,
  params: {},
  threads: () => ({ sender, receiver }),
  init: (k) => {
    k.val = choose("d1", "d2", "d3");
    k.rdy = choose(false, true);
    k.ack = k.rdy;
  },
  specs: [],
});
