import { linkSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync, type Stats } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { codeOf, randomDigits, temporaryName } from "./files.ts";
import { OWNER, isGone } from "./owner.ts";

export const LOCK = ".lock";
const RETRY_MS = 5;

/** How long a lock is waited for, and what is said meanwhile. */
export interface Patience {
  /** A lock is held for as long as some renames take. Whoever has held it for this long was killed, or is stopped. */
  readonly staleMs: number;
  /** Others may come first again and again. */
  readonly mostMs: number;
  /** Told once, when the wait is longer than anybody expects. */
  say?(sentence: string): void;
}

const SAY_MS = 1000;
const PATIENCE: Patience = { staleMs: 10_000, mostMs: 60_000 };

/**
 * Runs `body` while no other process does the same for this folder. `body` must not wait for anything: then nothing but
 * the sudden death of the process ends it in the middle, and no lock outlives it but for that. A lock that was left
 * behind is taken over: at once if its process is known to be gone, else when it has not changed for long, by this
 * process's clock. Throws an error with code EBUSY when it had to wait for too long, and what `isLock` throws.
 */
export async function locked<T>(folder: string, body: () => T, patience: Partial<Patience> = {}): Promise<T> {
  const { staleMs, mostMs, say } = { ...PATIENCE, ...patience };
  const lock = join(folder, LOCK);
  const begin = performance.now();
  let known: { readonly sight: string; readonly since: number } | undefined;
  let isSaid = false;
  while (!take(lock)) {
    const found = lstatSync(lock, { throwIfNoEntry: false });
    if (!found) continue;
    isLock(lock, found);
    const now = performance.now();
    if (known?.sight !== sightOf(found)) known = { sight: sightOf(found), since: now };
    if (isGone(ownerOf(lock)) || Date.now() - found.mtimeMs > staleMs || now - known.since > staleMs) {
      takeAway(lock, found);
      continue;
    }
    if (now - begin > mostMs) throw Object.assign(new Error(`${lock} is kept`), { code: "EBUSY" });
    if (now - begin > SAY_MS && !isSaid) {
      isSaid = true;
      say?.(`waiting for another run, which keeps ${LOCK}`);
    }
    await setTimeout(RETRY_MS);
  }
  try {
    return body();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Throws an error with code ENOTFILE, or EISDIR, if something else is in the place of a lock. */
export function isLock(lock: string, found: Stats | undefined = lstatSync(lock, { throwIfNoEntry: false })): void {
  if (!found || found.isFile()) return;
  throw Object.assign(new Error(`${lock} is no lock`), { code: found.isDirectory() ? "EISDIR" : "ENOTFILE" });
}

function take(lock: string): boolean {
  try {
    writeFileSync(lock, OWNER, { flag: "wx" });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Empty, if its owner has just made it, or it is gone again. */
function ownerOf(lock: string): string {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return "";
  }
}

/** The same for one lock as long as nobody else takes it. */
const sightOf = ({ ino, mtimeMs }: Stats): string => `${ino} ${mtimeMs}`;

// Renamed, not removed: of several that wait, only one gets it away. It is gone already if another one was faster; if
// that one has made its own by then, it gets it back.
function takeAway(lock: string, seen: Stats): void {
  const away = temporaryName(`${lock}.${randomDigits()}`);
  try {
    renameSync(lock, away);
    if (sightOf(lstatSync(away)) !== sightOf(seen)) linkSync(away, lock);
  } catch (error) {
    if (!["ENOENT", "EEXIST"].includes(codeOf(error))) throw error;
  }
  rmSync(away, { force: true });
}
