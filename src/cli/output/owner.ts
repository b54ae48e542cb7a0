import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { crc32 } from "node:zlib";

/**
 * Whose a lock or a temporary file is: the processes that see one another (one machine since it was started, one
 * container), and the number of one among them.
 */
export const OWNER = `${crc32(seers()).toString(16).padStart(8, "0")}-${process.pid}`;

/** What an owner looks like in the name of a file. */
export const OWNER_PATTERN = String.raw`[0-9a-f]{8}-\d+`;

/** Whether that process is known to be gone; of one that cannot be seen from here, nothing is known. */
export function isGone(owner: string): boolean {
  const [seen, pid] = owner.split("-");
  if (seen !== OWNER.split("-")[0] || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}

function seers(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8") + readlinkSync("/proc/self/ns/pid");
  } catch {
    return hostname();
  }
}
