import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import type { KernelLines } from "../../src/source/lines.ts";
import { readDocument } from "../docs/document.ts";
import { faultline, inFolder } from "./recorded.ts";

/** A kernel tree of our own, with as much of finish_fault() as one path of v5.9 follows. */
const MEMORY = `
static vm_fault_t pte_alloc_one_map(struct vm_fault *vmf)
{
	if (!pmd_none(*vmf->pmd))
		goto map_pte;
map_pte:
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	return 0;
}

vm_fault_t alloc_set_pte(struct vm_fault *vmf, struct page *page)
{
	if (pmd_none(*vmf->pmd) && PageTransCompound(page))
		return do_set_pmd(vmf, page);
	if (!vmf->pte) {
		ret = pte_alloc_one_map(vmf);
		if (ret)
			return ret;
	}
	if (!pte_none(*vmf->pte))
		return VM_FAULT_NOPAGE;
	if (write && !(vma->vm_flags & VM_SHARED)) {
		inc_mm_counter_fast(vma->vm_mm, MM_ANONPAGES);
	} else {
		inc_mm_counter_fast(vma->vm_mm, MM_FILEPAGES);
		page_add_file_rmap(page, false);
	}
	set_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);
	return 0;
}

vm_fault_t finish_fault(struct vm_fault *vmf)
{
	ret = check_stable_address_space(vmf->vma->vm_mm);
	if (!ret)
		ret = alloc_set_pte(vmf, page);
	if (vmf->pte)
		pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
}
`;
const MAKEFILE = "VERSION = 5\nPATCHLEVEL = 9\nSUBLEVEL = 3\nEXTRAVERSION =\n";

/** Runs what is given in a folder that holds the tree, with `memory` as its mm/memory.c. */
async function inTree(memory: string, use: (folder: string) => Promise<void>, makefile = MAKEFILE): Promise<void> {
  await inFolder({}, async (folder) => {
    for (const [name, text] of Object.entries({ "linux/Makefile": makefile, "linux/mm/memory.c": memory })) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await use(folder);
  });
}

test("align says that a path is the code, and exits with 0", async () => {
  await inTree(MEMORY, async (folder) => {
    const { code, out } = await faultline(folder, "align finish_fault --source linux");
    assert.equal(
      out,
      "finish_fault, v5.9.3: accounted for; 6 anchored, 5 omitted\n\n" +
        "compared with what v5.9.1 was: 1 of 1 path, not the same there:\n   finish_fault (7 steps)\n" +
        "1 path: 1 accounted for, 0 with drift\n",
    );
    assert.equal(code, 0);
    const full = await faultline(folder, "align finish_fault --source linux --full");
    assert.match(full.out, /anchored {4}spin_lock\(vmf->ptl\)\n {14}mm\/memory\.c:7, pte_alloc_one_map\(\)/);
    assert.ok(full.out.split("\n").every((line) => line.length <= 72));
  });
});

test("of two paths with one name, align says which scenarios run each", async () => {
  await inTree(MEMORY, async (folder) => {
    const { out } = await faultline(folder, "align wp_page_shared --source linux");
    const users = [...out.matchAll(/^wp_page_shared, .*(?:\n {2}.*)*?\nin (.*)/gm)].map(([, names]) => names);
    assert.equal(users.length, 2, out);
    assert.equal(new Set(users).size, 2, out);
    const { out: one } = await faultline(folder, "align finish_fault --source linux");
    assert.doesNotMatch(one, /^in /m);
    const { out: listed } = await faultline(folder, "align wp_page_shared --source linux --format json");
    const all = JSON.parse(listed) as readonly { readonly scenarios: readonly string[] }[];
    assert.deepEqual(
      all.map(({ scenarios }) => scenarios.length > 0),
      [true, true],
    );
  });
});

test("align says of a series that nothing is kept of its trees, and nothing of it where it is to be quiet", async () => {
  const makefile = MAKEFILE.replace("5", "6").replace("9", "1").replace("= 3", "= 192");
  await inTree(
    MEMORY,
    async (folder) => {
      const { out } = await faultline(folder, "align finish_fault --source linux");
      assert.match(out, /^not compared: of v6\.1\.192 and its series nothing is kept for these paths$/m);
      const quiet = await faultline(folder, "align finish_fault --source linux --quiet");
      assert.match(quiet.out, /^\d paths: .* with drift\n$/);
    },
    makefile,
  );
});

test("align names three kinds of change, each at its line, and exits with 1", async () => {
  const changes: readonly (readonly [string, string, RegExp])[] = [
    [
      "\t\tpage_add_file_rmap(page, false);\n\t}\n\tset_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);\n",
      "\t}\n\tset_pte_at(vma->vm_mm, vmf->address, vmf->pte, entry);\n\tpage_add_file_rmap(page, false);\n",
      /reordered {3}set_pte_at\(vmf->pte\)\n {14}mm\/memory\.c:27, alloc_set_pte\(\)\n[\s\S]*before page_add_file_rmap\(page\)/,
    ],
    ["\t\tpage_add_file_rmap(page, false);\n", "", /missing {5}page_add_file_rmap\(page\)/],
    [
      "\tif (vmf->pte)\n\t\tpte_unmap_unlock",
      "\tput_page(page);\n\tif (vmf->pte)\n\t\tpte_unmap_unlock",
      /new {9}put_page\(page\)\n {14}mm\/memory\.c:37, finish_fault\(\)\n {14}after set_pte_at/,
    ],
  ];
  for (const [from, to, expected] of changes)
    await inTree(MEMORY.replace(from, to), async (folder) => {
      const { code, out } = await faultline(folder, "align finish_fault --source linux");
      assert.match(out, expected);
      assert.equal(code, 1);
      assert.equal(out.match(/^ {2}[a-z]/gm)?.length, 1, out);
    });
});

test("align says which release the path follows where the tree's is another, and finds the tree by FAULTLINE_SOURCE", async () => {
  await inTree(
    MEMORY,
    async (folder) => {
      const { out } = await faultline(folder, "align finish_fault", { env: { FAULTLINE_SOURCE: "linux" } });
      assert.match(out, /^finish_fault, v6\.1, follows v5\.9: accounted for;/);
    },
    MAKEFILE.replace("5", "6").replace("9", "1").replace("= 3", "= 0"),
  );
});

test("align as JSON has what the document says", async () => {
  await inTree(MEMORY.replace("\tset_pte_at(", "\tstore_pte("), async (folder) => {
    const { code, out } = await faultline(folder, "align finish_fault --source linux --format json");
    assert.equal(code, 1);
    const [one] = JSON.parse(out) as readonly { readonly rows: readonly object[] }[];
    const told = new Set(
      readDocument("docs/align.md").lines.flatMap((line) => [...line.matchAll(/`(\w+)`/g)].map(([, word]) => word)),
    );
    const keys = [one!, ...one!.rows].flatMap((object) => Object.keys(object));
    assert.deepEqual(
      keys.filter((key) => !told.has(key)),
      [],
    );
    assert.ok(keys.includes("isContent") && keys.includes("place"));
  });
});

test("what is wrong with a command of align is said in a sentence, with a remedy", async () => {
  await inTree(MEMORY, async (folder) => {
    await writeFile(join(folder, "linux/mm/Makefile"), "obj-y := memory.o\n");
    const wrong: readonly (readonly [string, RegExp])[] = [
      ["align finish_fault", /needs a kernel tree to read[\s\S]*--source <folder>, or set FAULTLINE_SOURCE/],
      ["align finish_fault --source nowhere", /there is no folder 'nowhere'/],
      ["align finish_fault --source linux/Makefile", /'linux\/Makefile' is no folder/],
      ["align finish_fault --source linux/mm", /'linux\/mm' is no kernel tree[\s\S]*names no VERSION/],
      ["align finish_fault --source .", /'\.' is no kernel tree[\s\S]*no Makefile/],
      ["align finish_falt --source linux", /no path 'finish_falt'; did you mean 'finish_fault'\?/],
      ["align fault_arround --source linux", /no path 'fault_arround'.*\n +alike: fault-around, .*, and \d+ more\n/],
      ["align do_fault_around --source linux", /followed by: filemap_map_pages, /],
      ["align xyzzy --source linux", /no path 'xyzzy'\n +there are \d+ paths and scenarios\n/],
    ];
    for (const [words, expected] of wrong) {
      const { code, err } = await faultline(folder, words);
      assert.match(err, expected, words);
      assert.equal(code, 2, words);
    }
  });
});

const TAKES = `import { kernel } from "faultline/models/kernel/world";
import { getPage, putPage, of, filePage } from "faultline/models/kernel/primitives";
import { call, oneOf, scenario } from "faultline";
const put = kernel.path("finish_take", {}, { "put_page(page)": of(filePage, putPage) }, { file: "mm/take.c", release: "v5.9" });
const take = (name, step, release) =>
  kernel.path(name, {}, { [step]: of(filePage, getPage), "finish_take()": call(put) }, { file: "mm/take.c", release });
export default scenario("takes", {
  about: "A page is taken, and put",
  world: kernel,
  params: { release: oneOf("v5.9", "v6.12", "v7.1") },
  threads: ({ release }) => ({
    user: { "v5.9": take("take", "get_page(page)", release), "v6.12": take("take_folio", "folio_get(folio)", release), "v7.1": take("take_new", "folio_try_get(folio)", release) }[release],
  }),
  specs: [],
  expect: ["v5.9", "v6.12", "v7.1"].map((release) => ({ set: { release } })),
});
`;
/** What take.c has of each release, and what is left aside beside it. */
const TAKEN: readonly (readonly [version: string, c: string, laid: string, aside: string])[] = [
  ["5.9", "take(struct page *page)\n{\n\tget_page(page);", "take", "1 of v6.12, 1 of v7.1"],
  ["6.12", "take_folio(struct folio *folio)\n{\n\tfolio_get(folio);", "take_folio", "1 of v5.9, 1 of v7.1"],
  ["6.17", "take_folio(struct folio *folio)\n{\n\tfolio_get(folio);", "take_folio", "1 of v5.9, 1 of v7.1"],
  ["7.1", "take_new(struct folio *folio)\n{\n\tfolio_try_get(folio);", "take_new", "1 of v5.9, 1 of v6.12"],
];

test("of a scenario of several releases, align lays what runs for the tree's beside it, and what they share", async () => {
  for (const [version, c, laid, aside] of TAKEN) {
    const [major, minor] = version.split(".");
    const makefile = `VERSION = ${major}\nPATCHLEVEL = ${minor}\nSUBLEVEL = 2\nEXTRAVERSION =\n`;
    await inTree(
      MEMORY,
      async (folder) => {
        const shared = "void finish_take(struct page *page)\n{\n\tput_page(page);\n}\n";
        await writeFile(join(folder, "linux/mm/take.c"), `${shared}\nvoid ${c}\n\tfinish_take(page);\n}\n`);
        await writeFile(join(folder, "takes.ts"), TAKES);
        const { code, out, err } = await faultline(folder, "align takes.ts --source linux");
        const paths = [...out.matchAll(/^(\w+), v.*accounted for/gm)].map(([, name]) => name);
        assert.deepEqual(new Set(paths), new Set([laid, "finish_take"]), out + err);
        assert.match(out, new RegExp(`^left aside: ${aside}\n2 paths: 2 accounted for, 0 with drift\n$`, "m"));
        assert.equal(code, 0);
      },
      makefile,
    );
  }
});

test("without a name, align needs paths that follow the tree's release", async () => {
  await inTree(
    MEMORY,
    async (folder) => {
      const { code, err } = await faultline(folder, "align --source linux");
      assert.match(err, /no bundled path follows v3\.9\.3/);
      assert.equal(code, 2);
    },
    MAKEFILE.replace("5", "3"),
  );
});

test("two trees are compared by the paths of a scenario, and exit with 1 if they differ", async () => {
  await inTree(MEMORY, async (folder) => {
    const later = MEMORY.replace("\t\tpage_add_file_rmap(page, false);\n\t}\n", "\t}\n").replace(
      "\treturn 0;\n}\n\nvm_fault_t finish_fault",
      "\tpage_add_file_rmap(page, false);\n\treturn 0;\n}\n\nvm_fault_t finish_fault",
    );
    for (const [name, text] of [
      ["later/Makefile", MAKEFILE.replace("SUBLEVEL = 3", "SUBLEVEL = 4")],
      ["later/mm/memory.c", later],
    ] as const) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const same = await faultline(folder, "align finish_fault --source linux --source linux");
    assert.equal(same.out, "1 path compared: 0 changed, in 0 scenarios\n");
    assert.equal(same.code, 0);
    const { code, out } = await faultline(folder, "align finish_fault --source linux --source later");
    assert.match(out, /^v5\.9\.3 to v5\.9\.4: 2 changes$/m);
    assert.match(out, /^ {2}moved {7}set_pte_at\(vmf->pte\) now before page_add_file_rmap\(page\)$/m);
    assert.equal(code, 1);
    const all = await faultline(folder, "align two-read-faults --source linux --source later --format json");
    assert.deepEqual(
      (JSON.parse(all.out) as { path: string; isSame: boolean }[]).find(({ path }) => path === "finish_fault")?.isSame,
      false,
    );
  });
});

test("--format markdown needs two trees, and a word that is neither path nor scenario is no name", async () => {
  await inTree(MEMORY, async (folder) => {
    const one = await faultline(folder, "align finish_fault --source linux --format markdown");
    assert.match(one.err, /^error: --format markdown is for what changed between trees/);
    assert.equal(one.code, 2);
    const none = await faultline(folder, "align two-read-fault --source linux");
    assert.match(none.err, /there is no path 'two-read-fault'.*two-read-faults/s);
    assert.equal(none.code, 2);
  });
});

test("a check with --source says where steps are, in text, JSON, SARIF and on the page", async () => {
  await inTree(MEMORY, async (folder) => {
    const run =
      "check shared-fault-vs-truncate --set variant=baseline,handler=unlocked --source linux --html --sarif out.sarif";
    assert.equal((await faultline(folder, run)).code, 1);
    const read = (name: string): Promise<string> =>
      readFile(join(folder, "out/shared-fault-vs-truncate", name), "utf8");
    const text = await read("no-stale-pte.txt");
    assert.match(text, /^Where the steps are in v5\.9\.3.*:$/m);
    assert.match(text, /^ +\d+ mm\/memory\.c:28, alloc_set_pte\(\)$/m);
    const { kernel } = JSON.parse(await read("result.json")) as { kernel: KernelLines };
    const place = { file: "mm/memory.c", line: 28, function: "alloc_set_pte" };
    assert.equal(kernel.tree, "v5.9.3");
    assert.deepEqual(kernel.places["finish_fault"]!["set_pte_at(vmf->pte)"], place);
    assert.match(await readFile(join(folder, "out.sarif"), "utf8"), /"uri": ?"mm\/memory\.c"/);
    assert.match(await read("no-stale-pte.html"), /set_pte_at\(vma-&gt;vm_mm|set_pte_at\(vma->vm_mm, vmf->address/);
    const without = await faultline(folder, "check shared-fault-vs-truncate --set variant=baseline,handler=unlocked");
    assert.equal(without.code, 1);
    assert.doesNotMatch(await read("no-stale-pte.txt"), /Where the steps are/);
  });
});

test("what --source names and is no tree is said before anything is searched", async () => {
  await inFolder({ linux: "nothing" }, async (folder) => {
    const { code, err, out } = await faultline(folder, "check races/nopage-vs-invalidate --source linux");
    assert.match(err, /^error: 'linux' is no folder/);
    assert.deepEqual([code, out], [2, ""]);
  });
});

test("a draft is a file that align is content with, and that no check takes for a model", async () => {
  await inTree(MEMORY, async (folder) => {
    const drafted = await faultline(folder, "draft mm/memory.c:finish_fault --source linux --follow alloc_set_pte");
    assert.deepEqual([drafted.code, drafted.err], [0, "15 steps, 10 of them to be decided\n"]);
    await writeFile(join(folder, "draft.ts"), drafted.out);
    const aligned = await faultline(folder, "align draft.ts --source linux");
    assert.match(aligned.out, /^finish_fault, v5\.9\.3: accounted for; 15 anchored/);
    assert.equal(aligned.code, 0);
    const checked = await faultline(folder, "check draft.ts");
    assert.match(checked.err, /^error: 10 steps of path 'finish_fault' are not decided/);
    assert.equal(checked.err.match(/^ {7}'[^'\n]+': (what|which|when) /gm)?.length, 10, checked.err);
    assert.match(checked.err, /write what each todo\(\) stands for/);
    assert.equal(checked.code, 2);
  });
});

test("draft --patch writes the function before, and what the patch makes of it as path.with()", async () => {
  const TAKE =
    "int take(struct page *page)\n{\n\tif (!PageLocked(page))\n\t\tget_page(page);\n\tput_page(page);\n\treturn 0;\n}\n";
  const hunk =
    "--- a/mm/take.c\n+++ b/mm/take.c\n@@ -3,3 +3,3 @@\n-\tif (!PageLocked(page))\n-\t\tget_page(page);\n+\tget_page(page);\n+\tsmp_mb();\n \tput_page(page);\n";
  const files = {
    "linux/mm/take.c": TAKE,
    "fix.diff": hunk,
    "none.diff": hunk.replace("+\tsmp_mb();\n", "").replace("+\tget_page", "+\tif (!PageLocked(page))\n+\t\tget_page"),
  };
  await inTree(MEMORY, async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const drafted = await faultline(folder, "draft mm/take.c:take --source linux --patch fix.diff");
    assert.match(
      drafted.out,
      /take\(i\)\.with\(\{\n {4}after: \{ "get_page\(page\)": \{ "smp_mb\(\)": smpMb \} \},\n {4}drop: \["PageLocked\(page\)\?"\],\n {2}\}\);/,
    );
    await writeFile(join(folder, "draft.ts"), drafted.out);
    // It has no page yet, which is for the user to say: both are models, and run.
    for (const version of ["before", "after"]) {
      const checked = await faultline(folder, `check draft.ts --set version=${version}`);
      assert.equal(checked.err, "");
      assert.match(checked.out, new RegExp(`^take version=${version}: .*\n +violated +no-oops`, "m"));
    }
    const same = await faultline(folder, "draft mm/take.c:take --source linux --patch none.diff");
    assert.match(same.err, /'none\.diff' changes no step of take\(\)/);
    assert.doesNotMatch(same.out, /\.with\(\{/);
    const bad = await faultline(folder, "draft mm/take.c:take --source linux --patch draft.ts");
    assert.match(bad.err, /^error: the patch 'draft\.ts' does not apply/);
    assert.equal(bad.code, 2);
  });
});

test("draft says what it cannot find, and what there is", async () => {
  await inTree(MEMORY, async (folder) => {
    await writeFile(join(folder, "linux/mm/fault.c"), "static int other(void)\n{\n\treturn 0;\n}\n");
    const asked: readonly (readonly [string, RegExp])[] = [
      ["draft mm/memory.c:finish_fualt --source linux", /has no function finish_fualt\(\).*finish_fault/s],
      ["draft mm/rmap.c:try_to_unmap --source linux", /has no file mm\/rmap\.c/],
      ["draft mm/memori.c:finish_fault --source linux", /has no file mm\/memori\.c; did you mean 'mm\/memory\.c'\?/],
      ["draft mm/memory.c:nothing --source linux", /functions: pte_alloc_one_map, alloc_set_pte, finish_fault\n/],
      [
        "draft mm/fault.c:finish_fault --source linux",
        /mm\/memory\.c has one\n +try: draft mm\/memory\.c:finish_fault/,
      ],
      ["draft finish_fault --source linux", /'finish_fault' names no function.*mm\/rmap\.c:page_mkclean_one/s],
      ["draft mm/memory.c:finish_fault", /draft needs a kernel tree/],
      ["draft mm/memory.c:finish_fault --source linux --follow nothing", /no function nothing\(\) to follow/],
    ];
    for (const [words, sentence] of asked) {
      const { code, err } = await faultline(folder, words);
      assert.match(err, sentence);
      assert.equal(code, 2);
    }
  });
});

test("a patch that cannot be read is said, and is no bug of faultline", async () => {
  await inTree(MEMORY, async (folder) => {
    await mkdir(join(folder, "some"));
    for (const [name, cause] of Object.entries({ "none.diff": "there is no such file", some: "it is a folder" })) {
      const { code, err } = await faultline(folder, `draft mm/memory.c:finish_fault --source linux --patch ${name}`);
      assert.equal(code, 2);
      assert.ok(err.includes(`the patch '${name}' cannot be read\n       ${cause}\n       try: `), err);
    }
  });
});
