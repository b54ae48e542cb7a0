import { setTimeout } from "node:timers/promises";
import { relative, resolve } from "node:path";
import type { BuildContext } from "esbuild";
import { loadScript } from "../model/load-module.ts";
import { explain } from "./output/errors.ts";
import { EXIT, type Outcome } from "./output/exit.ts";
import type { Io } from "./output/io.ts";

// An editor may write a file in several steps.
const SETTLED_MS = 50;

/**
 * Does it now, and again whenever one of the files, or what they import, has changed, until the user ends it; returns how
 * it ended the last time. What goes on at a change is cut, as by the user. Mistakes are told, and waited for to be mended.
 */
export async function repeatOnChange(
  files: readonly string[],
  body: (io: Io) => Promise<Outcome>,
  io: Io,
): Promise<Outcome> {
  const seen = { isOver: false, isChanged: false };
  // Ends what goes on at the moment: a run, or the wait for a change.
  let wake: Listener = () => {};
  const release = io.onInterrupt((what) => {
    seen.isOver = true;
    wake(what, "user");
  });
  const contexts: BuildContext[] = [];
  const watched = new Set<string>();
  // Of what was never begun, nothing is known.
  let outcome: Outcome = "undecided";
  try {
    for (const file of files) {
      const changed = (inputs: readonly string[]): void => {
        for (const input of inputs) watched.add(relative(io.cwd, resolve(io.cwd, input)));
        seen.isChanged = true;
        wake("a change of the model", "file");
      };
      contexts.push(await watching(file, io, changed));
    }
    while (!seen.isOver) {
      seen.isChanged = false;
      outcome = await once(body, io, (listener) => (wake = listener));
      if (seen.isOver) break;
      io.stderr.write(`\nwatching ${(watched.size > 0 ? [...watched] : files).join(", ")}; Ctrl-C ends\n`);
      await new Promise<void>((done) => {
        wake = () => done();
        if (seen.isChanged || seen.isOver) done();
      });
      wake = () => {};
      if (seen.isOver) break;
      await setTimeout(SETTLED_MS);
    }
  } finally {
    release();
    // Ctrl-C may have ended esbuild, too.
    await Promise.allSettled(contexts.map((context) => context.dispose()));
  }
  return outcome;
}

type Listener = (what: string, who: "user" | "file") => void;

/** Does it once; `listen` gets what ends it early. A mistake of the user is told; any other error is thrown. */
async function once(
  body: (io: Io) => Promise<Outcome>,
  io: Io,
  listen: (listener: Listener) => void,
): Promise<Outcome> {
  const listeners = new Set<(what: string) => void>();
  // Told twice, a run ends at once and says nothing: that is for a user who asks for it twice.
  let told: string | undefined;
  let byUser = 0;
  listen((what, who) => {
    if (who === "user") byUser++;
    if (told !== undefined && byUser < 2) return;
    told = what;
    for (const listener of listeners) listener(what);
  });
  const { stdin, stdout, stderr, cwd, env } = io;
  try {
    return await body({
      stdin,
      stdout,
      stderr,
      cwd,
      env,
      abort: (code) => io.abort(code),
      onInterrupt(listener, { timeoutSeconds } = {}) {
        listeners.add(listener);
        if (told !== undefined) listener(told);
        // So that the process is guarded as in any search. Signals are heard by the watch, which tells them.
        const release = io.onInterrupt(() => {}, { timeoutSeconds });
        return () => {
          listeners.delete(listener);
          release();
        };
      },
    });
  } catch (error) {
    const { text, code } = explain(error);
    if (code !== EXIT.wrong.code) throw error;
    io.stderr.write(text);
    return "wrong";
  }
}

/** Watches a file and all that it imports, also while it cannot be compiled; calls back at once, and at each change. */
async function watching(file: string, io: Io, changed: (inputs: readonly string[]) => void): Promise<BuildContext> {
  const { context } = loadScript("esbuild") as typeof import("esbuild");
  let begun = (): void => {};
  const first = new Promise<void>((done) => (begun = done));
  const made = await context({
    absWorkingDir: io.cwd,
    entryPoints: [resolve(io.cwd, file)],
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    format: "esm",
    outfile: "watched.mjs",
    logLevel: "silent",
    external: ["faultline", "faultline/*"],
    plugins: [
      {
        name: "watch",
        setup: (plugin) =>
          plugin.onEnd(({ metafile }) => {
            changed(Object.keys(metafile?.inputs ?? {}));
            begun();
          }),
      },
    ],
  });
  await made.watch();
  await first;
  return made;
}
