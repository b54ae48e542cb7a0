import { existsSync, readFileSync } from "node:fs";
import { freemem } from "node:os";
import { dirname, join } from "node:path";
import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const MIB = 2 ** 20;

/** Memory for states where nobody says how much: most of what this process may still take, and the rest for itself. */
export function mostMemory(): number {
  const room = memoryLeft();
  // Reports and pictures are made when the search is over, and its states are still there.
  return Math.max(room / 4, room - Math.max(room / 10, 128 * MIB));
}

/** How much memory this process may still take: the least that the machine, its control groups and its limits leave. */
export const memoryLeft = (): number =>
  Math.max(
    0,
    Math.min(
      freemem(),
      // Of later versions of Node.js.
      (process as { availableMemory?: () => number }).availableMemory?.() ?? Infinity,
      groupRoom(),
      addressRoom(),
    ),
  );

/** What the control groups of this process leave, each within those above it; Infinity without limits. `root`: of /proc and /sys. */
export function groupRoom(root = ""): number {
  const groups = text(root, "/proc/self/cgroup").split("\n");
  const mounts = text(root, "/proc/self/mountinfo").split("\n");
  return Math.min(
    Infinity,
    ...mounts.flatMap((mount) => {
      const [, within, at, kind, options] =
        /^(?:\S+ ){3}(\S+) (\S+) .* - (cgroup2?) \S+ (\S+)/.exec(mount) ?? ([] as string[]);
      if (at === undefined || (kind === "cgroup" && !options!.split(",").includes("memory"))) return [];
      const group = groups
        .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
        .find(
          (found) => found && (kind === "cgroup2" ? found[1] === "" : found[1]!.split(",").includes("memory")),
        )?.[2];
      if (group === undefined) return [];
      const inner = within === "/" || !group.startsWith(within!) ? group : group.slice(within!.length);
      const here = join(at, inner);
      return upwards(existsSync(root + here) ? here : at, at).map((folder) => roomIn(root, folder));
    }),
  );
}

function upwards(from: string, to: string): readonly string[] {
  return from === to || from.length <= to.length ? [to] : [from, ...upwards(dirname(from), to)];
}

/** Its limit less its use; but what is kept of files goes when there is need. */
function roomIn(root: string, folder: string): number {
  const number = (file: string): number => {
    const word = text(root, `${folder}/${file}`).trim();
    return /^\d+$/.test(word) ? Number(word) : Infinity;
  };
  const kept = (pattern: RegExp): number => Number(pattern.exec(text(root, `${folder}/memory.stat`))?.[1] ?? 0);
  const rooms = [
    Math.min(number("memory.max"), number("memory.high")) - number("memory.current") + kept(/^inactive_file (\d+)$/m),
    number("memory.limit_in_bytes") - number("memory.usage_in_bytes") + kept(/^total_inactive_file (\d+)$/m),
  ];
  // Files that are not there make Infinity less Infinity.
  return Math.min(Infinity, ...rooms.filter((room) => !Number.isNaN(room) && room > -Infinity));
}

/** What `ulimit -v` leaves. */
function addressRoom(): number {
  const limit = /^Max address space +(\d+)/m.exec(text("", "/proc/self/limits"))?.[1];
  const size = /^VmSize:\s+(\d+) kB$/m.exec(text("", "/proc/self/status"))?.[1];
  return limit === undefined || size === undefined ? Infinity : Number(limit) - 1024 * Number(size);
}

function text(root: string, path: string): string {
  try {
    return readFileSync(root + path, "utf8");
  } catch {
    return "";
  }
}

// Of JavaScript's heap: what comes after a search needs room, too, and V8 ends the process when there is none.
const HEAP_SHARE = 0.7;
const MOST_AFTER = 256 * MIB;
const WORTH_COLLECTING = 0.85;

/**
 * Watches the memory of a search whose states are JavaScript's. It counts what the process has taken for objects and for
 * arrays since the search began, and is to be asked often.
 */
export class HeapWatch {
  private readonly most: number;
  private readonly begin: number;

  /** `most`: in bytes; without it, most of what this process may still take. */
  constructor(most = mostMemory()) {
    this.most = most;
    this.begin = inUse();
  }

  /** Why the search has to stop, or nothing. */
  reason(): string | undefined {
    if (this.exceeded(1) === undefined) return undefined;
    // Much of it may be garbage. If little is, the same would be asked again and again.
    collect();
    return this.exceeded(WORTH_COLLECTING);
  }

  /** What there is more of than this share of what there may be. */
  private exceeded(share: number): string | undefined {
    if (inUse() - this.begin > share * this.most)
      return `memory: the states need more than ${Math.round(this.most / MIB)} MiB`;
    const limit = oldLimit();
    return oldInUse() > share * Math.max(HEAP_SHARE * limit, limit - MOST_AFTER)
      ? `memory: JavaScript's heap has at most ${Math.round(limit / MIB)} MiB (node --max-old-space-size)`
      : undefined;
  }
}

function inUse(): number {
  // process.memoryUsage() would read a file of the system's, too.
  const { used_heap_size: heap, external_memory: arrays } = getHeapStatistics();
  return heap + arrays;
}

// What V8 gives to new objects counts in its limit, and not in what old ones may have. It is this much, or less.
const NEW_SPACES = 48 * MIB;

function oldLimit(): number {
  const { heap_size_limit: limit } = getHeapStatistics();
  return Math.max(limit / 2, limit - NEW_SPACES);
}

const oldInUse = (): number =>
  getHeapSpaceStatistics()
    .filter(({ space_name: name }) => !name.startsWith("new_"))
    .reduce((sum, { space_used_size: used }) => sum + used, 0);

let collector: (() => void) | undefined;

/** Runs the garbage collector. */
export function collect(): void {
  if (!collector) {
    setFlagsFromString("--expose-gc");
    collector = runInNewContext("gc") as () => void;
  }
  collector();
}
