import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** By source file: the files it imports, also those of which only types are used. */
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((name) => {
      const file = join("src", name);
      const found = readFileSync(join(ROOT, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g);
      return [file, [...found].map(([, to]) => normalize(join(dirname(file), to!)))] as const;
    }),
);

// What stands on a line may use what stands on the lines above it, and its own.
const FLOORS: readonly (readonly string[])[] = [
  ["model"],
  ["machine"],
  ["analysis"],
  ["memory", "compile"],
  ["search"],
  ["explain", "litmus", "source"],
  ["result"],
  ["report"],
  ["export"],
  ["cli"],
];

const floorOf = (file: string): number => FLOORS.findIndex((names) => names.includes(file.split("/")[1]!));

test("imports point downwards: to a floor below, or within one folder", () => {
  const upwards = [...IMPORTS].flatMap(([file, all]) =>
    all
      .filter((to) => to.startsWith("src/") && floorOf(file) >= 0)
      .filter((to) => to.split("/")[1] !== file.split("/")[1] && floorOf(to) >= floorOf(file))
      .map((to) => `${file} -> ${to}`),
  );
  assert.deepEqual(upwards, []);
  const folders = new Set([...IMPORTS.keys()].map((file) => file.split("/")[1]!));
  assert.deepEqual(
    [...folders].filter((folder) => !folder.endsWith(".ts") && !FLOORS.flat().includes(folder)),
    [],
  );
});

test("no files import each other in a circle, types included", () => {
  const state = new Map<string, "open" | "left">();
  const circles: string[] = [];
  const visit = (file: string, way: readonly string[]): void => {
    if (state.get(file) === "open") circles.push([...way.slice(way.indexOf(file)), file].join(" -> "));
    if (state.has(file)) return;
    state.set(file, "open");
    for (const to of IMPORTS.get(file) ?? []) visit(to, [...way, file]);
    state.set(file, "left");
  };
  for (const file of IMPORTS.keys()) visit(file, []);
  assert.deepEqual(circles, []);
});

test("no source file has more than 400 lines", () => {
  const long = [...IMPORTS.keys()].flatMap((file) => {
    const { length } = readFileSync(join(ROOT, file), "utf8").trimEnd().split("\n");
    return length > 400 ? [`${file}: ${length}`] : [];
  });
  assert.deepEqual(long, []);
});

// Options of the command line, and the columns of tables that come from elsewhere.
const MAY_NAME_A_MODEL = /^src\/(memory\/|model\/memory\.ts$|cli\/|litmus\/table\.ts$)/;

test("nothing but the memory models and the options asks which memory model runs", () => {
  const asking = [...IMPORTS.keys()]
    .filter((file) => !MAY_NAME_A_MODEL.test(file))
    .filter((file) => /"lkmm"|"tso"/.test(readFileSync(join(ROOT, file), "utf8")));
  assert.deepEqual(asking, []);
});
