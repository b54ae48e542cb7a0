import assert from "node:assert/strict";
import { test } from "node:test";
import { int, once, world } from "../../src/index.ts";
import type { About } from "../../src/model/about.ts";
import { ModelError } from "../../src/model/error.ts";

const shared = world({ n: int(0, 1) });
const pathWith = (about: unknown) => () =>
  shared.path(
    "f",
    {},
    {
      "put_page(page)": once((k) => {
        k.n = 0;
      }),
    },
    about as About<"put_page(page)">,
  );

test("what is said about a path may name its labels alone, and must say something", () => {
  assert.throws(pathWith({ at: { "put_pages(page)": "put_page(page)" } }), {
    name: "ModelError",
    message: /'at' names 'put_pages\(page\)', which is no label of path 'f'; did you mean 'put_page\(page\)'\?/,
  });
  assert.throws(pathWith({ notInSource: { "get_page(page)": "the user" } }), /no label of path 'f'/);
  for (const wrong of ["", [], [""], 3]) assert.throws(pathWith({ at: { "put_page(page)": wrong } }), ModelError);
  for (const wrong of ["", " ", 3]) {
    assert.throws(pathWith({ omits: { rcu_read_lock: wrong } }), ModelError);
    assert.throws(pathWith({ notInSource: { "put_page(page)": wrong } }), ModelError);
  }
  assert.throws(pathWith({ omit: {} }), /has no 'omit'; did you mean 'omits'\?/);
  assert.throws(pathWith({ functions: "f" }), /'functions' of what is said about a path is not a list of texts/);
});

test("why a step leads elsewhere is said by the labels that it leads to", () => {
  const leads = (value: unknown) => pathWith({ leads: value });
  const reasons = { "put_page(page)": { end: "it has nothing to do" } };
  assert.deepEqual(leads(reasons)().about.leads, reasons);
  assert.throws(leads({ "put_page(page)": "why" }), /'put_page\(page\)' of 'leads' is 'why'/);
  assert.throws(
    leads({ "put_page(page)": { "put_pages(page)": "why" } }),
    /which is no label of path 'f'; did you mean/,
  );
  assert.throws(leads({ "put_page(page)": { end: "" } }), ModelError);
  assert.throws(leads({ end: { end: "why" } }), /'leads' names 'end', which is no label/);
});

test("where steps are in the source is said by label, as a text, or for the whole path", () => {
  const said = {
    at: { "put_page(page)": ["put_page(page) #2", "put_page(page) #1"] },
    omits: { rcu_read_lock: "safe" },
  };
  assert.deepEqual(pathWith(said)().about.at, said.at);
  assert.equal(pathWith({ notInSource: "what a process does" })().about.notInSource, "what a process does");
});
