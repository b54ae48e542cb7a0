import { basename, resolve } from "node:path";
import { ModelError, didYouMean } from "../../model/error.ts";
import { draftOf, type DraftFrom } from "../../source/draft.ts";
import { patchOf } from "../../source/draft-patch.ts";
import { draftText } from "../../source/draft-text.ts";
import { Functions, functionsIn } from "../../source/functions.ts";
import { alike } from "../alike.ts";
import { bundledDrafting } from "../bundled.ts";
import type { SourceTree } from "../../source/tree.ts";
import { patchedTree } from "../../source/unified-diff.ts";
import { command } from "../command.ts";
import { text, texts } from "../option.ts";
import { codeOf, readText } from "../output/files.ts";
import { namedTree, noTree, SOURCE_VARIABLE } from "../output/kernel-tree.ts";
import { readingOf } from "../reading.ts";

export const draft = command({
  name: "draft",
  describe: "write a first path from a function of the kernel's source",
  subject: { name: "function", number: "one", describe: "where it is, as in mm/rmap.c:page_mkclean_one" },
  options: {
    source: text(`the kernel tree that it is in (default: what ${SOURCE_VARIABLE} names)`),
    follow: texts("a function that it calls, to be written in its place; repeatable"),
    patch: text("a unified diff against the tree: the function with it, too, as path.with()"),
  },
  examples: ["draft mm/rmap.c:page_mkclean_one --source ~/linux > page-mkclean-one.ts"],
  async run([word], { source, follow, patch }, io) {
    const name = namedTree(source, io);
    if (name === undefined) throw noTree("draft");
    const [, file, fn] = /^([\w./-]+\.[ch]):(\w+)$/.exec(word!) ?? [];
    if (file === undefined || fn === undefined)
      throw new ModelError(`'${word}' names no function`, { remedy: "write it as in mm/rmap.c:page_mkclean_one" });
    const reading = await readingOf(name, io);
    const { tree, names } = reading;
    const whole = tree.read(file);
    const headers = [...names.names.headers, ...names.names.files];
    if (whole === undefined)
      throw new ModelError(`${tree.release} in '${name}' has no file ${file}${didYouMean(file, headers)}`, {
        remedy: "give its name below the top of the tree",
      });
    const own = [fn, ...follow];
    /** The function, read in the tree before the patch, or behind it; nothing if it is not there. */
    const from = (one: SourceTree): DraftFrom | undefined => {
      const root = new Functions(one, [file]).find(fn);
      const functions = new Functions(one, [file, ...headers]);
      return root && { reading: { ...reading, tree: one }, functions, root, own };
    };
    const before = from(tree);
    if (!before) {
      const elsewhere = new Functions(tree, headers).find(fn);
      if (elsewhere)
        throw new ModelError(`${file} has no function ${fn}()`, {
          cause: `${elsewhere.file} has one`,
          remedy: `draft ${elsewhere.file}:${fn}`,
        });
      throw new ModelError(`${file} has no function ${fn}()${didYouMean(fn, functionsIn(whole))}`, {
        cause: alike(fn, functionsIn(whole), "functions"),
        remedy: "name a function that it defines",
      });
    }
    for (const one of follow)
      if (!before.functions.find(one))
        throw new ModelError(`there is no function ${one}() to follow${didYouMean(one, functionsIn(whole))}`, {
          cause: alike(one, functionsIn(whole), "functions"),
          remedy: `name one that ${file} or a header of mm/ defines`,
        });
    const drafted = draftOf(before, await bundledDrafting());
    const release = /^v\d+\.\d+/.exec(tree.release)![0];
    const about = { fn, file, release, functions: own };
    if (patch === undefined) io.stdout.write(draftText(drafted, about));
    else {
      const later = from(patchedTree(tree, await readPatch(io.cwd, patch), patch));
      if (!later)
        throw new ModelError(`with '${patch}', ${file} has no function ${fn}() any more`, {
          remedy: "name a function that is there before and after",
        });
      const after = draftOf(later, await bundledDrafting());
      const change = patchOf(drafted, after);
      const patched = change && { name: basename(patch), drafted: after, patch: change };
      io.stdout.write(draftText(drafted, about, patched));
      if (!change) io.stderr.write(`'${patch}' changes no step of ${fn}()\n`);
    }
    const open = drafted.steps.filter(({ isOpen }) => isOpen).length;
    io.stderr.write(`${drafted.steps.length} steps, ${open} of them to be decided\n`);
    return "held";
  },
});

const UNREAD: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "there is no permission to read it",
  ENOWRITER: "it is a pipe, and no program writes to it",
};

const readPatch = (cwd: string, name: string): Promise<string> =>
  readText(resolve(cwd, name)).catch((error: unknown) => {
    throw new ModelError(
      `the patch '${name}' cannot be read`,
      { cause: UNREAD[codeOf(error)] ?? String(error), remedy: "give a file with a unified diff" },
      { cause: error },
    );
  });
