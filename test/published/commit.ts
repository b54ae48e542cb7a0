import { array, bool, choose, oneOf, scenario, wait, world, type Scenario } from "faultline";
import { numbered } from "./range.ts";

const managerState = oneOf("working", "prepared", "committed", "aborted");

/** Transaction commit: what n resource managers may do, with no word on how they find out about each other. */
export function transactionCommit(n: number): Scenario {
  const managers = world({ state: array(n, managerState) });

  const manager = (i: number) =>
    managers.path(
      "manager",
      {},
      {
        act: (k) => {
          switch (choose("prepare", "commit", "abort")) {
            case "prepare":
              if (k.state[i] !== "working") return wait;
              k.state[i] = "prepared";
              return "act";
            case "commit":
              if (k.state[i] !== "prepared") return wait;
              if (k.state.some((state) => state === "working" || state === "aborted")) return wait;
              k.state[i] = "committed";
              return "act";
            case "abort":
              if (k.state[i] !== "working" && k.state[i] !== "prepared") return wait;
              if (k.state.includes("committed")) return wait;
              k.state[i] = "aborted";
              return "act";
          }
        },
      },
    );

  return scenario("transaction-commit", {
    about: "Resource managers that commit or abort together",
    world: managers,
    params: {},
    threads: () => numbered("manager", n, manager),
    specs: [
      managers.always("consistent", "no two managers decide differently", (k) =>
        k.state.includes("committed") && k.state.includes("aborted") ? "one committed and one aborted" : true,
      ),
    ],
  });
}

/** Two-phase commit: a transaction manager decides, and messages, once sent, can be received again and again. */
export function twoPhaseCommit(n: number): Scenario {
  const system = world({
    state: array(n, managerState),
    decision: oneOf("init", "committed", "aborted"),
    heardFrom: array(n, bool),
    // The messages that were sent.
    prepared: array(n, bool),
    commit: bool,
    abort: bool,
  });

  const coordinator = system.path(
    "coordinator",
    {},
    {
      decide: (k) => {
        if (k.decision !== "init") return wait;
        if (choose("commit", "abort") === "commit") {
          if (!k.heardFrom.every(Boolean)) return wait;
          k.decision = "committed";
          k.commit = true;
        } else {
          k.decision = "aborted";
          k.abort = true;
        }
        return "decide";
      },
    },
  );

  const inbox = (i: number) =>
    system.path(
      "inbox",
      {},
      {
        "receive prepared": (k) => {
          if (k.decision !== "init" || !k.prepared[i]) return wait;
          k.heardFrom[i] = true;
          return "receive prepared";
        },
      },
    );

  const manager = (i: number) =>
    system.path(
      "manager",
      {},
      {
        act: (k) => {
          switch (choose("prepare", "give up", "receive commit", "receive abort")) {
            case "prepare":
              if (k.state[i] !== "working") return wait;
              k.state[i] = "prepared";
              k.prepared[i] = true;
              return "act";
            case "give up":
              if (k.state[i] !== "working") return wait;
              k.state[i] = "aborted";
              return "act";
            case "receive commit":
              if (!k.commit) return wait;
              k.state[i] = "committed";
              return "act";
            case "receive abort":
              if (!k.abort) return wait;
              k.state[i] = "aborted";
              return "act";
          }
        },
      },
    );

  return scenario("two-phase-commit", {
    about: "Resource managers and a coordinator that decides for them",
    world: system,
    params: {},
    threads: () => ({ coordinator, ...numbered("inbox", n, inbox), ...numbered("manager", n, manager) }),
    specs: [
      system.always("consistent", "no two managers decide differently", (k) =>
        k.state.includes("committed") && k.state.includes("aborted") ? "one committed and one aborted" : true,
      ),
    ],
  });
}
