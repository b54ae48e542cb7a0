import { readdirSync } from "node:fs";

/** What a user sees: commands, documents, models. These tests take about as long as all others. */
const OUTSIDE = new Set(["cli", "docs", "models"]);

/**
 * Loads every test of one half of the suite into this process: starting a process for each file takes longer than most
 * of the tests, and one process for all would leave the other cores idle.
 */
export async function loadTests(half: "inside" | "outside"): Promise<void> {
  const folder = new URL(".", import.meta.url);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.js"))
    .filter((file) => OUTSIDE.has(file.split("/")[0]!) === (half === "outside"));
  for (const file of files.toSorted()) await import(new URL(file, folder).href);
}
