import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { linesOf, type Io, type Sink, type Source } from "../../src/cli/output/io.ts";
import { main } from "../../src/cli/main.ts";

/** What a command line printed and how it ended. */
export interface Recorded {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Surroundings {
  readonly isTerminal?: boolean;
  readonly env?: Io["env"];
  /** What can be read from standard input. */
  readonly input?: string;
  /** Called with the listener for Ctrl-C, while the command runs. */
  readonly interrupts?: (interrupt: () => void) => void;
}

/** An Io that keeps everything. */
export class Recording implements Io {
  out = "";
  err = "";
  readonly aborts: number[] = [];
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly cwd: string;
  readonly env: Io["env"];
  private readonly interrupts: Surroundings["interrupts"];

  constructor(cwd: string, { isTerminal = false, env = {}, input = "", interrupts }: Surroundings = {}) {
    this.cwd = cwd;
    this.env = env;
    this.interrupts = interrupts;
    const lines = (): AsyncIterable<string> => linesOf({ input: Readable.from([input]) });
    this.stdin = { isTTY: isTerminal, text: async () => input, lines };
    this.stdout = { isTTY: isTerminal, write: (text) => void (this.out += text) };
    this.stderr = { isTTY: isTerminal, write: (text) => void (this.err += text) };
  }

  onInterrupt(listener: (what: string) => void): () => void {
    this.interrupts?.(() => listener("Ctrl-C"));
    return () => {};
  }

  abort(code: number): void {
    this.aborts.push(code);
  }
}

/** Runs a command line, split at its blanks, as if it were typed in `cwd`. */
export async function faultline(cwd: string, line: string, surroundings?: Surroundings): Promise<Recorded> {
  const io = new Recording(cwd, surroundings);
  const code = await main(line.split(" ").filter(Boolean), io);
  return { code, out: io.out, err: io.err };
}

/** Runs `body` in a fresh folder with the given files. */
export async function inFolder(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void> | void,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "faultline-test-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Every file under a folder, sorted; none if it does not exist. */
export async function filesUnder(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .toSorted();
}

/** The files that are written for a counterexample. */
export const reportsOf = (spec: string): readonly string[] => ["dot", "svg", "txt"].map((kind) => `${spec}.${kind}`);

export const readJson = async (folder: string, file: string): Promise<unknown> =>
  JSON.parse(await readFile(join(folder, file), "utf8"));

/** Two or three threads add one without a lock; the smallest race there is. */
export const LOST_UPDATE = `
import { int, scenario, symmetric, world } from "faultline";
const w = world({ n: int(0, 3) });
const add = w.path("add_one", { old: int(0, 3) }, {
  "old = n": (k, me) => { me.old = k.n; },
  "n = old + 1": (k, me) => { k.n = me.old + 1; },
});
export default scenario("lost-update", {
  about: "Threads add one without a lock",
  world: w,
  params: { threads: int(2, 3) },
  threads: ({ threads }) => ({ t: symmetric(threads, () => add) }),
  specs: [
    w.atEnd("sum", "every increment counts", (k) => k.n >= 2 || \`n is \${k.n}\`),
    w.sometimes("two", "n is two", (k) => k.n === 2),
  ],
  expect: [
    { set: { threads: 2 }, violated: ["sum"], states: 8 },
    { set: { threads: 3 }, violated: ["sum"] },
  ],
});
`;

interface Parts {
  readonly steps?: string;
  readonly more?: string;
  readonly specs?: string;
  readonly threads?: string;
  readonly config?: string;
}

/** A model with one path; each part can be given. */
export const modelWith = ({ steps = "", more = "", specs = "", threads = "a: p", config = "" }: Parts): string => `
import { bool, bugOn, choose, done, int, oneOf, scenario, symmetric, wait, world } from "faultline";
const w = world({ n: int(0, 3), lock: bool });
const p = w.path("p", {}, {
${steps}
});
${more}
export default scenario("mine", {
  about: "A test", world: w, params: {}, threads: () => ({ ${threads} }), specs: [${specs}], ${config}
});
`;

/** Two CPUs store and then look for each other; a ghost takes note of what they saw. */
export const BUFFERING = `
import { ghost, int, once, release, scenario, smpMb, bool, world } from "faultline";
const w = world({ x: bool, y: bool, seen: ghost(int(0, 2)) });
const path = (name: string, mine: "x" | "y", other: "x" | "y", mb: boolean) => w.path(name, {}, {
  store: once((k) => { k[mine] = true; }),
  "smp_mb()": mb && smpMb,
  load: once((k) => { if (k[other]) k.seen++; }),
});
export default scenario("buffering", {
  about: "Two CPUs look for each other",
  world: w,
  params: { mb: bool },
  threads: ({ mb }) => ({ a: path("a", "x", "y", mb), b: path("b", "y", "x", mb) }),
  specs: [
    w.atEnd("seen", "one sees the other", (k) => k.seen > 0),
    w.always("in-order", "y is not stored to first", (k) => k.seen < 3 && (k.x || !k.y || k.x || k.seen >= 0)),
  ],
  expect: [{}],
});
`;

/** LKMM forbids, and its machine does not see, that a fence's order is handed on by stores that have none. */
export const HANDED_OVER = `
import { acquire, bool, choose, ghost, int, once, scenario, smpMb, world } from "faultline";
const w = world({ beginning: int(0, 8), x: bool, y: bool, z: bool, sawY: ghost(bool), sawZ: ghost(bool), sawX: ghost(bool) });
const first = w.path("first", {}, {
  "x = 1": once((k) => { k.x = true; }),
  "smp_mb()": smpMb,
  "y = 1": once((k) => { k.y = true; }),
});
const second = w.path("second", {}, {
  "read y": acquire((k) => { k.sawY = k.y; }),
  "z = 1": once((k) => { k.z = true; }),
});
const third = w.path("third", {}, {
  "read z": acquire((k) => { k.sawZ = k.z; }),
  "read x": once((k) => { k.sawX = k.x; }),
});
export default scenario("handed-over", {
  about: "x is handed over twice, once by a fence",
  world: w,
  params: {},
  threads: () => ({ first, second, third }),
  // Of so many initial states not all executions are gone through.
  init: (k) => { k.beginning = choose(0, 1, 2, 3, 4, 5, 6, 7, 8); },
  specs: [w.atEnd("arrives", "who saw z after y sees x", (k) => !k.sawY || !k.sawZ || k.sawX)],
});
`;
