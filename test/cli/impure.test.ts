import assert from "node:assert/strict";
import { test } from "node:test";
import { faultline, inFolder, modelWith } from "./recorded.ts";

/** A model whose step does something, with what it does it to. */
interface Case {
  readonly more?: string;
  readonly step: string;
}

const model = ({ more = "", step }: Case): string =>
  `${modelWith({ steps: `"a": (k) => { ${step} },\n"b": (k) => { if (k.n < 3) k.n++; },` })}\n${more}\n`;

/** What outlives a step and is changed by it, each in another way. */
const IMPURE: Readonly<Record<string, Case>> = {
  "a variable of the module": { more: "let seen = true;", step: "seen = k.lock;" },
  "a counter that only matters after a thousand calls": {
    more: "let calls = 0;",
    step: "if (++calls > 1000) k.n = 1;",
  },
  "a closure of a factory": {
    more: "const counter = () => { let n = 0; return () => ++n; };\nconst next = counter();",
    step: "k.n = next() % 3;",
  },
  "a variable by destructuring": { more: "let a = 0, b = 0;", step: "[a, { b }] = [k.n, { b: 1 }];" },
  "what a rest was before it was assigned anew": {
    more: "const o = { n: 0 };",
    step: "for (let { ...r } = { n: 1 }, i = 0; i < 2; i++) { r = o; r.n = k.n; }",
  },
  "what a rest holds": {
    more: "const o = { inner: { n: 0 } };",
    step: "for (const { ...r } of [o]) r.inner.n = k.n;",
  },
  "a variable of a loop's head": { more: "let at = 0;", step: "for (at of [1, 2]) k.n = at;" },
  "a variable by ??=": { more: "let first: number | undefined;", step: "first ??= k.n;" },
  "a property": { more: "const last = { n: 0 };", step: "last.n = k.n;" },
  "a property that is only ever set once": {
    more: "const cache: { n?: number } = {};",
    step: "cache.n ??= k.n; k.n = cache.n;",
  },
  "a property by a symbol": { more: "const key = Symbol('n'), o = { [key]: 0 };", step: "o[key]++;" },
  "a property that goes": { more: "const o: { n?: number } = { n: 1 };", step: "delete o.n;" },
  "an array as a queue": { more: "const queue = [1, 2, 3];", step: "k.n = queue.shift() ?? 0;" },
  "an array's method by another name": {
    more: "const list: number[] = [];",
    step: "const add = list.push; add.call(list, k.n);",
  },
  "an array's method by a name in a variable": {
    more: "const list: number[] = [], how = ['pu', 'sh'].join('') as 'push';",
    step: "list[how](k.n);",
  },
  "a set": { more: "const seen = new Set<number>();", step: "if (seen.has(1)) k.n = 1; seen.add(1);" },
  "a map of counters": { more: "const m = new Map([['n', 0]]);", step: "m.set('n', m.get('n')! + 1);" },
  "a WeakMap as a cache": { more: "const m = new WeakMap<object, number>();", step: "m.set(k, 1);" },
  "a function that remembers": {
    more: "const memo = new Map<number, number>();\nconst twice = (n: number) => memo.get(n) ?? (memo.set(n, 2 * n), 2 * n);",
    step: "if (twice(k.n) > 5) k.n = 0;",
  },
  "a method of an instance": {
    more: "class Log { n = 0; note() { this.n++; } }\nconst log = new Log();",
    step: "log.note();",
  },
  "a private field": {
    more: "class Log { #n = 0; note() { return this.#n++; } }\nconst log = new Log();",
    step: "k.n = log.note() % 3;",
  },
  "a static field": { more: "class C { static n = 0; }", step: "C.n++;" },
  "a class that is a Map": {
    more: "class Store extends Map<string, number> { put(n: number) { return super.set('n', n); } }\nconst store = new Store();",
    step: "store.put(k.n);",
  },
  "a getter that counts": {
    more: "let n = 0;\nconst o = { get next() { return n++; } };",
    step: "k.n = o.next % 3;",
  },
  "a setter that stores": {
    more: "let stored = 0;\nconst o = { set n(value: number) { stored = value; } };",
    step: "o.n = k.n;",
  },
  "a generator": {
    more: "function* ids() { for (let n = 0; ; n++) yield n; }\nconst id = ids();",
    step: "k.n = id.next().value! % 3;",
  },
  "a generator that is spread": {
    more: "function* ids() { yield 1; yield 2; }\nconst id = ids();",
    step: "for (const n of id) { k.n = n; break; }",
  },
  "an iterator of a list": { more: "const it = [1, 2, 3].values();", step: "const [n = 0] = it; k.n = n;" },
  "a function kept in a map": {
    more: "let n = 0;\nconst f = new Map([['up', () => { n++; }]]);",
    step: "f.get('up')!();",
  },
  "Object.assign": { more: "const o = { n: 0 };", step: "Object.assign(o, { n: k.n });" },
  "Reflect.set by another name": { more: "const o = { n: 0 }; const { set } = Reflect;", step: "set(o, 'n', k.n);" },
  "a global": { step: "(globalThis as { n?: number }).n = k.n;" },
  "a regular expression that goes on": { more: "const re = /a/g;", step: "if (re.test('aa')) k.n = 1;" },
  "a typed array": { more: "const a = new Int32Array(1);", step: "a[0]++;" },
  "a date": { more: "const d = new Date(0);", step: "d.setMilliseconds(k.n);" },
  "random numbers, by a name of its own": { more: "const { random } = Math;", step: "k.n = random() < 2 ? 1 : 0;" },
  "a random number that is caught": { step: "try { Math.random(); } catch {}" },
  "random numbers of a module": { more: 'import { randomInt } from "node:crypto";', step: "k.n = randomInt(1);" },
  "a file": { more: 'import { readFileSync } from "node:fs";', step: 'try { readFileSync("/dev/null"); } catch {}' },
  "an async function": { more: "let n = 0;\nasync function later() { await 0; n = 1; }", step: "void later();" },
  "code that is made of text": { step: "k.n = new Function('return 1')();" },
};

for (const [what, one] of Object.entries(IMPURE))
  test(`a step that uses what outlives it is refused: ${what}`, async () => {
    await inFolder({ "m.ts": model(one) }, async (folder) => {
      const { code, out, err } = await faultline(folder, "check m.ts");
      assert.equal(code, 2, `${out}${err}`);
      assert.match(
        err,
        /^error: step 'a' of path 'p' is not pure\n {7}\S*m\.ts:\d+:\d+.*\n {7}(it|over) \w+ .*\n {7}try: /,
      );
      assert.equal(out, "");
    });
  });

test("and so under every engine and memory model, in a spec, in init, and for a step that no state reaches", async () => {
  const counts = `let calls = 0; const count = () => { calls++; return true; };`;
  const steps = `"a": (k) => { k.n = 1; },`;
  const cases = {
    "step 'a' of path 'p'": modelWith({ steps: `"a": (k) => { count(); },`, more: counts }),
    "step 'b' of path 'p'": modelWith({ steps: `"a": () => done,\n"b": () => { count(); },`, more: counts }),
    "spec 's'": modelWith({ steps, more: counts, specs: `w.always("s", "it counts", () => count())` }),
    "spec 'e'": modelWith({ steps, more: counts, specs: `w.atEnd("e", "it counts", (k) => k.n !== 2 || count())` }),
    "init of scenario 'mine'": modelWith({ steps, more: counts, config: "init() { count(); }," }),
  };
  for (const [what, source] of Object.entries(cases))
    for (const how of ["", "--engine reference", "--memory tso", "--memory lkmm"])
      await inFolder({ "m.ts": source }, async (folder) => {
        // Where no state asks for it, these do not run it.
        if (/reference|lkmm/.test(how) && what === "spec 'e'") return;
        const { code, err } = await faultline(folder, `check m.ts ${how}`);
        assert.equal(code, 2, `${what} ${how}: ${err}`);
        assert.ok(err.startsWith(`error: ${what} is not pure\n`), err);
        assert.match(err, /m\.ts:\d+:\d+, /);
      });
});

/** What a step may keep while it runs, and what a model may do while it is built. */
const PURE: Readonly<Record<string, Case>> = {
  "an accumulator": { step: "let n = 0; [1, 2].forEach((x) => { n += x; }); k.n = n;" },
  "lists, sets and maps of its own": {
    step: `const list = [1]; list.push(2); const set = new Set(list); set.add(3); const m = new Map(); m.set("n", set.size);
      const doubled = list.map((n) => 2 * n); doubled.sort(); doubled[0] = 7; const [, ...rest] = doubled; rest.push(1);
      const copy = structuredClone({ inner: [1] }); copy.inner.push(2); const words = "a b".split(" "); words.reverse();
      const pairs = Object.entries({ a: 1 }); pairs.pop(); k.n = m.get("n")!;`,
  },
  "the rest of an object, wherever it is taken apart": {
    more: "class C { static n = 0; static up() { return class { static { const { ...r } = { n: 1 }; r.n++; } }; } }",
    step: `let n = 0; for (const { v, ...rest } of [{ v: 1, q: 2 }, { v: 2, q: 3 }]) { rest.q++; n += v; }
      for (const [, ...r] of [[1, 2]]) r.push(n); for (const { length, ...r } in { ab: 1 }) r[0] = String(length);
      let o: { n?: number } = {}, all: number[]; for ({ ...o } of [{ n: 1 }]) o.n = 2; for ([...all] of [[1]]) all.push(2);
      switch (n) { case 3: const { ...r } = { z: 1 }; r.z = 2; n = r.z; }
      try { throw { n: 1 }; } catch ({ n: thrown, ...r }) { r["m"] = thrown; }
      const { n: same } = ({ ...o } = { n: 3 }); o.n = same; [, ...all] = [1, 2]; all.push(3);
      for (let { ...r } = { n: 0 }; r.n < 2; r.n++); if (n) { const { ...r } = { n }, m = (r.n = 2); n = m; }
      C.up(); (({ ...r }) => (r["n"] = 1))({}); k.n = n;`,
  },
  "objects of its own": {
    more: `class Counter { n = 0; up() { this.n++; return this; } }
      class Twice extends Counter { step = 2; constructor() { super(); this.step = 3; } }
      const fill = (o: { n: number }) => { o.n = 2; return o; };
      function gather(...all: number[]) { all.push(1); return all.length; }
      function* upTo(n: number) { for (let i = 0; i < n; i++) yield i; }`,
    step: `const c = new Twice(); c.up(); c.step++; const o = fill({ n: 1 }); o.n++; delete (o as { n?: number }).n;
      let sum = gather(1, 2); for (const i of upTo(3)) sum += i; const it = [1, 2].values(); it.next(); const re = /a/g; re.test("a");
      let first: number | undefined; first ??= 1; const f = { ...o, list: [] as number[] }; f.list.push(sum); k.n = first;`,
  },
  "a recursion and loops of all kinds": {
    more: "const fact = (n: number): number => (n < 2 ? 1 : n * fact(n - 1));",
    step: "let i = 0; do i++; while (i < 3); while (i > 1) i--; for (const key in { a: 1 }) if (key) i++; for (; i < 3; i++); k.n = fact(i) % 4;",
  },
  "optional chains": {
    more: "const none = undefined as { list: number[] } | undefined; const some = (): { list?: number[] } => ({ list: [] });",
    step: "none?.list.push(1); none?.list.map((n) => n).sort(); some().list?.push(2); delete none?.list; k.n = none?.list.length ?? 1;",
  },
  "a table that was made beforehand": {
    more: "const table: number[] = []; for (let i = 0; i < 4; i++) table.push((i + 1) % 4); table[0] ??= 1; let made = 0; const count = () => ++made; count();",
    step: "k.n = table[k.n]! + 0 * made;",
  },
  "a date of a given time": { step: "k.n = new Date(86_400_000).getUTCDate();" },
  "generators of all kinds": {
    more: `function* upTo(n: number, ...more: number[]) { more.push(1); for (let i = 0; i < n; i++) yield i; }
      function* deep(n: number, up = () => { n += 1; }) { up(); yield* upTo(n, 1, 2); }
      function* first({ a = 1 }, ...[b, c = 2]: number[]) { yield a + b! + c; }
      function* count(...[a, ...others]: number[]) { yield a! + others.length; }
      const both = { *all() { yield 1; yield 2; } };`,
    step: `let sum = 0; for (const i of upTo(3)) { sum += i; if (i === 1) break; } sum += [...deep(2)].length;
      sum += [...first({}, 2, 3)][0]! + [...count(1, 2, 3)][0]!; const [x, ...y] = upTo(4); y.push(x!);
      const g = both.all(); g.next(); g.return(undefined); k.n = sum === 13 && y.length === 4 ? 1 : 0;`,
  },
  "classes of all kinds": {
    more: `class Tree { kids: Tree[] = []; constructor(n: number) { if (n > 0) this.kids.push(new Tree(n - 1)); } }
      class Bag extends Map<number, number> { put(n: number) { this.set(n, n); return this; } }
      class Pair extends Tree { x = 1; #y = 2; get y() { return this.#y; } set y(v) { this.#y = v; } }
      class Only extends Set<number> { #no() {} has(n: number) { return #no in this && super.has(n); } }
      const one: any = { n: 1 }; class Single { n = 0; constructor() { return one; } }
      function Old(this: any) { this.n = 1; }`,
    step: `const pair = new Pair(2); pair.y = 4; pair.x++; const bag = new Bag().put(1); bag.delete(1); const set = new Set([1]); set.add(2);
      const error = new (class extends Error { code = 3; })("x"); error.code++; const only = new Only(); only.add(1);
      const old = new (Old as any)(); old.n++; k.n = new Single().n + (only.has(1) ? 1 : 0) + bag.size;`,
  },
  "variables among the parameters": {
    more: `const late = (a: number, up = () => { a = a + 1; }) => { up(); return a; };
      const early = (a: number, b = ((() => { a = 5; })(), 1)) => a + b;
      function args(..._: number[]) { arguments[0] = 3; return [].slice.call(arguments).length; }`,
    step: "k.n = late(1) + early(1) + args(1, 2) === 10 ? 1 : 0;",
  },
  "buffers, proxies, expressions and methods of its own": {
    more: "const DASH = /-/g, table = Object.freeze({ a: [1, 2] });",
    step: `const t = new Uint8Array(4); t[0] = 1; t.fill(2); new DataView(t.buffer).setInt8(0, 1); const b = new ArrayBuffer(4); new Uint8Array(b)[0] = 3;
      const p: any = new Proxy({ a: 1 }, {}); p.a = 2; const o = Object.assign({}, table); Object.freeze(o); const d = new Date(0); d.setUTCDate(3);
      const words = "a-b-c".replace(DASH, "_") + ("a-b".match(DASH) ?? []).sort().length; const re = /b/y; re.lastIndex = 1; re.test("ab");
      const it = table.a.values(), { next } = it; next.call(it); const list: number[] = []; [1, 2].forEach(list.push, list); const all = Array(3).fill(0); all.pop();
      const c = structuredClone({ d: [1] }); c.d.push(2); Reflect.ownKeys(JSON.parse('{"a":[1]}')).sort(); console.log; k.n = words.length > 4 ? 1 : 0;`,
  },
  "labels, try and finally": {
    step: "outer: for (const a of [1, 2]) for (const b of [1, 2]) if (a + b > 2) continue outer; try { JSON.parse('{'); } catch { k.n = 1; } finally { k.lock = true; }",
  },
};

for (const [what, one] of Object.entries(PURE))
  test(`a step may use what is its own: ${what}`, async () => {
    await inFolder({ "m.ts": model(one) }, async (folder) => {
      const { code, err } = await faultline(folder, "check m.ts");
      assert.equal(code, 0, err);
      assert.match(err, /^(note: .*\n.*\n)*$/);
    });
  });

test("guards move no place: errors name the line and the column that the user wrote", async () => {
  const step = `for (const x of [1]) { const o = { x }; o.x++; } [1].forEach((x) => { k.n = x; }); /* here: */ k.m = 1;`;
  await inFolder({ "m.ts": model({ step }) }, async (folder) => {
    const { err } = await faultline(folder, "check m.ts");
    const column = `"a": (k) => { ${step}`.indexOf("m = 1") + 1;
    assert.match(err, new RegExp(`^error: there is no field 'm'.*\\n {7}\\S*m\\.ts:5:${column}, step 'a'`));
  });
});

const parts = (config: string, more = "", step = "") => `
  import { bool, int, once, scenario, world } from "faultline";
  const w = world({ n: int(0, 3), flag: bool });
  ${more}
  const p = w.path("p", {}, { "a": (k) => { ${step} }, "flag = true": (k) => { k.flag = true; } });
  const q = w.path("q", {}, { "b": (k) => {}, "only here": (k) => {} });
  export default scenario("mine", { about: "A test", world: w, params: { mode: int(0, 1) }, specs: [], ${config} });`;

/** What a scenario keeps or finds when it is asked for its parts, and what is said of it. */
const OF_SCENARIOS: Readonly<Record<string, readonly [string, RegExp]>> = {
  "a step that reads what threads() has assigned": [
    parts(
      `threads: ({ mode }) => { last = mode; return mode === 0 ? { p } : { p, q }; }, unreached: () => ["q: only here"],`,
      "let last = 0;",
      "if (last === 0) k.n = 1;",
    ),
    /^error: step 'a' of path 'p' is not pure\n/,
  ],
  "a step that reads what threads() has put into an object": [
    parts(
      "threads: ({ mode }) => { last.mode = mode; return { p }; },",
      "const last = { mode: 0 };",
      "k.n = last.mode;",
    ),
    /^error: step 'a' of path 'p' is not pure\n/,
  ],
  "steps that threads() makes otherwise each time": [
    parts(
      `threads: () => { const n = made++ % 3; return { p: w.path("made", {}, { "c": (k) => { k.n = n; } }) }; },`,
      "let made = 0;",
    ),
    /^error: threads\(\) of scenario 'mine' is not pure\n.*\n? *called again .* step 'c' of path 'made' that does something else\n/m,
  ],
  "idle by turns": [
    parts("threads: () => ({ p }), idle: () => (turn = !turn) ? true : [],", "let turn = false;"),
    /^error: idle\(\) of scenario 'mine' is not pure\n/,
  ],
  "idle by the clock": [
    parts("threads: () => ({ p }), idle: () => Date.now() % 2 === 0 ? true : [],"),
    /^error: idle\(\) of scenario 'mine' is not pure\n/,
  ],
  "unreached by turns": [
    parts("threads: () => ({ p }), unreached: () => (o.turn = !o.turn) ? ['p: a'] : [],", "const o = { turn: false };"),
    /^error: unreached\(\) of scenario 'mine' is not pure\n/,
  ],
};

for (const [what, [source, said]] of Object.entries(OF_SCENARIOS))
  test(`a scenario that keeps what is no field is refused: ${what}`, async () => {
    await inFolder({ "m.ts": source }, async (folder) => {
      for (const how of ["", "--set mode=1", "--engine reference", "--memory lkmm"]) {
        const { code, err } = await faultline(folder, `check m.ts --quiet ${how}`);
        assert.equal(code, 2, `${how}: ${err}`);
        assert.match(err, said, how);
      }
    });
  });

/** No state has n = 2, and no run takes "never". */
const unreachedModel = (atTwo: string, never: string): string => `
  import { done, int, scenario, world } from "faultline";
  const w = world({ n: int(0, 3) });
  let seen = 0;
  const p = w.path("p", {}, {
    "n = 1": (k) => { k.n = 1; },
    "n?": (k) => { if (k.n === 2) { ${atTwo} } return done; },
    "never": (k) => { ${never} },
  });
  export default scenario("mine", { about: "A test", world: w, params: {}, specs: [],
    threads: () => ({ p }), unreached: () => ["p: never"] });`;

test("what outlives a run is refused where no run gets, too", async () => {
  const sources = { "n\\?": unreachedModel("seen++;", ""), never: unreachedModel("", "seen++;") };
  for (const [label, source] of Object.entries(sources))
    await inFolder({ "m.ts": source }, async (folder) => {
      for (const how of ["", "--engine reference", "--memory tso", "--memory lkmm"]) {
        const { code, err } = await faultline(folder, `check m.ts --quiet ${how}`);
        assert.equal(code, 2, `${how}: ${err}`);
        assert.match(err, new RegExp(`step '${label}'`), how);
      }
    });
});

test("threads() may keep the paths that it has made, and count how often it was called", async () => {
  const source = parts(
    "threads: ({ mode }) => { calls++; if (!known.has(mode)) known.set(mode, make(mode)); return { made: known.get(mode)! }; },",
    `let calls = 0; const known = new Map<number, ReturnType<typeof make>>();
     const make = (mode: number) => w.path("made", {}, { "c": (k) => { k.n = mode; } });`,
  );
  await inFolder({ "m.ts": source }, async (folder) => {
    for (const how of ["", "--set mode=1", "--memory tso", "--memory lkmm"]) {
      const { code, err } = await faultline(folder, `check m.ts --quiet ${how}`);
      assert.equal(code, 0, `${how}: ${err}`);
    }
  });
});
