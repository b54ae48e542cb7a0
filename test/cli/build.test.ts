import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { keepAccount, refuseStale } from "../../src/cli/build.ts";
import { ROOT } from "../../src/cli/package.ts";

/** A checkout that was built just now, and what it says after a change. */
function after(change: (write: (file: string, text: string) => void, root: string) => void): string | undefined {
  const root = mkdtempSync(join(tmpdir(), "faultline-build-"));
  const write = (file: string, text: string): void => writeFileSync(join(root, file), text);
  try {
    for (const folder of [".build", "models/mm", "specs", "src"]) mkdirSync(join(root, folder), { recursive: true });
    for (const file of ["models/index.ts", "models/mm/fault.ts", "specs/all.ts", "src/main.ts"]) {
      write(file, `// ${file}`);
      utimesSync(join(root, file), 1000, 1000);
    }
    write(".build/begun", "");
    keepAccount(root);
    refuseStale(root);
    change(write, root);
    refuseStale(root);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("a model that was changed after the build was checked as it had been", () => {
  const stale = (what: string): string => `${what} since faultline was built`;
  assert.equal(
    after((write) => write("models/mm/fault.ts", "// other")),
    stale("models/mm/fault.ts was changed"),
  );
  assert.equal(
    after((write) => write("src/main.ts", "// other")),
    stale("src/main.ts was changed"),
  );
  assert.equal(
    after((write) => write("specs/new.ts", "")),
    stale("specs/new.ts was added"),
  );
  assert.equal(
    after((_, root) => rmSync(join(root, "models/index.ts"))),
    stale("models/index.ts was removed"),
  );
  // A file with an old date, such as one from an archive, that comes in the place of another.
  assert.equal(
    after((write, root) => {
      write("old", "// older");
      utimesSync(join(root, "old"), 500, 500);
      renameSync(join(root, "old"), join(root, "specs/all.ts"));
    }),
    stale("specs/all.ts was changed"),
  );
  // What is changed while the compiler runs may be compiled or not.
  assert.equal(
    after((write, root) => {
      utimesSync(join(root, ".build/begun"), 2000, 2000);
      write("src/main.ts", "// while it ran");
      keepAccount(root);
    }),
    stale("src/main.ts was changed"),
  );
});

test("what is as it was built runs, whatever its date", () => {
  assert.equal(
    after((_, root) => utimesSync(join(root, "src/main.ts"), 4e9, 4e9)),
    undefined,
  );
  assert.equal(
    after((write) => {
      write("src/main.ts", "// other");
      write("src/main.ts", "// src/main.ts");
    }),
    undefined,
  );
  assert.equal(
    after((write) => write("models/notes.md", "")),
    undefined,
  );
  // An installed package has compiled files alone.
  assert.equal(
    after((_, root) => rmSync(join(root, "src"), { recursive: true })),
    undefined,
  );
  refuseStale(ROOT);
});

test("without an account, the compiler's own file says when it ran", () => {
  const without = (date: number): string | undefined =>
    after((write, root) => {
      rmSync(join(root, ".build/sources.json"));
      write(".build/.tsbuildinfo", "");
      utimesSync(join(root, ".build/.tsbuildinfo"), date, date);
    });
  assert.equal(without(2000), undefined);
  assert.match(without(500)!, /was changed since/);
});
