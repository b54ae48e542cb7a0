import assert from "node:assert/strict";
import type { Scenario } from "faultline";
import { ORDERS } from "../../models/mm/filemap/mapper-orders.ts";
import punch from "../../models/scenarios/fault-around-vs-punch.ts";
import truncate from "../../models/scenarios/fault-around-vs-truncate.ts";
import twoFaults from "../../models/scenarios/two-faults.ts";
import { resolveParams } from "../../src/model/scenario.ts";
import type { ParamValues } from "../../src/model/params.ts";
import { buildProgram } from "../../src/machine/build.ts";
import { exploreAll } from "../explore-all.ts";
import { table } from "./document.ts";

const REMOVERS = { punch, truncate };
const CLASSES = { stale: "no-stale-pte", real: "no-mapped-deletion", "false alarm": "no-false-alarm" };

/** The lengths of the shortest runs to some specs, by the plain explorer; `-` if there is none. */
function lengthsOf(scenario: Scenario, params: ParamValues, specs: readonly string[]): readonly string[] {
  const { found, cut } = exploreAll(buildProgram(scenario, resolveParams(scenario, params)));
  assert.equal(cut, undefined);
  return specs.map((spec) => found.get(spec)?.moves.length.toString() ?? "-");
}

/** How long the counterexamples of each order are, against a punch and a truncate, and how soon one fault falls back. */
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
        ...Object.values(REMOVERS).flatMap((remover) => lengthsOf(remover, { order }, Object.values(CLASSES))),
        ...lengthsOf(twoFaults, { order }, ["fault-falls-back"]),
      ]),
    ],
    [false, true, true, true, true, true, true, true],
  );
