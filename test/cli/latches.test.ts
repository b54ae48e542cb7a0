import assert from "node:assert/strict";
import { test } from "node:test";
import { faultline, inFolder, modelWith } from "./recorded.ts";

/**
 * Steps that set something for good, so that running them twice in a row shows nothing, or that look at what no guard in the
 * text can see. By what they do it with: what the module has, and what the step does.
 */
type Latches = Readonly<Record<string, readonly [more: string, step: string]>>;

const LIST = "const list: any[] = [], name: any = 'push';";

const METHODS: Latches = {
  "a method by its name in a variable": [LIST, "(list[name], list[name]).call(list, 1);"],
  "a method by its name in a variable, in brackets": [LIST, "(list[name])(1);"],
  "a method behind ?.": [LIST, "list?.[name](1);"],
  "a method that ?. calls": [LIST, "list.push?.(1);"],
  "a method read behind ?.": [LIST, "(list?.push).call(list, 1);"],
  "a method as a tag": [LIST, "(list as any).push`a`;"],
  "a method by Reflect.get": [LIST, "Reflect.get(list, 'push').call(list, 1);"],
  "a method by Reflect.apply": [LIST, "Reflect.apply(list[name], list, [1]);"],
  "a method by a pattern": [`${LIST} const { push } = list;`, "push.apply(list, [1]);"],
  "a method that is bound": [LIST, "const add = list.push.bind(list); add(1);"],
  "a method by its descriptor": [
    "const m = new Map();",
    "Object.getOwnPropertyDescriptor(Map.prototype, 'set')!.value.call(m, 1, 1);",
  ],
  "a method as a callback": ["const s = new Set();", "[1].forEach(s.add, s);"],
  "a method of arrays on what is none": ["const o = { length: 0 };", "Array.prototype.push.call(o, 1);"],
  "the step itself": [LIST, "[1].forEach((list as any).push, list);"],
};

const STATICS: Latches = {
  "Object.freeze": ["const o = {};", "Object.freeze(o);"],
  "Object.seal": ["const o = {};", "Object.seal(o);"],
  "Object.preventExtensions": ["const o = {};", "Object.preventExtensions(o);"],
  "Object.defineProperties": ["const o = {};", "Object.defineProperties(o, { a: { value: 1 } });"],
  "Object.assign that is bound": ["const o = {}; const set = Object.assign.bind(null, o, { a: 1 });", "set();"],
  "Object.freeze of the draft": ["", "Object.freeze(k);"],
  "Object.setPrototypeOf of the draft": ["", "Object.setPrototypeOf(k, null);"],
  "Reflect.set on another receiver": ["const o = {};", "Reflect.set({}, 'a', 1, o);"],
  "Reflect.preventExtensions": ["const o = {};", "Reflect.preventExtensions(o);"],
  "Reflect.set as a trap": [
    "const o = {}; const q: any = new Proxy(o, { has: Reflect.set as any });",
    "void ('a' in q);",
  ],
  __defineGetter__: ["const o: any = {};", "o.__defineGetter__('a', () => 1);"],
  "the setter of __proto__": [
    "const o = {}; const { set } = Object.getOwnPropertyDescriptor(Object.prototype, '__proto__')!;",
    "set!.call(o, { a: 1 });",
  ],
  "Error.captureStackTrace": ["const o = {};", "Error.captureStackTrace(o);"],
  "Array.from with a constructor": ["const o = {};", "Array.from.call(function () { return o; } as any, [1] as any);"],
  "Array.of with a constructor": ["const o = {};", "Array.of.call(function () { return o; } as any, 1);"],
  "Symbol.species": [
    "const o: any[] = []; class S extends Array { static get [Symbol.species](): any { return function () { return o; }; } }",
    "S.from([1]).map((x) => x);",
  ],
  "RegExp.compile": ["const re: any = /a/;", "re.compile('b');"],
  "the last match of RegExp": ["", "/(z)/.test('z'); if ((RegExp as any).$1 === 'z') k.n = 1;"],
  "a sticky regular expression": ["const re = /a/y;", "'aab'.replace(re, '');"],
};

const BUFFERS: Latches = {
  "Atomics.store": ["const a = new Int32Array(1);", "Atomics.store(a, 0, 1);"],
  "Atomics.or": ["const a = new Int32Array(new SharedArrayBuffer(4));", "Atomics.or(a, 0, 1);"],
  "a view that the step makes": ["const b = new ArrayBuffer(4);", "new Uint8Array(b)[0] = 1;"],
  "a DataView that the step makes": ["const b = new ArrayBuffer(4);", "new DataView(b).setInt8(0, 1);"],
  "a Buffer that the step makes": ["const b = new ArrayBuffer(4);", "Buffer.from(b)[0] = 1;"],
  "Buffer.write": ["const b = Buffer.alloc(4);", "b.write('a');"],
  "Buffer.writeUInt8": ["const b = Buffer.alloc(4);", "b.writeUInt8(1, 0);"],
  "Buffer.copy": ["const b = Buffer.alloc(1);", "Buffer.from([1]).copy(b);"],
  "ArrayBuffer.resize": ["const b: any = new (ArrayBuffer as any)(0, { maxByteLength: 8 });", "b.resize(8);"],
  "SharedArrayBuffer.grow": ["const b: any = new (SharedArrayBuffer as any)(0, { maxByteLength: 8 });", "b.grow(8);"],
  "structuredClone with transfer": ["const b = new ArrayBuffer(8);", "structuredClone(b, { transfer: [b] });"],
};

const OBJECTS: Latches = {
  "a constructor that returns another object": [
    "const shared = { n: 0 }; class S { n = 0; constructor() { return shared; } }",
    "new S().n = 1;",
  ],
  "a function that is constructed and returns another object": [
    "function S(this: any): any { if ((S as any).one) return (S as any).one; (S as any).one = this; } new (S as any)();",
    "new (S as any)().n = 1;",
  ],
  "a base class that returns another object": [
    "const shared: any = {}; class B { constructor() { return shared; } } class D extends B { n; constructor() { super(); this.n = 1; } }",
    "new D();",
  ],
  "fields of a derived class": [
    "const shared: any = {}; class B { constructor() { return shared; } } class D extends B { n = 1; }",
    "new D();",
  ],
  "private fields of a derived class": [
    "const shared: any = {}; class B { constructor() { return shared; } } class D extends B { #n = 1; static has = (o: any) => #n in o; }",
    "if (!D.has(shared)) new D();",
  ],
  "a proxy that the step makes": ["const o: any = {};", "new Proxy(o, {}).n = 1;"],
  "a proxy of a list": [LIST, "new Proxy(list, {}).push(1);"],
  "Object() of an object": ["", "(Object(globalThis) as any).latch = 1;"],
  "a method that is called like one that makes something": [
    "const f: any = () => 1, reg = { of: () => f };",
    "reg.of().n = 1;",
  ],
  "super.x = v": ["const o: any = { put() { (super.toString as any) = 1; } };", "o.put();"],
  "super.x++ of a class": [
    "class A { n = 0; } class B extends A { up() { (super.constructor as any)++; } } const b = new B();",
    "b.up();",
  ],
  "super.x ??= v": [
    "const o: any = { put() { (super.toString as any) ??= 1; (super['a' as never] as any) ??= 1; } };",
    "o.put();",
  ],
  "super.x = v of a static method": [
    "class A {} class B extends A { static put() { (super.length as any) = 1; } }",
    "B.put();",
  ],
  "arguments of another call": [
    "function make(_: boolean) { return { put: () => { arguments[0] = true; }, get: () => arguments[0] }; } const c = make(false);",
    "c.put();",
  ],
  "a variable among the parameters": [
    "const make = (s: boolean, put = () => { s = true; }, get = () => s) => ({ put, get }); const c = make(false);",
    "c.put();",
  ],
  "a variable in a pattern among the parameters": [
    "function make({ s = false } = {}, o = { put() { s = true; }, get: () => s }) { return o; } const c = make();",
    "c.put();",
  ],
};

const ITERATORS: Latches = {
  "a generator that has not begun, spread": ["function* g() { yield 1; } const it = g();", "void [...it];"],
  "a generator that has not begun, ended": ["function* g() { yield 1; } const it = g();", "it.return();"],
  "a generator that has begun, ended": [
    "function* g() { yield 1; yield 2; } const it = g(); it.next();",
    "it.return();",
  ],
  "a generator with parameters of all kinds": [
    "function* g(a: any, ...[b, ...c]: any) { yield [a, b, c]; } const it = g(1, 2);",
    "void [...it];",
  ],
  "an iterator in a Map": ["const it = [[1, 1]].values();", "new Map(it as any);"],
  "an iterator in a Set": ["const it = [1].values();", "new Set(it);"],
  "an iterator in Array.from": ["const it = new Map([[1, 1]]).keys();", "Array.from(it);"],
  "an iterator that is destructured": ["const it = [1].values();", "const [a] = it; void a;"],
  "next of an iterator, bound": ["const it = [1].values(), next = it.next.bind(it);", "next();"],
  "next of an iterator, called": ["const it = [1].values(), { next } = it;", "next.call(it);"],
};

const PLATFORM: Latches = {
  AbortController: ["const c = new AbortController();", "c.abort();"],
  URLSearchParams: ["const u = new URLSearchParams();", "u.append('a', '1');"],
  Headers: ["const h = new Headers();", "h.append('a', '1');"],
  FormData: ["const f = new FormData();", "f.append('a', '1');"],
  EventTarget: ["const t = new EventTarget();", "t.addEventListener('x', () => {});"],
  TextEncoder: ["const u = new Uint8Array(1), t = new TextEncoder();", "t.encodeInto('a', u);"],
  EventEmitter: ['import { EventEmitter } from "node:events"; const e = new EventEmitter();', "e.on('x', () => {});"],
  AsyncLocalStorage: [
    'import { AsyncLocalStorage } from "node:async_hooks"; const s = new AsyncLocalStorage();',
    "s.enterWith(1);",
  ],
  vm: ['import vm from "node:vm"; const c = vm.createContext({}), s = new vm.Script("a = 1");', "s.runInContext(c);"],
  "process.on": ["", "process.on('x', () => {});"],
  "process.umask": ["", "process.umask(0o77);"],
  "process.getBuiltinModule": ["const os: any = (process as any).getBuiltinModule('node:os');", "os.freemem();"],
  createRequire: [
    'import { createRequire } from "node:module"; const os = createRequire(import.meta.url)("node:os");',
    "os.freemem();",
  ],
  "a module by a name that is worked out": ['const os: any = await import("node:" + "os");', "os.freemem();"],
  "what settles a promise": ["let settle: any; new Promise((r) => { settle = r; });", "settle();"],
  FinalizationRegistry: ["const f = new FinalizationRegistry(() => {});", "f.register({}, 1);"],
  WeakRef: ["const r = new WeakRef({});", "if (r.deref()) k.n = 1;"],
  "code of text that is loaded": ["const f = new Function('globalThis.latch = 1');", "f();"],
  "code of text, by a constructor": ["", "(() => {}).constructor('globalThis.latch = 1')();"],
  "code of text, by another eval": ["", "(0, eval)('globalThis.latch = 1');"],
};

const CLOCKS: Latches = {
  PerformanceMark: ["", "k.n = new PerformanceMark('x').startTime % 2 > 1 ? 1 : 0;"],
  "performance.nodeTiming": ["", "k.n = performance.nodeTiming.duration > 5 ? 1 : 0;"],
  "the time of an event": ["", "k.n = new Event('x').timeStamp % 2 > 1 ? 1 : 0;"],
  "the time of a file": ["", "k.n = new File([], 'x').lastModified % 2;"],
  "the name of a blob": ["", "k.n = URL.createObjectURL(new Blob([])).charCodeAt(30) % 2;"],
  "memory that is used": ["", "k.n = process.memoryUsage.rss() % 8192 === 0 ? 1 : 0;"],
  "memory that was used before": ["", "k.n = Buffer.allocUnsafe(8)[0]! % 2;"],
  "a report": ["", "k.n = process.report.getReport() ? 1 : 0;"],
  "the stack of an error": ["", "k.n = new Error().stack!.includes('tree') ? 1 : 0;"],
};

for (const [kind, latches] of Object.entries({ METHODS, STATICS, BUFFERS, OBJECTS, ITERATORS, PLATFORM, CLOCKS }))
  test(`a step is refused that keeps or finds what is no field, and no text shows it: ${kind.toLowerCase()}`, async () => {
    for (const [what, [more, step]] of Object.entries(latches)) {
      const steps = `"a": (k) => { if (k.lock) { ${step} } },\n"b": (k) => { k.lock = true; },`;
      await inFolder({ "m.ts": `// @ts-nocheck\n${modelWith({ steps, more })}` }, async (folder) => {
        const { code, err } = await faultline(folder, "check m.ts --quiet");
        assert.equal(code, 2, `${what}: ${err}`);
        assert.match(err, /^error: (step 'a' of path 'p' is not pure|a model must not make code of text)\n/, what);
        assert.match(err, /m\.ts:\d+:\d+/, what);
      });
    }
  });
