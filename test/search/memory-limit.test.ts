import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { groupRoom, memoryLeft, mostMemory } from "../../src/search/memory-limit.ts";
import { inFolder, modelWith } from "../cli/recorded.ts";

const MIB = 2 ** 20;
const BIN = fileURLToPath(new URL("../../dist/src/cli/bin.cjs", import.meta.url));

function roomWith(files: Readonly<Record<string, string>>): number {
  const root = mkdtempSync(join(tmpdir(), "faultline-groups-"));
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    return groupRoom(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}

const V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
const V1 = "34 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

test("a control group's limit was not seen: the process was killed", () => {
  const group = { "/sys/fs/cgroup/a/b/memory.max": "300", "/sys/fs/cgroup/a/b/memory.current": "100" };
  const v2 = { "/proc/self/mountinfo": V2, "/proc/self/cgroup": "0::/a/b\n" };
  assert.equal(roomWith({ ...v2, ...group }), 200);
  const kept = { "/sys/fs/cgroup/a/b/memory.stat": "anon 1\ninactive_file 50\n" };
  assert.equal(roomWith({ ...v2, ...group, ...kept }), 250);
  const above = { "/sys/fs/cgroup/a/memory.max": "160", "/sys/fs/cgroup/a/memory.current": "150" };
  assert.equal(roomWith({ ...v2, ...group, ...above }), 10, "the group above has less");
  const high = { "/sys/fs/cgroup/a/b/memory.high": "120" };
  assert.equal(roomWith({ ...v2, ...group, ...high }), 20);
  const open = { "/sys/fs/cgroup/a/b/memory.max": "max\n", "/sys/fs/cgroup/a/b/memory.current": "100" };
  assert.equal(roomWith({ ...v2, ...open }), Infinity);
  // In a container the group has the name that it has outside, and only what is below it is mounted.
  const inside = { "/sys/fs/cgroup/memory.max": "300\n", "/sys/fs/cgroup/memory.current": "100\n" };
  assert.equal(roomWith({ ...v2, ...inside }), 200);
  const bound = { "/proc/self/mountinfo": V2.replace(" / ", " /a "), "/proc/self/cgroup": "0::/a/b\n" };
  assert.equal(
    roomWith({ ...bound, "/sys/fs/cgroup/b/memory.max": "300", "/sys/fs/cgroup/b/memory.current": "100" }),
    200,
  );
  const old = {
    "/proc/self/mountinfo": V1 + "35 25 0:30 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n",
    "/proc/self/cgroup": "5:cpu:/x\n4:memory:/a\n0::/\n",
    "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "300\n",
    "/sys/fs/cgroup/memory/a/memory.usage_in_bytes": "100\n",
  };
  assert.equal(roomWith(old), 200);
  assert.equal(roomWith({}), Infinity);
});

test("the memory for states leaves some for the process itself", () => {
  assert.ok(memoryLeft() > 0);
  assert.ok(mostMemory() < memoryLeft() || mostMemory() < 0.95 * memoryLeft());
});

test("a search over JavaScript's heap is stopped by what it holds, not by garbage", () => {
  // In a process of its own: whatever else goes out of use in one meanwhile would count for room.
  const memory = new URL("../../src/search/memory-limit.js", import.meta.url);
  const script = `
    import { HeapWatch, collect } from ${JSON.stringify(memory.href)};
    collect();
    const watch = new HeapWatch(${64 * MIB});
    const afterGarbage = new Set();
    for (let i = 0; i < 40; i++) {
      Array.from({ length: 100_000 }, (_, at) => ({ at }));
      afterGarbage.add(watch.reason() ?? "none");
    }
    const held = [];
    let reason;
    while ((reason = watch.reason()) === undefined) held.push(new Int32Array(${MIB / 4}));
    console.log(JSON.stringify({ afterGarbage: [...afterGarbage], held: held.length, reason }));`;
  const out = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  const { afterGarbage, held, reason } = JSON.parse(out) as {
    readonly afterGarbage: readonly string[];
    readonly held: number;
    readonly reason: string;
  };
  assert.deepEqual(afterGarbage, ["none"]);
  assert.ok(held > 30 && held < 90, `${held} MiB`);
  assert.equal(reason, "memory: the states need more than 64 MiB");
});

/** More states than any test waits for. */
const LARGE = modelWith({
  steps: `"more": (k, me) => { if (me.i < 500) { me.i++; return "more"; } }, "end": (k) => { k.n = 2; },`,
  specs: `w.always("low", "n stays low", (k) => k.n < 3), w.sometimes("start", "n is zero", (k) => k.n === 0)`,
  threads: "t: [p, p, p, p, p]",
}).replace(`w.path("p", {}, {`, `w.path("p", { i: int(0, 500) }, {`);

/** How a command line ends in a process of its own: in one that runs many tests, each look at the heap takes long. */
function inProcess(
  cwd: string,
  line: string,
  ...node: readonly string[]
): { readonly code: number; readonly out: string } {
  const { status, stdout } = spawnSync(process.execPath, [...node, BIN, ...line.split(" ")], { cwd, encoding: "utf8" });
  return { code: status ?? -1, out: stdout };
}

test("--max-memory was not heeded by every engine", async () => {
  await inFolder({ "m.ts": LARGE }, (folder) => {
    for (const how of [" --engine reference", " --memory lkmm", " --memory tso --engine reference", ""]) {
      const most = how === "" ? 16 : 4;
      const { code, out } = inProcess(folder, `check m.ts --max-memory ${most}M --threads 1${how}`);
      assert.equal(code, 3, how);
      const text = out.replaceAll(/\s+/g, " ");
      assert.match(
        text,
        new RegExp(`undecided: \\d+ states, .*; stopped by memory: the states need more than ${most} MiB`),
        how,
      );
      assert.match(text, /what helps: more memory \(--max-memory/, how);
    }
  });
});

test("a small heap was not seen: V8 ended the process, and nothing was saved", async () => {
  await inFolder({ "m.ts": LARGE }, (folder) => {
    const line = "check m.ts --engine reference --format json --quiet";
    const { code, out } = inProcess(folder, line, "--max-old-space-size=60");
    assert.equal(code, 3);
    assert.match(out, /"cut": "memory: JavaScript's heap has at most \d+ MiB/);
  });
});
