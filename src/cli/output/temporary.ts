import { rmSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";

const temporaries = new Set<string>();
// Folders that were made and have nothing in them yet, each with the one above which it stands.
const empty = new Map<string, string>();

/** Remembers a temporary file or folder of this process until `forget`, so that a sudden end can remove it. */
export const remember = (path: string): void => void temporaries.add(path);

/** Ends the life of a temporary file or folder; it may be gone already. */
export function forget(path: string): void {
  rmSync(path, { recursive: true, force: true });
  temporaries.delete(path);
}

/** Remembers a folder that was made, down from but without `above`, until there is something in it. */
export const rememberEmpty = (path: string, above: string): void => void empty.set(path, above);

/** There is something in it now. */
export const keep = (path: string): void => void empty.delete(path);

/** Removes folders upwards from one that was remembered, as long as they are empty. */
export function forgetEmpty(path: string): void {
  const above = empty.get(path);
  empty.delete(path);
  if (above === undefined) return;
  for (let at = path; at !== above; at = dirname(at))
    try {
      rmdirSync(at);
    } catch {
      return;
    }
}

/** Removes every temporary file and folder that this process still has. */
export function forgetAll(): void {
  for (const path of temporaries) forget(path);
  for (const path of empty.keys()) forgetEmpty(path);
}
