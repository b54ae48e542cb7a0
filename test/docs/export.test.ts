import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { faultline, inFolder } from "../cli/recorded.ts";
import { isShown, readDocument } from "./document.ts";

const DOCUMENT = "docs/export.md";

test(`${DOCUMENT} shows parts of what is exported`, async () => {
  const { blocks } = readDocument(DOCUMENT);
  await inFolder({}, async (folder) => {
    for (const [language, file] of [
      ["promela", "fault_around_vs_punch.pml"],
      ["tla", "fault_around_vs_punch.tla"],
    ] as const) {
      await faultline(folder, `export fault-around-vs-punch --set order=patch4 --to ${language}`);
      const text = readFileSync(join(folder, "out/fault-around-vs-punch/export", file), "utf8").split("\n");
      const shown = blocks.filter((block) => block.language === language);
      assert.equal(shown.length, 1, language);
      assert.ok(shown[0]!.lines.length > 30);
      assert.ok(
        isShown(
          shown[0]!,
          text.map((line) => line.replaceAll("\t", "    ")),
        ),
        `${file} is not as ${DOCUMENT} shows it`,
      );
    }
  });
});
