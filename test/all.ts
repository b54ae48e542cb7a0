import { readdirSync } from "node:fs";

// Every test in one process: starting one for each file takes longer than most of the tests.
const folder = new URL(".", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".test.js"));
for (const file of files.toSorted()) await import(new URL(file, folder).href);
