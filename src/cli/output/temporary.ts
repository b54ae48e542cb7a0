import { rmSync, rmdirSync } from "node:fs";
import { dirname } from "node:path";

const temporaries = new Set<string>();
// Folders that were made and have nothing in them yet, each with the one above which it stands.
const empty = new Map<string, string>();

/** All of them. */
export interface Temporaries {
  readonly temporaries: readonly string[];
  readonly empty: readonly (readonly [path: string, above: string])[];
}

let follower: ((all: Temporaries) => void) | undefined;

/** Tells another thread what there is to be removed, now and at each change, as this one may not come to it. */
export function followTemporaries(listener: typeof follower): void {
  follower = listener;
  tell();
}

const tell = (): void => follower?.({ temporaries: [...temporaries], empty: [...empty] });

/** What another thread has told. */
export function takeOver(all: Temporaries): void {
  temporaries.clear();
  for (const path of all.temporaries) temporaries.add(path);
  empty.clear();
  for (const [path, above] of all.empty) empty.set(path, above);
}

/** Remembers a temporary file or folder of this process until `forget`, so that a sudden end can remove it. */
export function remember(path: string): void {
  temporaries.add(path);
  tell();
}

/** Ends the life of a temporary file or folder; it may be gone already. */
export function forget(path: string): void {
  rmSync(path, { recursive: true, force: true });
  letBe(path);
}

/** It is not there under this name any more. */
export function letBe(path: string): void {
  if (temporaries.delete(path)) tell();
}

/** Remembers a folder that was made, down from but without `above`, until there is something in it. */
export function rememberEmpty(path: string, above: string): void {
  empty.set(path, above);
  tell();
}

/** There is something in it now. */
export function keep(path: string): void {
  if (empty.delete(path)) tell();
}

/** Removes folders upwards from one that was remembered, as long as they are empty. */
export function forgetEmpty(path: string): void {
  const above = empty.get(path);
  keep(path);
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
