import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ascii, fold, plain, TIE } from "../../src/report/text/wrap.ts";

const dense = (text: string): string => text.replaceAll(/\s/g, "");

test("fold keeps every character and every limit", () => {
  const words = fc.array(fc.string({ minLength: 1, maxLength: 60 }), { maxLength: 12 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 72 }), fc.integer({ min: 0, max: 4 }), (parts, width, hang) => {
      const text = ascii(parts.join(" "));
      const lines = fold(text, width, hang);
      assert.equal(dense(lines.join("")), dense(text));
      for (const line of lines) {
        assert.ok(line.length <= width, `'${line}' is longer than ${width}`);
        assert.equal(line, line.trimEnd());
      }
    }),
  );
});

test("fold breaks at blanks, and continues under a hanging indent", () => {
  assert.deepEqual(fold("unmap_mapping_range(mapping, start, len, 0)", 36, 4), [
    "unmap_mapping_range(mapping, start,",
    "    len, 0)",
  ]);
});

test("fold breaks a word that is longer than a line behind punctuation", () => {
  assert.deepEqual(fold("page_cache_get_speculative(page)", 20, 2), ["page_cache_get_", "  speculative(page)"]);
  assert.deepEqual(fold("xas_set_order(&xas->xa_index)", 20, 2), ["xas_set_order(&xas->", "  xa_index)"]);
  assert.deepEqual(fold("a".repeat(25), 10, 2), ["a".repeat(10), `  ${"a".repeat(8)}`, `  ${"a".repeat(7)}`]);
});

test("fold does not tear tied words apart where they fit a line", () => {
  assert.deepEqual(fold(`[ slot: pages[0]${TIE}->${TIE}NULL ]`, 20, 2), ["[ slot:", "  pages[0] -> NULL ]"]);
});

test("ascii leaves nothing that mail could mangle", () => {
  assert.equal(ascii("a \u2014 b \u2192 c\t\u201cd\u201d\n\u2265 \u00b5"), 'a - b -> c "d" >= U+00B5');
  assert.equal(plain(`1${TIE}->${TIE}2`), "1 -> 2");
});
