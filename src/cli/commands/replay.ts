import { isA, isError } from "../../model/thrown.ts";
import { SymmetryError } from "../../analysis/symmetry.ts";
import { ModelError } from "../../model/error.ts";
import { NO_SPEC, readToken } from "../../result/token.ts";
import { command } from "../command.ts";
import { ANYWHERE, CHECK_OPTIONS, COMMON_OPTIONS, checkOptions, type CheckOptions } from "../options.ts";
import type { Outcome } from "../output/exit.ts";
import { loadOfToken } from "../output/trust.ts";
import { performAll } from "../perform-all.ts";
import { settingsOf, truthRuns } from "../runs.ts";

// Those of `check` but for what a token says itself.
const { expected: _expected, set: _set, spec: _spec, memory: _memory, ...OF_CHECK } = CHECK_OPTIONS;

export const replay = command({
  name: "replay",
  describe: "repeat the run that a report's token names, and write the same files again",
  subject: {
    name: "token",
    number: "any",
    describe: "what stands behind `replay:` in a report, also in pieces (default: what is read from standard input)",
  },
  options: { ...OF_CHECK, anywhere: ANYWHERE, ...COMMON_OPTIONS },
  examples: ["replay <token>", "replay --html <token>"],
  async run(words, { anywhere, ...rest }, io) {
    if (words.length === 0 && io.stdin.isTTY)
      throw new ModelError("replay needs a token", { remedy: "copy what stands behind `replay:` in a report" });
    const token = readToken(words.length > 0 ? words.join("\n") : await io.stdin.text());
    if (token.spec === NO_SPEC)
      throw new ModelError("the token's run ends in no spec", {
        cause: "it was made while exploring, and there is nothing to report",
        remedy: "`faultline explore --from <token>` goes on from there",
      });
    const options = checkOptions({ ...rest, spec: [token.spec], memory: token.memory }, io);
    const loaded = await loadOfToken(token.argument, anywhere, io);
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
    return repeated(options).catch((error: unknown) => {
      if (!options.search.symmetry || !isSymmetryError(error)) throw error;
      return repeated(told);
    });
  },
});

const isSymmetryError = (error: unknown): boolean =>
  isA(error, SymmetryError) || (isError(error) && isA(error.cause, SymmetryError));
