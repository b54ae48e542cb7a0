import type { Argv, CommandModule, InferredOptionTypes } from "yargs";
import { SymmetryError } from "../analysis/symmetry.ts";
import { ModelError } from "../model/error.ts";
import { isA, isError } from "../model/thrown.ts";
import { NO_SPEC, readToken, type Token } from "../result/token.ts";
import { performAll } from "./check.ts";
import type { Outcome } from "./exit.ts";
import type { Io } from "./io.ts";
import { COMMON_OPTIONS, REPLAY_OPTIONS, checkOptions, type CheckOptions, type RawCommonOptions } from "./options.ts";
import { truthRuns } from "./runs.ts";
import { loadOfToken } from "./trust.ts";
import { flag, type Setting } from "./words.ts";

type Arguments = RawCommonOptions &
  InferredOptionTypes<typeof REPLAY_OPTIONS> & { readonly token: string[] | undefined };

/** `faultline replay <token>` */
export const replayCommand = (io: Io, end: (outcome: Outcome) => void): CommandModule<object, Arguments> => ({
  command: "replay [token..]",
  describe: "repeat the run that a report's token names, and write the same files again",
  builder: (yargs: Argv) =>
    yargs
      .positional("token", {
        type: "string",
        array: true,
        describe:
          "what stands behind `replay:` in a report, also in pieces (default: what is read from standard input)",
      })
      .options({ ...REPLAY_OPTIONS, ...COMMON_OPTIONS }),
  handler: async (args) => {
    const words = [...(args.token ?? []), ...args._.slice(1).map(String)];
    if (words.length === 0 && io.stdin.isTTY)
      throw new ModelError("replay needs a token", { remedy: "copy what stands behind `replay:` in a report" });
    const token = readToken(words.length > 0 ? words.join("\n") : await io.stdin.text());
    if (token.spec === NO_SPEC)
      throw new ModelError("the token's run ends in no spec", {
        cause: "it was made while exploring, and there is nothing to report",
        remedy: "`faultline explore --from <token>` goes on from there",
      });
    const options = checkOptions(
      { ...args, expected: undefined, set: undefined, spec: [token.spec], memory: token.memory },
      io,
    );
    const loaded = await loadOfToken(token.argument, flag("anywhere", args.anywhere), io);
    const repeated = async (how: CheckOptions): Promise<Outcome> => {
      const runs = truthRuns([loaded], { ...how, set: settingsOf(token) });
      return performAll(
        runs.map((run) => ({ ...run, token })),
        how,
        io,
        false,
      );
    };
    // One run is what it is, whoever its threads are like: only the search beside it can count them as one another.
    const told = { ...options, search: { ...options.search, symmetry: false } };
    end(
      await repeated(options).catch((error: unknown) => {
        if (!options.search.symmetry || !isSymmetryError(error)) throw error;
        return repeated(told);
      }),
    );
  },
});

const isSymmetryError = (error: unknown): boolean =>
  isA(error, SymmetryError) || (isError(error) && isA(error.cause, SymmetryError));

/** The token's parameter values, as `--set` would give them. */
export const settingsOf = ({ set }: Pick<Token, "set">): readonly Setting[] =>
  Object.entries(set).map(([name, word]) => ({ name, word }));
