/**
 * In which order filemap_map_pages() tests and maps a page once it holds a reference to it, as a word of one letter for
 * each operation:
 *
 * | letter | operation |
 * | --- | --- |
 * | L | takes ptl, and tests pte_none() |
 * | C | page_add_file_rmap(): increments mapcount |
 * | S | set_pte_at(): stores the PTE |
 * | T | trylock_page(); the lock is held until S is done |
 * | P | PageLocked()? |
 * | G | page->mapping == mapping? |
 * | X | is the page still in the xarray? |
 *
 * A failed test undoes what has been done and gives up. A word is a permutation of L, C and any of the others that ends
 * in S. What is left out: S before C (mapcount would be too low while the PTE is there, so that a remover takes it for
 * unmapped), S without ptl (another fault could store its PTE over it), a test after S (giving up would clear a PTE that
 * the CPU may have used already, and would have to flush the TLB), P beside T (it is the own lock), and a test that is
 * made twice, but for one list of the thread: `october`.
 */
import { oneOfMany } from "faultline";

/** The orders that were proposed, by name. */
const NAMED = {
  /** v5.9: under the page lock. */
  trylock: "TGLCS",
  /** The fourth patch of October 2020, as reconstructed from its review: no lock, the test before ptl. */
  patch4: "GLCS",
  /** That mail's proposal, taken literally: mapcount first, then all tests, then ptl and the PTE. */
  "cover-letter": "CPGXLS",
  /** The list of 14 October 2020: not locked, mapcount, still not locked, PTE, all under ptl; page->mapping before, as v5.9 has it. */
  october: "GLPCPS",
  /** The order of 16 December 2020: under ptl mapcount, not locked, mapping, PTE. */
  december: "LCPGS",
  /** The same with the last two tests swapped. */
  "mapping-first": "LCGPS",
  /** Under ptl both tests, then mapcount and PTE. */
  "test-first": "LPGCS",
} as const;

export type Order = keyof typeof NAMED;

export const ORDERS = Object.keys(NAMED) as [Order, ...Order[]];

/** The word of an order that is given by its name or as a word. */
export const wordOf = (order: string): string => NAMED[order as Order] ?? order;

/** The name of a word, if somebody has proposed it. */
export const nameOf = (word: string): Order | undefined => ORDERS.find((name) => NAMED[name] === word);

const permutationsOf = (letters: readonly string[]): readonly string[] =>
  letters.length === 0
    ? [""]
    : letters.flatMap((letter) =>
        permutationsOf(letters.filter((other) => other !== letter)).map((rest) => letter + rest),
      );

const subsetsOf = ([first, ...others]: readonly string[]): readonly (readonly string[])[] =>
  first === undefined ? [[]] : subsetsOf(others).flatMap((some) => [some, [first, ...some]]);

const TESTS = [...subsetsOf(["P", "G", "X"]), ...subsetsOf(["G", "X"]).map((some) => ["T", ...some])].toSorted(
  (a, b) => a.length - b.length,
);

const WORDS: readonly string[] = TESTS.flatMap((tests) =>
  permutationsOf(["L", "C", ...tests]).map((letters) => `${letters}S`),
);

const isTest = (letter: string | undefined): boolean => letter !== undefined && "TPGX".includes(letter);

/**
 * The words that ask for one thing less: a test is dropped, or L or C comes one test later, which holds ptl or counts a
 * PTE that is not there for a shorter time.
 */
export function simplerOrders(word: string): readonly string[] {
  const letters = Array.from(word);
  const without = letters.flatMap((letter, i) => (isTest(letter) ? [letters.toSpliced(i, 1).join("")] : []));
  const later = letters.flatMap((letter, i) =>
    (letter === "L" || letter === "C") && isTest(letters[i + 1])
      ? [letters.toSpliced(i, 2, letters[i + 1]!, letter).join("")]
      : [],
  );
  return [...without, ...later];
}

/** A scenario's parameter that ranges over all words; the first is that of v5.9. */
export const orderWord = oneOfMany(
  `${WORDS.length} permutations of L, C and any of T (without P), P, G, X, ending in S; and ${NAMED.october}`,
  [NAMED.trylock, ...WORDS.filter((word) => word !== NAMED.trylock), NAMED.october],
  simplerOrders,
);
