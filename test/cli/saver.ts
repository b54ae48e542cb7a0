import { openFolder, savedText } from "../../src/cli/output/folder.ts";
import { sampleOf } from "../report/sample.ts";
import { pingPong } from "../report/small-models.ts";
import { Recording } from "./recorded.ts";

/** A process of its own, for tests: saves sets of files with a mark of this process, again and again. */
const [cwd = "", mark = "", count = "0"] = process.argv.slice(2);
const { result } = sampleOf(pingPong, "few-turns");
for (let i = 0; i < Number(count); i++) {
  const folder = await openFolder(new Recording(cwd), "out", "shared");
  const names = ["a.txt", "b.txt", "c.txt", `only-${mark}.txt`];
  const content = `${mark} ${i}`;
  const files = names.map((name) => ({ name, content }));
  await folder.save(savedText({ ...result, command: content }, files), files);
}
