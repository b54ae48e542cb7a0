import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { Page } from "playwright-core";
import { viewerScript } from "../../../src/cli/output/viewer.ts";
import { bool, ghost, int, lock, once, scenario, spinlock, unlock, world } from "../../../src/index.ts";
import { pageData } from "../../../src/report/html/data.ts";
import { counterexampleHtml } from "../../../src/report/html/page.ts";
import { traceOf } from "../../../src/report/phrases.ts";
import { noChromium, opened } from "../../chromium.ts";
import { faultVsPunch } from "../fault-vs-punch.ts";
import { sampleOf, SAMPLES, type Sample } from "../sample.ts";
import { abba } from "../small-models.ts";

const htmlOf = async ({ result, spec }: Sample): Promise<string> =>
  counterexampleHtml(result, spec, await viewerScript());

async function skipped(t: TestContext): Promise<boolean> {
  const reason = await noChromium();
  if (reason !== false) t.skip(reason);
  return reason !== false;
}

const stateIn = (page: Page): Promise<Record<string, string>> =>
  page
    .locator(".state tr")
    .evaluateAll((rows) =>
      Object.fromEntries(
        rows.map((row) => [
          row.querySelector("button")!.getAttribute("data-field")!,
          [...row.querySelectorAll("td")].map((cell) => cell.lastChild!.textContent!).join(""),
        ]),
      ),
    );

for (const [name, make] of SAMPLES)
  test(`page of ${name}: one small file that says all there is, the same on every run`, async () => {
    const sample = make();
    const html = await htmlOf(sample);
    assert.ok(html.length < 500_000, String(html.length));
    assert.equal(html, await htmlOf(sample));
    assert.doesNotMatch(html, /https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    assert.match(html, /^[\n\x20-\x7e]*$/);
    const { views, fields } = pageData(sample.result, sample.spec);
    const trace = traceOf(sample.spec);
    const full = views.find((view) => view.name === "full")!;
    assert.deepEqual(
      full.steps.map(({ label }) => label),
      trace.steps.map(({ label }) => label),
    );
    for (const { field } of trace.initial) assert.ok(fields.some((one) => one.name === field));
  });

test("a page folds what has no part in the violation, and shows the near miss", () => {
  const { result, spec } = sampleOf(faultVsPunch, "no-stale-pte");
  const { slice, steps, why } = traceOf(spec);
  const { views } = pageData(result, spec);
  assert.deepEqual(
    views.map(({ name }) => name),
    ["minimal", "full", "near miss"],
  );
  for (const [i, { isFolded }] of views[0]!.steps.entries())
    assert.equal(isFolded, !slice.includes(i) && i < steps.length - 1);
  assert.equal(views[2]!.steps.length, why!.nearMiss!.steps.length);
});

test("nothing in a model can be read as HTML", async (t) => {
  if (await skipped(t)) return;
  const evil = '</script><script>document.title="bad"</script><img src=x onerror=alert(1)>&lt;<!--';
  const w = world({ n: int(0, 1) });
  const path = w.path(evil, {}, { [evil]: (k) => void (k.n = 1) });
  const model = scenario("evil", {
    about: evil,
    world: w,
    params: {},
    threads: () => ({ a: path }),
    specs: [w.always("zero", evil, ({ n }) => n === 0 || evil, evil)],
  });
  await opened(await htmlOf(sampleOf(model, "zero")), async (page) => {
    assert.equal(await page.title(), "zero violated: evil");
    assert.equal(await page.locator("img").count(), 0);
    assert.equal(await page.locator(".timeline .box").textContent(), evil);
    assert.ok((await page.locator("header").textContent())!.includes(evil));
  });
});

test("the page steps by keys, slider and buttons, and shows the state of each step", async (t) => {
  if (await skipped(t)) return;
  const sample = sampleOf(faultVsPunch, "no-stale-pte");
  const trace = traceOf(sample.spec);
  await opened(await htmlOf(sample), async (page) => {
    const counter = page.locator("#counter");
    const length = trace.steps.length;
    await page.getByLabel("full").check();
    assert.equal(await counter.textContent(), `step ${length} of ${length}`);

    await page.locator("h1").click();
    await page.keyboard.press("Home");
    assert.match((await counter.textContent())!, /^initial state/);
    const values = Object.fromEntries(
      trace.initial.map(({ field, value }) => [field, value === null ? "NULL" : String(value)]),
    );
    for (const [i, { changes }] of trace.steps.entries()) {
      await page.keyboard.press("ArrowRight");
      assert.equal(await counter.textContent(), `step ${i + 1} of ${length}`);
      for (const { field, scope, to } of changes)
        if (scope !== "local") values[field] = to === null ? "NULL" : String(to);
      const shown = await stateIn(page);
      for (const [field, value] of Object.entries(values)) assert.equal(shown[field], value, `${field} after ${i + 1}`);
      const changed = await page
        .locator(".state .changed button")
        .evaluateAll((all) => all.map((one) => one.getAttribute("data-field")));
      assert.deepEqual(new Set(changed), new Set(changes.map(({ field }) => field)));
    }

    await page.getByLabel("one step back").click();
    assert.equal(await counter.textContent(), `step ${length - 1} of ${length}`);
    await page.locator("#slider").fill("2");
    assert.equal(await counter.textContent(), `step 2 of ${length}`);
    await page.locator(".timeline .box").nth(4).click();
    assert.equal(await counter.textContent(), `step 5 of ${length}`);
  });
});

test("a field tells who reads and who writes it, to a pointer and to the keyboard", async (t) => {
  if (await skipped(t)) return;
  const sample = sampleOf(faultVsPunch, "no-stale-pte");
  const trace = traceOf(sample.spec);
  const field = "pages[0].mapping";
  const uses = trace.steps.flatMap((step, i) =>
    [...step.reads, ...step.changes].filter((one) => one.field === field).map(() => String(i + 1)),
  );
  assert.ok(uses.length > 1);
  await opened(await htmlOf(sample), async (page) => {
    const button = page.locator(`.state [data-field="${field}"]`);
    for (const rest of [() => button.hover(), () => button.focus()]) {
      await page.locator("h1").hover();
      await rest();
      assert.deepEqual(await page.locator("#uses li button").allTextContents(), uses);
    }
    await page.locator("#uses li button").first().click();
    assert.match((await page.locator("#counter").textContent())!, new RegExp(`^step ${uses[0]} of`));
  });
});

test("the steps of a page tell of what is for specs only what the spec read, and not who holds which lock", async (t) => {
  if (await skipped(t)) return;
  const w = world({ ptl: spinlock, rss: bool, seen: ghost(bool), judged: ghost(bool) });
  const fault = w.path("fault", {
    "spin_lock(ptl)": lock((k) => k.ptl),
    "rss++": once((k) => {
      k.rss = k.seen = k.judged = true;
    }),
    "spin_unlock(ptl)": unlock((k) => k.ptl),
  });
  const model = w.scenario("counted", "A fault counts a page", {
    threads: () => ({ fault }),
    specs: [w.atEnd("not-counted", "nothing is counted", (k) => !k.judged)],
  });
  await opened(await htmlOf(sampleOf(model, "not-counted")), async (page) => {
    const facts = await page
      .locator(".timeline .facts [data-field]")
      .evaluateAll((all) => all.map((one) => one.getAttribute("data-field")!));
    assert.deepEqual([...new Set(facts)].toSorted(), ["judged", "ptl", "rss"]);
  });
});

test("the page of a stuck run shows who waits", async (t) => {
  if (await skipped(t)) return;
  await opened(await htmlOf(sampleOf(abba, "not-stuck")), async (page) => {
    assert.equal(await page.locator("tr.waiting").count(), 2);
    assert.equal(await page.locator(".arrows path:not(.head)").count(), 2);
  });
});

test("the page can be used by keyboard alone, and every control has a name", async (t) => {
  if (await skipped(t)) return;
  await opened(await htmlOf(sampleOf(faultVsPunch, "no-stale-pte")), async (page) => {
    const nameless = await page
      .locator("button, input")
      .evaluateAll((all) =>
        all
          .filter((one) => !one.textContent!.trim() && !one.getAttribute("aria-label") && !one.closest("label"))
          .map((one) => one.outerHTML),
      );
    assert.deepEqual(nameless, []);
    const reached = new Set<string>();
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press("Tab");
      reached.add(
        await page.evaluate(
          () => document.activeElement!.id || document.activeElement!.className || document.activeElement!.tagName,
        ),
      );
    }
    for (const id of ["back", "slider", "next", "theme"]) assert.ok(reached.has(id), id);
  });
});

test("the page is light or dark as the system says, or as the button does", async (t) => {
  if (await skipped(t)) return;
  await opened(await htmlOf(sampleOf(faultVsPunch, "no-stale-pte")), async (page) => {
    const background = (): Promise<string> => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: "light" });
    const light = await background();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await background();
    assert.notEqual(light, dark);
    await page.locator("#theme").click();
    assert.equal(await background(), light);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    assert.equal(await background(), "rgb(255, 255, 255)");
    assert.ok((await page.pdf()).length > 10_000);
  });
});
