// A user of the chat's page: performs actions and checks the displayed content. All methods wait for their condition.

import assert from "node:assert/strict";

export class Visitor {
  /** Errors that the page did not display. */
  problems = [];

  /** Opens a separate browser context, which connects to the server through `line`. */
  static async arrive(browser, line, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    return new Visitor(context, await context.newPage(), line);
  }

  constructor(context, page, line) {
    this.context = context;
    this.page = page;
    this.line = line;
    /** Resolves when the connection has left long-polling, that is, when it has sent Engine.IO's upgrade packet `5`. */
    this.upgraded = new Promise((resolve) => {
      page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => payload === "5" && resolve()));
    });
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      // Browsers log errors for broken connections, and for polls that cross the closing of their session. These
      // are not errors of the page.
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
    // Attached instead of visible, because on a phone it is in a drawer.
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

  /** Waits until a message is shown in the open conversation and acknowledged by the server. */
  sees(text) {
    return this.page.locator(".entry.sent", { hasText: text }).first().waitFor();
  }

  seesPerson(name) {
    return this.page.locator("#here li", { hasText: name }).first().waitFor();
  }

  /** Returns the current texts of the open conversation. */
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
