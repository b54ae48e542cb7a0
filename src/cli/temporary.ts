import { rmSync } from "node:fs";

const temporaries = new Set<string>();

/** Remembers a temporary file or folder of this process until `forget`, so that a sudden end can remove it. */
export const remember = (path: string): void => void temporaries.add(path);

/** Ends the life of a temporary file or folder; it may be gone already. */
export function forget(path: string): void {
  rmSync(path, { recursive: true, force: true });
  temporaries.delete(path);
}

/** Removes every temporary file and folder that this process still has. */
export function forgetAll(): void {
  for (const path of temporaries) forget(path);
}
