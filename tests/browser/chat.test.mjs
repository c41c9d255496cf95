// Tests the chat example in a browser: its main features, and its behaviour when the connection breaks.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { openLine } from "./line.mjs";
import { startChat } from "./program.mjs";
import { Visitor } from "./visitor.mjs";

const MINUTE = 60_000;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// Includes the first start, which builds the server and the page.
describe("the chat page", { timeout: 20 * MINUTE }, () => {
  let chat;
  let browser;
  let visitors = [];

  const enter = async (name, options) => {
    const visitor = await Visitor.arrive(browser, await openLine(chat.port), options);
    visitors.push(visitor);
    await visitor.enter(name);
    return visitor;
  };

  before(async () => {
    chat = await startChat();
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", headless: true, args: FLAGS });
  });
  after(async () => {
    await browser?.close();
    await chat?.stop();
  });
  afterEach(async () => {
    const leaving = visitors;
    visitors = [];
    for (const visitor of leaving) await visitor.leave();
  });

  it("lets two people see each other and talk", { timeout: MINUTE }, async () => {
    const [ann, ben] = [await enter("Ann One"), await enter("Ben One")];
    await ann.seesPerson("Ben One");
    await ben.seesPerson("Ann One");
    await ann.say("good morning");
    await ben.seesOnce("good morning");
    await ben.say("and to you");
    await ann.seesOnce("good morning", "and to you");
    await ben.seesOnce("and to you");
    assert.equal(await ann.entry("and to you").locator("strong").textContent(), "Ben One");
  });

  it("shows text as text", { timeout: MINUTE }, async () => {
    const [ann, ben] = [await enter("Ann <b>"), await enter("Ben Two")];
    await ann.say("<img src=x onerror=alert(1)>");
    await ben.seesOnce("<img src=x onerror=alert(1)>");
    await ben.seesPerson("Ann <b>");
  });

  it("shows that somebody is typing, until they have said it", { timeout: MINUTE }, async () => {
    const [ann, ben] = [await enter("Ann Three"), await enter("Ben Three")];
    await ben.seesPerson("Ann Three");
    // Concurrently, because the typing notice disappears after a few seconds.
    await Promise.all([ann.write("wait for it"), ben.page.locator("#typing", { hasText: "Ann Three is typing" }).waitFor()]);
    assert.equal(await ann.page.locator("#typing").textContent(), "");
    await ann.page.locator("#text").press("Enter");
    await ben.sees("wait for it");
    await ben.page.locator("#typing:empty").waitFor({ state: "attached" });
  });

  it("keeps channels apart, and marks what is unread", { timeout: MINUTE }, async () => {
    const [ann, ben] = [await enter("Ann Four"), await enter("Ben Four")];
    await ann.open("Music");
    await ben.open("Music");
    await ben.seesPerson("Ann Four");
    await ben.open("Lobby");
    await ann.say("a song for the unread");
    await ben.page.locator("#rooms").getByRole("button", { name: "Music 1 unread" }).waitFor();
    await ben.open("Help");
    await ben.say("this is not in Music");
    await ben.sees("this is not in Music");
    await ben.open("Music");
    await ben.seesOnce("a song for the unread");
    assert.ok(!(await ben.texts()).includes("this is not in Music"));
    await ben.page.locator("#rooms").getByRole("button", { name: "Music", exact: true }).waitFor();
    await ben.page.getByRole("button", { name: "Leave" }).click();
    await ann.page.locator("#elsewhere li", { hasText: "Ben Four" }).waitFor();
  });

  it("takes a private message to its addressee alone", { timeout: MINUTE }, async () => {
    const [ann, ben, eve] = [await enter("Ann Five"), await enter("Ben Five"), await enter("Eve Five")];
    await ann.openPerson("Ben Five");
    await ann.say("only for you");
    await ann.sees("only for you");
    await ben.page.locator("#rooms").getByRole("button", { name: "Ben Five", exact: true }).waitFor({ state: "detached" });
    await ben.page.locator("#rooms").getByRole("button", { name: "Ann Five 1 unread" }).waitFor();
    await ben.open("Ann Five");
    await ben.seesOnce("only for you");
    await ben.say("I tell nobody");
    await ann.seesOnce("only for you", "I tell nobody");
    // Events of a connection arrive in order, so when this message has arrived, a private one would have arrived too.
    await ann.open("Lobby");
    await ann.say("to everybody");
    await eve.sees("to everybody");
    assert.equal(await eve.page.locator("#privates li").count(), 0);
    assert.ok(!(await eve.texts()).includes("only for you"));
  });

  it("shows a channel's history to those who come later", { timeout: MINUTE }, async () => {
    const ann = await enter("Ann Six");
    await ann.open("Help");
    await ann.say("the first word");
    await ann.say("the second word");
    await ann.sees("the second word");
    const ben = await enter("Ben Six");
    await ben.open("Help");
    await ben.seesOnce("the first word", "the second word");
    const texts = await ben.texts();
    assert.ok(texts.indexOf("the first word") < texts.indexOf("the second word"));
  });

  it("says why a message or a name is refused", { timeout: MINUTE }, async () => {
    const ann = await enter("Ann Seven");
    await ann.say("x".repeat(1001));
    await ann.page.getByRole("alert").filter({ hasText: "at most 1000 characters" }).waitFor();
    await ann.page.locator(".entry.refused").getByRole("button", { name: "Edit" }).click();
    assert.equal((await ann.page.locator("#text").inputValue()).length, 1001);
    await ann.say("shorter, then");
    await ann.seesOnce("shorter, then");

    await ann.page.getByRole("button", { name: "Change your name" }).click();
    await ann.introduce("A".repeat(25));
    await ann.page.locator("#name-error", { hasText: "24 characters" }).waitFor();
    await ann.introduce("Ann Renamed");
    await ann.isOnline();
    await ann.seesPerson("Ann Renamed");
  });

  it("brings one who was cut off back to what was said meanwhile", { timeout: 2 * MINUTE }, async () => {
    const [ann, ben] = [await enter("Ann Eight"), await enter("Ben Eight")];
    await ben.seesPerson("Ann Eight");
    await ann.say("before the cut");
    await ben.sees("before the cut");

    ben.line.cut();
    await ben.context.setOffline(true);
    await ben.isCutOff();
    await ann.page.locator("#here li", { hasText: "Ben Eight" }).waitFor({ state: "detached" });
    await ann.say("said in the meantime");
    await ann.sees("said in the meantime");
    await ben.say("written without a line");
    await ben.entry("written without a line").getByText("Sending").waitFor();

    ben.line.mend();
    await ben.context.setOffline(false);
    await ben.isOnline();
    await ben.seesOnce("before the cut", "said in the meantime", "written without a line");
    await ann.seesOnce("before the cut", "said in the meantime", "written without a line");
    await ann.seesPerson("Ben Eight");
    await ben.seesPerson("Ann Eight");
    assert.equal(await ann.page.locator("#here li", { hasText: "Ben Eight" }).count(), 1);

    await ben.say("back again");
    await ann.seesOnce("back again");
    await ann.say("welcome back");
    await ben.seesOnce("before the cut", "said in the meantime", "written without a line", "back again", "welcome back");
  });

  it("says once what the server heard just before the line broke", { timeout: 2 * MINUTE }, async () => {
    const [ann, ben] = [await enter("Ann Nine"), await enter("Ben Nine")];
    await ann.seesPerson("Ben Nine");
    // Before the upgrade, a poll without an answer would delay the message.
    await ben.upgraded;
    ben.line.deafen();
    await ben.say("heard, and not answered");
    await ann.sees("heard, and not answered");
    await ben.entry("heard, and not answered").getByText("Sending").waitFor();
    ben.line.cut();
    await ben.isCutOff();
    ben.line.mend();
    await ben.isOnline();
    await ben.seesOnce("heard, and not answered");
    await ben.say("and this follows");
    await ann.seesOnce("heard, and not answered", "and this follows");
  });

  it("fits a phone", { timeout: MINUTE }, async () => {
    const ann = await enter("Ann Ten", { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    const fits = () => ann.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
    await ann.say(`a word without an end ${"o".repeat(300)}`);
    await ann.sees("a word without an end");
    assert.ok(await fits());
    assert.equal(await ann.page.evaluate(() => window.innerWidth), 360);
    await ann.page.getByRole("button", { name: "Who is here" }).click();
    await ann.seesPerson("Ann Ten");
    await ann.page.keyboard.press("Escape");
    await ann.page.getByRole("button", { name: "Conversations" }).click();
    await ann.open("Music");
    assert.ok(await fits());
    await ann.say("by thumb");
    await ann.sees("by thumb");
  });
});
