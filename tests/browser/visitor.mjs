// One person at the chat's page: what they do, and what they see. Everything waits for what it expects.

import assert from "node:assert/strict";

export class Visitor {
  /** What went wrong in the page unseen. */
  problems = [];

  /** A browser context of its own, reaching the server over `line`. */
  static async arrive(browser, line, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    return new Visitor(context, await context.newPage(), line);
  }

  constructor(context, page, line) {
    this.context = context;
    this.page = page;
    this.line = line;
    /** Settles when the connection has left HTTP polling behind: Engine.IO's upgrade packet, `5`, is on its way. */
    this.upgraded = new Promise((resolve) => {
      page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => payload === "5" && resolve()));
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      // What the browser says of a cut line, or of a poll that crosses with the closing of its session, is no
      // problem of the page.
      if (message.type() === "error" && !/^Failed to load resource|^WebSocket/.test(message.text())) this.problems.push(message.text());
    });
  }

  async enter(name) {
    await this.page.goto(this.line.url);
    await this.introduce(name);
    await this.isOnline();
  }

  async introduce(name) {
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    await this.page.getByRole("button", { name: "Enter the chat" }).click();
  }

  isOnline() {
    // Attached, not visible: on a phone it is in a drawer.
    return this.page.locator('#my-link[data-link="online"]').waitFor({ state: "attached" });
  }

  isCutOff() {
    return this.page.locator("#banner", { hasText: "Reconnecting" }).waitFor();
  }

  async open(title) {
    await this.page.locator("#rooms").getByRole("button", { name: title }).click();
    await this.page.locator("#title", { hasText: title }).waitFor();
  }

  async openPerson(name) {
    await this.page.locator("#people").getByRole("button", { name }).click();
    await this.page.locator("#title", { hasText: name }).waitFor();
  }

  write(text) {
    return this.page.locator("#text").pressSequentially(text);
  }

  async say(text) {
    await this.page.locator("#text").fill(text);
    await this.page.locator("#text").press("Enter");
  }

  entry(text) {
    return this.page.locator(".entry", { hasText: text });
  }

  /** Waits until a message stands in the open conversation and the server has it. */
  sees(text) {
    return this.page.locator(".entry.sent", { hasText: text }).first().waitFor();
  }

  seesPerson(name) {
    return this.page.locator("#here li", { hasText: name }).first().waitFor();
  }

  /** The texts of the open conversation, as they stand now. */
  texts() {
    return this.page.locator(".entry .text").allTextContents();
  }

  async seesOnce(...texts) {
    for (const text of texts) await this.sees(text);
    const all = await this.texts();
    for (const text of texts) assert.equal(all.filter((one) => one === text).length, 1, `${text} in ${JSON.stringify(all)}`);
  }

  async leave() {
    await this.context.close();
    this.line.close();
    assert.deepEqual(this.problems, []);
  }
}
