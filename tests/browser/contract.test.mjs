// Tests the contract page in a browser: it works as a single file without a network, and its search finds entries.

import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { chromium } from "playwright-core";

const MINUTE = 60_000;
let browser;
let page;
const asked = [];
const problems = [];

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu"] });
  page = await browser.newPage();
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => problems.push(String(error)));
  await page.goto(new URL("../types/contract.html", import.meta.url).href);
});
after(() => browser?.close());

const shown = () => page.locator("article:visible h3, article:visible h4").allTextContents();

it("asks for nothing but itself", { timeout: MINUTE }, async () => {
  assert.equal(await page.title(), "A workshop 1.2.0");
  assert.equal(asked.length, 1, asked.join(" "));
});

it("finds events and types by all the words", { timeout: MINUTE }, async () => {
  const all = await shown();
  await page.getByRole("searchbox").fill("takes BACK");
  assert.deepEqual(await shown(), ["cancel"]);
  // Sections without matches are hidden: the other namespaces, and the heading of the server's events.
  assert.deepEqual(await page.locator("section:visible > h2").allTextContents(), ["/workshop"]);
  assert.deepEqual(await page.locator("section:visible > h3:visible").allTextContents(), ["Clients send"]);
  assert.deepEqual(await page.locator("nav li:visible").allTextContents(), ["cancel"]);
  await page.getByRole("searchbox").fill("nowhere to be found");
  await page.getByText("Nothing has these words.").waitFor();
  await page.getByRole("searchbox").fill("");
  assert.deepEqual(await shown(), all);
});

it("leads from an event to its types", { timeout: MINUTE }, async () => {
  await page.locator("article", { has: page.getByRole("heading", { name: "cancel" }) }).getByRole("link", { name: "Refusal" }).click();
  assert.equal(await page.locator("article:target h3").textContent(), "Refusal");
  assert.deepEqual(problems, []);
});
