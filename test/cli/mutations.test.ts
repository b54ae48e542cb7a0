import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BUFFERING, faultline, inFolder, LOST_UPDATE, modelWith, type Recorded } from "./recorded.ts";

const RUNS = Number(process.env["FAULTLINE_RUNS"] ?? 0) || 24;
const MOST_MS = 30_000;

const REFERENCES = `
import { array, bool, bugOn, call, choose, done, guarded, int, oneOf, ref, scenario, spinlock, struct, wait, world } from "faultline";
const Page = struct({ lock: spinlock, count: guarded("lock", int(0, 3)), mapping: oneOf("none", "file") });
const w = world({ pages: array(2, Page), slot: ref(Page), n: int(0, 3) });
const put = w.path("put_page", { p: ref(Page) }, {
  "lock": (_, me) => { if (me.p!.lock) return wait; me.p!.lock = true; },
  "count--": (_, me) => { me.p!.count--; },
  "unlock": (_, me) => { me.p!.lock = false; },
});
const user = w.path("user", { p: ref(Page), left: int(0, 2) }, {
  "p = slot": (k, me) => { me.p = k.slot; if (!me.p) return done; },
  "left = 1": (_, me) => { me.left = choose(0, 1); },
  "put_page(p)": call(put, (me: { p: never }) => ({ p: me.p })),
  "again?": (k, me) => { let n = 0; for (const page of k.pages) n += page.mapping === "file" ? 1 : 0; bugOn(n > 1, "two"); if (me.left > 0) { me.left--; return "p = slot"; } },
});
const clear = w.path("clear", {}, { "slot = NULL": (k) => { k.slot = null; } });
export default scenario("references", {
  about: "Two users of a page and one that clears it",
  world: w,
  params: { users: int(1, 2) },
  threads: ({ users }) => ({ user: Array.from({ length: users }, () => user), clear }),
  init(k) { k.slot = k.pages[0]!; k.pages[0]!.mapping = "file"; },
  specs: [
    w.always("low", "n is low", (k) => k.n < 2 || \`n is \${k.n}\`),
    w.atEnd("unlocked", "the locks are free", (k) => k.pages.every((page) => !page.lock)),
    w.sometimes("cleared", "the slot is cleared", (k) => k.slot === null),
  ],
  unreached: () => ["put_page: *", "user: *"],
  expect: [{ set: { users: 1 }, violated: ["guarded"] }],
});
`;

const MODELS: readonly string[] = [
  LOST_UPDATE,
  BUFFERING,
  REFERENCES,
  modelWith({
    steps: `"a": (k) => { if (k.lock) return wait; k.lock = true; },\n"b": (k) => { k.n = choose(0, 1, 2); },\n"c": (k) => { k.lock = false; return k.n > 1 ? "d" : done; },\n"d": (k) => { bugOn(k.n === 3, "three"); },`,
    threads: "a: p, b: p",
    specs: `w.always("s", "n is low", (k) => k.n < 3), w.sometimes("two", "n is two", (k) => k.n === 2)`,
  }),
];

/** Numbers from 0 to `below`, the same for the same seed. */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return Math.abs(state ^ (state >>> 13)) % below;
  };
}

const THROWN = ["new Error('thrown')", "'thrown'", "null", "undefined", "{}"];
const VALUES = ["undefined", "null", "NaN", "-1", "1e9", "''", "[]", "{}", "() => {}", "Symbol()", "new Proxy({}, {})"];

/** A model with one thing in it wrong. */
function mutated(source: string, random: (below: number) => number): string {
  // Comments and strings count as one.
  const tokens = source.match(/`[^`]*`|"[^"]*"|'[^']*'|\w+|=>|\s+|[^\s\w]/g)!;
  const first = tokens.indexOf("const");
  const pick = (is: (token: string) => boolean): number => {
    const places = tokens.flatMap((token, i) => (i >= first && is(token) ? [i] : []));
    return places[random(places.length)] ?? first;
  };
  const isWord = (token: string): boolean => /^\w+$/.test(token);
  const isText = (token: string): boolean => /^["\w]/.test(token);
  const replace = (at: number, text: string): string => tokens.with(at, text).join("");
  switch (random(8)) {
    case 0:
      return replace(
        pick((token) => token.trim() !== ""),
        "",
      );
    case 1: {
      const [a, b] = [pick(isText), pick(isText)];
      return tokens.with(a, tokens[b]!).with(b, tokens[a]!).join("");
    }
    case 2: {
      const at = pick(isText);
      const token = tokens[at]!;
      return replace(at, token.slice(0, -1) + token.at(-1)! + token.slice(-1));
    }
    case 3: {
      const at = pick((token) => isText(token) && token.length > 3);
      return replace(at, tokens[at]!.slice(0, 2) + tokens[at]!.slice(3));
    }
    case 4:
      return replace(
        pick((token) => token === "=>"),
        `=> { throw ${THROWN[random(THROWN.length)]!}; } , (k, me) =>`,
      );
    case 5: {
      // The same, but it parses wherever the body is a block.
      const at = pick((token) => token === "{");
      return replace(at, `{ throw ${THROWN[random(THROWN.length)]!};`);
    }
    case 6:
      return replace(pick(isWord), VALUES[random(VALUES.length)]!);
    default:
      return replace(
        pick((token) => /^[\d<>=+!-]$/.test(token)),
        ["0", "3", "<", "!", "+"][random(5)]!,
      );
  }
}

interface Verdicts {
  readonly search: { readonly cut: string | null };
  readonly specs: readonly { readonly name: string; readonly verdict: string }[];
}

const verdictsOf = ({ code, out }: Recorded): Verdicts | undefined =>
  code === 2 ? undefined : (JSON.parse(out) as Verdicts);

test("a model with something wrong in it ends in a verdict or in a sentence, the same for both engines", async () => {
  await inFolder({}, async (folder) => {
    const seen = new Map<number, number>();
    for (let seed = 1; seed <= RUNS; seed++) {
      const random = randomly(seed * 7919);
      const source = mutated(MODELS[seed % MODELS.length]!, random);
      await writeFile(join(folder, "m.ts"), source);
      const ask = async (how: string): Promise<Recorded> => {
        const begin = performance.now();
        const recorded = await faultline(folder, `check m.ts --format json --quiet --max-states 20000 ${how}`);
        const { code, err } = recorded;
        const what = `seed ${seed} ${how}: ${code}\n${err}\n${source}`;
        assert.notEqual(code, 70, what);
        assert.doesNotMatch(err, /^\s+at .*:\d+:\d+\)?$/m, what);
        if (code === 2) assert.match(err, /^(?:warning: .*\n(?: +.*\n)*)*error: \S/, what);
        assert.ok(performance.now() - begin < MOST_MS, what);
        return recorded;
      };
      const fast = await ask("");
      seen.set(fast.code, (seen.get(fast.code) ?? 0) + 1);
      const plain = await ask("--engine reference");
      const [one, other] = [verdictsOf(fast), verdictsOf(plain)];
      if (!one || !other || one.search.cut !== null || other.search.cut !== null) continue;
      assert.deepEqual(
        one.specs.map(({ name, verdict }) => [name, verdict]),
        other.specs.map(({ name, verdict }) => [name, verdict]),
        `seed ${seed}\n${source}`,
      );
      assert.equal(fast.code, plain.code, `seed ${seed}`);
    }
    assert.ok(seen.size > 1, "some are refused, and some are not");
    if (process.env["FAULTLINE_RUNS"] !== undefined) console.log(Object.fromEntries(seen));
  });
});
