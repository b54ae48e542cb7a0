import { resolve } from "node:path";
import { merged, parseShard, type Given } from "../../result/shard.ts";
import { command } from "../command.ts";
import { codeOf, readText } from "../output/files.ts";
import type { Io } from "../output/io.ts";
import { tellSweep } from "../swept.ts";
import { ModelError } from "../../model/error.ts";

export const merge = command({
  name: "merge",
  describe: "put the shards of a sweep together, as if it had been searched at once",
  subject: {
    name: "file",
    number: "any",
    describe: "what `faultline sweep --shard` has printed, one file for each shard",
  },
  options: {},
  examples: ["merge shard-1.json shard-2.json shard-3.json shard-4.json"],
  async run(files, _, io) {
    if (files.length === 0)
      throw new ModelError("merge needs the files of all shards", {
        remedy: "give what `faultline sweep --shard 1/4`, 2/4, 3/4 and 4/4 have printed",
      });
    const given = await Promise.all(files.map((file) => shardIn(file, io)));
    const { head, collected } = merged(given);
    return tellSweep(head, collected, io);
  },
});

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "there is no permission to read it",
};

async function shardIn(file: string, io: Io): Promise<Given> {
  const text = await readText(resolve(io.cwd, file)).catch((error: unknown) => {
    throw new ModelError(`cannot read '${file}'`, {
      cause: CAUSES[codeOf(error)] ?? codeOf(error),
      remedy: "give files that `faultline sweep --shard` has printed",
    });
  });
  return { file, shard: parseShard(text, file) };
}
