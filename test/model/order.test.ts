import assert from "node:assert/strict";
import { test } from "node:test";
import { primitiveOf } from "../../src/litmus/primitives.ts";
import { ALL_FENCES, ALL_ORDERS, ALL_QUALIFIERS, ALL_RCU, ORDERS } from "../../src/model/order.ts";

test("a litmus test is read in the words that one is written in", () => {
  for (const fence of ALL_FENCES)
    assert.deepEqual(primitiveOf(ORDERS[fence].name), { kind: "fence", fence, parameters: [] });
  for (const rcu of ALL_RCU) assert.deepEqual(primitiveOf(ORDERS[rcu].name), { kind: "rcu", rcu, parameters: [] });
  for (const order of ALL_QUALIFIERS) {
    const { suffix, isPlain } = ORDERS[order];
    const read = suffix === undefined ? primitiveOf("atomic_inc") : primitiveOf(`xchg${suffix}`);
    assert.equal(read?.kind, "rmw");
    // An exchange without order is called relaxed, whatever the model has called its step.
    assert.equal(read.order, isPlain ? "relaxed" : order);
  }
});

test("what an order promises fits together", () => {
  for (const order of ALL_ORDERS) {
    const { kind, orders, acquires, releases, publishes, drains, returns, mayStore, isPlain, stronger } = ORDERS[order];
    assert.ok(!acquires || !releases, `${order} is a strong fence then, and says so`);
    if (releases || orders === "all") assert.ok(publishes, `${order} tells others what its CPU has seen`);
    if (drains) assert.equal(orders, "all", `${order} waits for stores that it does not order`);
    if (isPlain) assert.ok(mayStore && returns && orders === "nothing" && !acquires && !releases, order);
    if (kind !== "qualifier") assert.ok(returns && !mayStore && stronger.length === 0, `${order} is no access`);
    assert.ok(!stronger.some((one) => one === order), `${order} is no stronger than itself`);
    for (const one of stronger)
      assert.ok(
        ORDERS[one].stronger.every((more) => stronger.includes(more)),
        `what is stronger than ${one}`,
      );
  }
});
