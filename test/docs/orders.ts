import assert from "node:assert/strict";
import type { Scenario } from "faultline";
import { ORDERS } from "../../models/paths/mapper-orders.ts";
import invalidate from "../../models/scenarios/fault-around-vs-invalidate.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import reclaim from "../../models/scenarios/fault-around-vs-reclaim.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import twoFaults from "../../models/scenarios/two-faults.ts";
import { resolveParams, type ParamValues } from "../../src/model/scenario.ts";
import { buildProgram } from "../../src/machine/program.ts";
import { exploreAll } from "../explore-all.ts";
import { table } from "./document.ts";

/** The length of the shortest run to a spec; `-` if there is none. */
function lengthOf(scenario: Scenario, params: ParamValues, spec: string): string {
  const { found, cut } = exploreAll(buildProgram(scenario, resolveParams(scenario, params)));
  assert.equal(cut, undefined);
  return found.get(spec)?.moves.length.toString() ?? "-";
}

const REMOVERS = { punch, truncate };
const CLASSES = { stale: "no-stale-pte", real: "no-mapped-deletion", "false alarm": "no-false-alarm" };

/** README: how long the counterexamples of each order are, against a punch and a truncate. */
export const ordersTable = (): readonly string[] =>
  table(
    [
      [
        "order",
        ...Object.keys(REMOVERS).flatMap((remover) => Object.keys(CLASSES).map((one) => `${remover}: ${one}`)),
        "falls back",
      ],
      ...ORDERS.map((order) => [
        `\`${order}\``,
        ...Object.values(REMOVERS).flatMap((remover) =>
          Object.values(CLASSES).map((spec) => lengthOf(remover, { order }, spec)),
        ),
        lengthOf(twoFaults, { order }, "fault-falls-back"),
      ]),
    ],
    [false, true, true, true, true, true, true, true],
  );

const OTHERS: readonly (readonly [name: string, scenario: Scenario, params: ParamValues])[] = [
  ["invalidate", invalidate, {}],
  ["reclaim, file", reclaim, { what: "file" }],
  ["reclaim, tmpfs", reclaim, { what: "tmpfs" }],
];

/** README: what the same orders violate against the other removers. */
export function othersTable(): readonly string[] {
  const violated = (scenario: Scenario, params: ParamValues): string =>
    Object.entries({ ...CLASSES, bug: "no-bug" })
      .map(([name, spec]) => `${name} ${lengthOf(scenario, params, spec)}`)
      .filter((cell) => !cell.endsWith(" -"))
      .join(", ") || "-";
  return table([
    ["order", ...OTHERS.map(([name]) => name)],
    ...ORDERS.map((order) => [
      `\`${order}\``,
      ...OTHERS.map(([, scenario, params]) => violated(scenario, { ...params, order })),
    ]),
  ]);
}
