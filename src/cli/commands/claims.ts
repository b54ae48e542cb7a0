import { join } from "node:path";
import type { Claim } from "../../model/claim.ts";
import { ModelError, didYouMean, listed } from "../../model/error.ts";
import { resolveParams } from "../../model/scenario.ts";
import { claimData, claimLines, claimsMarkdown, claimsTotal } from "../../report/text/claims.ts";
import { casesOf, judgeClaim, type JudgedClaim } from "../../result/claim.ts";
import type { Standing } from "../../result/judgement.ts";
import type { Result } from "../../result/result.ts";
import { bundledClaims } from "../bundled.ts";
import { worstOf, type Outcome } from "../output/exit.ts";
import { json } from "../output/files.ts";
import { openFolder } from "../output/folder.ts";
import { watchInterrupts } from "../output/interrupt.ts";
import type { Io } from "../output/io.ts";
import { CHECK_OPTIONS, COMMON_OPTIONS, checkOptions, type CheckOptions } from "../options.ts";
import { command } from "../command.ts";
import { firstOf, flag } from "../option.ts";
import { answersTo, type Job } from "../pool.ts";
import { counter } from "../output/progress.ts";
import { reportsOf } from "../output/reports.ts";
import { NOT_WRITTEN, save, type Reports } from "../perform.ts";
import { commandOf } from "../runs.ts";
import { warner, type Warn } from "../output/warnings.ts";

const FORMATS = ["text", "json", "markdown"] as const;
type Format = (typeof FORMATS)[number];

export const claims = command({
  name: "claims",
  describe: "judge what was said of the patch series, each claim by the runs that decide it",
  subject: { name: "claim", number: "any", describe: "its name, as in C3 (default: all)" },
  options: {
    out: { ...CHECK_OPTIONS.out, describe: "where files go, a folder claims/<claim> for each (default: out)" },
    threads: { ...CHECK_OPTIONS.threads, describe: "most runs that are searched at once (default: one for each core)" },
    format: firstOf(FORMATS, "text, json or markdown (default: text)"),
    quiet: flag("say nothing on stderr"),
    "no-color": COMMON_OPTIONS["no-color"],
  },
  examples: ["claims C3", "claims --format markdown"],
  run: (names, { format, ...rest }, io) => judgeNamed(names, checkOptions(rest, io), format, io),
});

async function judgeNamed(names: readonly string[], options: CheckOptions, format: Format, io: Io): Promise<Outcome> {
  const asked = named(await bundledClaims(), names);
  const { judged, runs, states, isCut } = await judgeAll(asked, options, io);
  const files: (string | undefined)[] = [];
  const warn = warner(io);
  for (const one of judged) files.push(await written(one, options, io, warn));
  if (format === "json") io.stdout.write(json(judged.map((one, i) => claimData(one, files[i]))));
  else {
    const lines =
      format === "markdown"
        ? claimsMarkdown(judged)
        : [
            ...judged.flatMap((one, i) => [...claimLines(one, options.color, files[i]), ""]),
            claimsTotal(judged, asked.length, { runs, states }),
          ];
    io.stdout.write(lines.map((line) => `${line}\n`).join(""));
  }
  return worstOf([
    ...judged.map(({ standing }) => OUTCOMES[standing]),
    ...(isCut ? ["undecided" as const] : []),
    ...(judged.some(({ deciding }, i) => deciding && files[i] === undefined) ? ["wrong" as const] : []),
  ]);
}

const OUTCOMES = {
  "as expected": "held",
  different: "violated",
  open: "undecided",
} as const satisfies Record<Standing, Outcome>;

function named(all: readonly Claim[], names: readonly string[]): readonly Claim[] {
  const known = all.map(({ name }) => name);
  const wanted = names.map((name) => name.toUpperCase());
  const wrong = names.find((_, i) => !known.includes(wanted[i]!));
  if (wrong !== undefined)
    throw new ModelError(`there is no claim '${wrong}'${didYouMean(wrong, known)}`, {
      remedy: `claims: ${listed(known)}`,
    });
  return names.length === 0 ? all : all.filter(({ name }) => wanted.includes(name));
}

interface Judgement {
  readonly judged: readonly JudgedClaim[];
  readonly runs: number;
  readonly states: number;
  readonly isCut: boolean;
}

/** Judges the claims; those of which a run was not even begun are left out. Runs that several claims need are made once. */
async function judgeAll(asked: readonly Claim[], options: CheckOptions, io: Io): Promise<Judgement> {
  const jobs = new Map<string, Job>();
  const keys = asked.map((claim) =>
    casesOf(claim).map(([, { scenario, set, memory = options.search.memory }]) => {
      const params = resolveParams(scenario, set ?? {});
      const argument = scenario.name;
      const command = commandOf({ scenario, argument }, params, {
        ...options,
        search: { ...options.search, memory },
      });
      jobs.set(command, { argument, params, memory, command });
      return command;
    }),
  );
  const results = new Map<string, Result>();
  const all = [...jobs.values()];
  const progress = options.quiet ? undefined : counter(io.stderr, "claims", all.length);
  const interrupt = watchInterrupts(io);
  try {
    for await (const { index, result } of answersTo(all, io.cwd, options, interrupt)) {
      results.set(all[index]!.command, result);
      progress?.done();
    }
  } finally {
    progress?.end();
    interrupt.release();
  }
  const judged = asked.flatMap((claim, i) => {
    const found = keys[i]!.flatMap((key) => results.get(key) ?? []);
    return found.length === keys[i]!.length ? [judgeClaim(claim, found)] : [];
  });
  const states = [...results.values()].reduce((sum, { search }) => sum + search.states, 0);
  return { judged, runs: results.size, states, isCut: judged.length < asked.length };
}

/** Writes the run that decides a claim; returns the text of it. */
async function written(
  { claim, deciding }: JudgedClaim,
  options: CheckOptions,
  io: Io,
  warn: Warn,
): Promise<string | undefined> {
  if (!deciding) return undefined;
  const folder = await openFolder(io, options.out, `claims/${claim.name}`);
  if (folder.trouble) warn(NOT_WRITTEN, folder.trouble);
  try {
    const { result, spec } = deciding;
    const alone = { ...result, specs: [spec] };
    const reports = async (): Promise<Reports> => ({ files: await reportsOf(alone, options, warn) });
    const saved = await save(folder, { result: alone, reports }, warn);
    return saved && join(folder.shown, `${spec.name}.txt`);
  } catch (error) {
    await folder.discard();
    throw error;
  }
}
