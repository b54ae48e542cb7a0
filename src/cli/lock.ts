import { randomUUID } from "node:crypto";
import { renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { codeOf } from "./files.ts";

const LOCK = ".lock";
const RETRY_MS = 5;
// A lock is held for as long as some renames take. Whoever has held it for this long was killed.
const STALE_MS = 10_000;

/**
 * Runs `body` while no other process does the same for this folder. `body` must not wait for anything: then nothing but
 * the sudden death of the process ends it in the middle, and no lock outlives it but for that. A lock that was left
 * behind is taken over.
 */
export async function locked<T>(folder: string, body: () => T): Promise<T> {
  const lock = join(folder, LOCK);
  while (!take(lock)) {
    if (isStale(lock)) takeAway(lock);
    else await setTimeout(RETRY_MS);
  }
  try {
    return body();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, "", { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

const isStale = (lock: string): boolean => {
  const found = statSync(lock, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > STALE_MS;
};

// Renamed, not removed: of several that wait, only one gets it away. It is gone already if another one was faster.
function takeAway(lock: string): void {
  const away = `${lock}.${randomUUID()}.tmp`;
  try {
    renameSync(lock, away);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
  rmSync(away, { force: true });
}
