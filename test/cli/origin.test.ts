import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dependencyIn } from "../../src/cli/output/origin.ts";
import { inFolder } from "./recorded.ts";

/** A package that was installed into `cache` as `asked`, for a folder `mine` beside it. */
const inCache = (folder: string, cache: string, asked: string | undefined, inside = "node_modules/faultline/") => {
  const dependencies = asked === undefined ? {} : { dependencies: { faultline: asked } };
  mkdirSync(join(folder, cache), { recursive: true });
  writeFileSync(join(folder, cache, "package.json"), JSON.stringify(dependencies));
  return dependencyIn(join(folder, "mine"), join(folder, cache, inside));
};

test("init under npx wrote a dependency that points into npx's cache", async () => {
  await inFolder({ "faultline-0.1.0.tgz": "" }, async (folder) => {
    const npx = (asked: string | undefined): string | undefined => inCache(folder, ".npm/_npx/11fd7f", asked);
    assert.equal(npx("file:../../../faultline-0.1.0.tgz"), "file:../faultline-0.1.0.tgz");
    assert.equal(npx(`file:${join(folder, "faultline-0.1.0.tgz")}`), "file:../faultline-0.1.0.tgz");
    assert.equal(npx("^0.1.0"), "^0.1.0");
    assert.equal(npx("https://example.org/faultline-0.1.0.tgz"), "https://example.org/faultline-0.1.0.tgz");
    // What was installed is gone, or nothing says what it was.
    assert.equal(npx("file:../../../other.tgz"), undefined);
    assert.equal(npx(undefined), undefined);
  });
});

test("nor does it under the caches of pnpm, yarn and bun", async () => {
  await inFolder({ "faultline-0.1.0.tgz": "" }, async (folder) => {
    const tarball = `file:${join(folder, "faultline-0.1.0.tgz")}`;
    const pnpm = "node_modules/.pnpm/faultline@file+faultline-0.1.0.tgz/node_modules/faultline/";
    for (const [cache, inside] of [
      ["pnpm/dlx/1c2d/18f-3"],
      ["pnpm/dlx/1c2d/18f-4", pnpm],
      ["dlx-4711"],
      ["bunx-0-faultline"],
    ] as const)
      assert.equal(inCache(folder, cache, tarball, inside), "file:../faultline-0.1.0.tgz", cache);
  });
});

test("a package that is installed, or a repository, is named by where it lies", () => {
  assert.equal(dependencyIn("/home/me/races", "/home/me/node_modules/faultline/"), "file:../node_modules/faultline");
  assert.equal(dependencyIn("/home/me/faultline", "/home/me/faultline/"), "file:.");
});
