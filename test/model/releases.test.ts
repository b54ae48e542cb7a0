import assert from "node:assert/strict";
import { test } from "node:test";
import { bool, call, once, world } from "faultline";
import { haveCommon, releasesOf } from "../../src/model/releases.ts";
import { modelError, toy } from "../machine/toy.ts";

const w = world({ x: bool });
const step = { step: once((k: { x: boolean }) => void (k.x = true)) };
const path = (name: string, fits?: string) => w.path(name, {}, step, fits === undefined ? {} : { fits });

test("ranges of releases are compared by their numbers", () => {
  const common = (a: string, b: string): boolean => {
    const [one, other] = [releasesOf(a, "here"), releasesOf(b, "here")];
    assert.equal(haveCommon(one, other), haveCommon(other, one));
    return haveCommon(one, other);
  };
  for (const [a, b] of [
    ["v5.9", "v5.9"],
    ["v5.11..v5.18", "v5.18..v6.1"],
    ["..v5.10", "v5.9.."],
    ["v2.6.38..", "..v3.0"],
    ["v5.9..v5.10", "v5.9.7"],
    ["..v5.9-rc7", "v5.9-rc4.."],
    ["..v5.9", "v5.9-rc8"],
    ["v6.9..", "v6.10"],
  ] as const)
    assert.ok(common(a, b), `${a} and ${b}`);
  for (const [a, b] of [
    ["v5.8", "v5.9"],
    ["v5.11..v5.18", "v5.19.."],
    ["..v5.9", "v5.10"],
    ["..v5.9", "v5.9.1"],
    ["..v5.9-rc3", "v5.9-rc4.."],
    ["..v5.9-rc8", "v5.9"],
    ["..v2.6.38", "v2.6.39.."],
  ] as const)
    assert.ok(!common(a, b), `${a} and ${b}`);
});

test("what is no range of releases is refused where the path is written", () => {
  for (const fits of ["", "..", "5.9", "v5", "v5.9...v5.11", "v5.9-v5.11", "v5.9 .. v5.11", "any"])
    assert.match(modelError(() => path("p", fits)).message, /is no range of releases/, fits);
  const { message, explanation } = modelError(() => path("p", "v5.11..v5.9"));
  assert.match(message, /'v5\.11\.\.v5\.9' ends before it begins/);
  assert.equal(explanation.where, "path 'p'");
});

test("a scenario of paths without a common release is refused, also where one is called", () => {
  const callerOf = (fits: string) => w.path("caller", {}, { inner: call(path("inner", fits)) });
  const build = (a: string | undefined, b: string) =>
    toy({ world: w, threads: { one: path("one", a), other: callerOf(b) } });
  build(undefined, "v5.19..");
  build("..v5.19", "v5.19..");
  const { message, explanation } = modelError(() => build("v5.11..v5.18", "v5.19.."));
  assert.equal(message, "paths 'one' and 'inner' are of no common release");
  assert.equal(
    explanation.cause,
    "path 'one' of thread 'one' is that of v5.11 to v5.18, path 'inner' of thread 'other' is that of v5.19 or later",
  );
  assert.match(explanation.where!, /releases\.test\.[jt]s:\d+:\d+ and .*releases\.test/);
});
