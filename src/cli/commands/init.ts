import { quoted } from "../../report/shell.ts";
import { atMostOne, command } from "../command.ts";

const FROM_A_CACHE =
  "<faultline> is its packed file or its folder: package.json does not name it, as this one runs from a cache that is emptied at times";

export const init = command({
  name: "init",
  describe: "write a first model, tsconfig.json and package.json with a test into a folder",
  subject: {
    name: "folder",
    number: "at most one",
    describe: "where to; what is there already is left as it is (default: the working directory)",
  },
  options: {},
  examples: ["init", "init races"],
  async run(words, _given, io) {
    const folder = atMostOne(words, init, "make one at a time") ?? ".";
    const { FIRST_MODEL, TEST, scaffold } = await import("../output/scaffold.ts");
    const { written, kept, hasTest, isInstalled, lacksOrigin, hasTypescript } = await scaffold(folder, io);
    const steps = [
      ...(folder === "." ? [] : [`cd ${quoted(folder)}`]),
      ...(isInstalled ? [] : [lacksOrigin ? "npm install --save-dev <faultline>" : "npm install"]),
      hasTest ? "npm test" : `npx ${TEST}`,
    ];
    const lines = [
      ...(written.length > 0 ? [`written: ${written.join(", ")}`] : []),
      ...(kept.length > 0 ? [`left as it was: ${kept.join(", ")}`] : []),
      `next: ${steps.join(" && ")}`,
      ...(lacksOrigin && !isInstalled ? [FROM_A_CACHE] : []),
      `then: change ${FIRST_MODEL}, with \`npx faultline check ${FIRST_MODEL} --watch\` beside the editor`,
      ...(hasTypescript ? [] : ["`npm install --save-dev typescript` lets a check find mistakes in types, too"]),
    ];
    io.stdout.write(lines.map((line) => `${line}\n`).join(""));
    return "held";
  },
});
