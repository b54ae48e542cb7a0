import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium as driver, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

const path: string | undefined = PLACES.find((one) => existsSync(one));

/** What keeps it quiet, off the network, and out of a shared memory that may be small. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** How long a page may take to have its title, in milliseconds: a machine that runs many tests at once is slow. */
const PATIENCE = 20_000;

/** Opens a page from a file, as a user does; fails on any error in it and on anything it fetches. */
export async function opened(html: string, body: (page: Page) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "faultline-page-"));
  const browser = await driver.launch({ executablePath: path!, args: FLAGS });
  try {
    const file = join(folder, "page.html");
    await writeFile(file, html);
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const wrong: string[] = [];
    page.on("pageerror", (error) => wrong.push(error.message));
    page.on("console", (message) => wrong.push(message.text()));
    page.on("request", (request) => request.url().startsWith("file:") || wrong.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    try {
      await page.waitForFunction(() => document.title !== "", undefined, { timeout: PATIENCE });
    } catch (error) {
      const shown = (await page.content()).slice(0, 300);
      throw new Error(`${browser.version()} shows ${page.url()} as ${shown} (${wrong.join("; ")})`, { cause: error });
    }
    await body(page);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function whyNot(): Promise<string | false> {
  if (path === undefined) return "no Chromium is installed";
  try {
    await opened("<!doctype html><title>one line</title><p>and no more", () => Promise.resolve());
    return false;
  } catch (error) {
    return `Chromium shows no page of one line here: ${(error as Error).message.split("\n")[0]!}`;
  }
}

let answer: Promise<string | false> | undefined;

/** Why tests that drive a browser are skipped; false where one is installed and shows the simplest page. */
export const noChromium = (): Promise<string | false> => (answer ??= whyNot());
