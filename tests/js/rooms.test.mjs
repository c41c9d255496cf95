// Broadcasts: each recipient receives them once, and other sockets do not.
import assert from "node:assert/strict";
import { connected, suite, upgraded } from "./suite.mjs";

suite("rooms and broadcasts", ({ test, way, connect }) => {
  /** Connects sockets in these rooms, and records the news of each. */
  const people = async (rooms) => {
    const all = {};
    for (const [name, list] of Object.entries(rooms)) {
      const socket = await connect();
      const heard = [];
      socket.on("news", (what) => heard.push(what));
      if (list.length > 0) await socket.emitWithAck("join", list);
      all[name] = { socket, heard };
    }
    return all;
  };

  const say = ({ socket }, what, { to = [], except = [], me = false } = {}) =>
    socket.emitWithAck("say", { to, except, me, what });

  /** Returns the news of each socket. Waits for an answer on each socket, which follows the broadcast. */
  const heard = async (all) => {
    await Promise.all(Object.values(all).map(({ socket }) => socket.emitWithAck("echo", 0)));
    return Object.fromEntries(Object.entries(all).map(([name, { heard }]) => [name, heard.splice(0)]));
  };

  test("to all", async () => {
    const all = await people({ a: [], b: [], c: ["red"] });
    await say(all.a, "hello", { me: true });
    assert.deepEqual(await heard(all), { a: ["hello"], b: ["hello"], c: ["hello"] });
  });

  test("to all but the sender", async () => {
    const all = await people({ a: [], b: [], c: ["red"] });
    await say(all.a, "hello");
    assert.deepEqual(await heard(all), { a: [], b: ["hello"], c: ["hello"] });
  });

  test("to a room", async () => {
    const all = await people({ a: ["red"], b: ["red"], c: [] });
    await say(all.a, "from inside", { to: ["red"], me: true });
    assert.deepEqual(await heard(all), { a: ["from inside"], b: ["from inside"], c: [] });
    await say(all.c, "from outside", { to: ["red"], me: true });
    assert.deepEqual(await heard(all), { a: ["from outside"], b: ["from outside"], c: [] });
  });

  test("to a room but the sender", async () => {
    const all = await people({ a: ["red"], b: ["red"], c: [] });
    await say(all.a, "red", { to: ["red"] });
    assert.deepEqual(await heard(all), { a: [], b: ["red"], c: [] });
  });

  test("to several rooms, once to each socket", async () => {
    const all = await people({ a: [], b: ["red", "blue"], c: ["blue"], d: ["green"] });
    await say(all.a, "two rooms", { to: ["red", "blue"] });
    assert.deepEqual(await heard(all), { a: [], b: ["two rooms"], c: ["two rooms"], d: [] });
  });

  test("except rooms", async () => {
    const all = await people({ a: [], b: ["red"], c: ["red", "blue"], d: ["blue"], e: [] });
    await say(all.a, "not blue", { except: ["blue"], me: true });
    assert.deepEqual(await heard(all), { a: ["not blue"], b: ["not blue"], c: [], d: [], e: ["not blue"] });
    await say(all.a, "red, not blue", { to: ["red"], except: ["blue"] });
    assert.deepEqual(await heard(all), { a: [], b: ["red, not blue"], c: [], d: [], e: [] });
    await say(all.a, "neither", { except: ["blue", "red"], me: true });
    assert.deepEqual(await heard(all), { a: ["neither"], b: [], c: [], d: [], e: ["neither"] });
  });

  test("except one socket", async () => {
    const all = await people({ a: [], b: [], c: [] });
    await say(all.a, "not b", { except: [all.b.socket.id], me: true });
    assert.deepEqual(await heard(all), { a: ["not b"], b: [], c: ["not b"] });
  });

  test("a private message, by the id of a socket", async () => {
    const all = await people({ a: [], b: [], c: [] });
    await say(all.a, "psst", { to: [all.b.socket.id] });
    assert.deepEqual(await heard(all), { a: [], b: ["psst"], c: [] });
  });

  test("a private message to a room and a member of it arrives once", async () => {
    const all = await people({ a: [], b: ["red"], c: ["red"] });
    await say(all.a, "once", { to: ["red", all.b.socket.id] });
    assert.deepEqual(await heard(all), { a: [], b: ["once"], c: ["once"] });
  });

  test("to a room that nobody is in", async () => {
    const all = await people({ a: [], b: [] });
    await say(all.a, "hello?", { to: ["empty"], me: true });
    assert.deepEqual(await heard(all), { a: [], b: [] });
  });

  test("rooms are names, whatever the name", async () => {
    const names = ["", " ", "__proto__", "constructor", "a,b", "né ✓", "123"];
    const all = await people({ a: [], b: names });
    for (const name of names) await say(all.a, name, { to: [name] });
    assert.deepEqual(await heard(all), { a: [], b: names });
  });

  test("each socket is in its own room from the start", async () => {
    const { a } = await people({ a: ["red", "blue"] });
    assert.deepEqual(await a.socket.emitWithAck("rooms"), [a.socket.id, "blue", "red"].sort());
  });

  test("leaving a room", async () => {
    const all = await people({ a: [], b: ["red", "blue"] });
    await all.b.socket.emitWithAck("leave", "red");
    await all.b.socket.emitWithAck("leave", "never joined");
    await say(all.a, "red", { to: ["red"] });
    await say(all.a, "blue", { to: ["blue"] });
    assert.deepEqual(await heard(all), { a: [], b: ["blue"] });
    assert.deepEqual(await all.b.socket.emitWithAck("rooms"), [all.b.socket.id, "blue"].sort());
  });

  test("joining twice is joining once", async () => {
    const all = await people({ a: [], b: ["red", "red"] });
    await all.b.socket.emitWithAck("join", ["red"]);
    await say(all.a, "red", { to: ["red"] });
    assert.deepEqual(await heard(all), { a: [], b: ["red"] });
  });

  test("a connection that ends leaves its rooms", async () => {
    const all = await people({ a: [], b: ["red"] });
    const { socket } = all.b;
    const before = socket.id;
    socket.disconnect();
    await connected(socket.connect());
    assert.notEqual(socket.id, before);
    assert.deepEqual(await socket.emitWithAck("rooms"), [socket.id]);
    await say(all.a, "red", { to: ["red"] });
    await say(all.a, "old id", { to: [before] });
    assert.deepEqual(await heard(all), { a: [], b: [] });
  });

  test("binary to a room", async () => {
    const all = await people({ a: [], b: ["red"], c: ["red"], d: [] });
    const what = { picture: Buffer.from([1, 2, 3]), list: ["text", Buffer.from("more")] };
    await say(all.a, what, { to: ["red"] });
    assert.deepEqual(await heard(all), { a: [], b: [what], c: [what], d: [] });
  });

  test("other namespaces hear nothing", async () => {
    const { a } = await people({ a: [] });
    const foo = await connected(a.socket.io.socket("/foo"));
    foo.onAny((event) => assert.fail(`/foo heard ${event}`));
    await say(a, "hello", { me: true });
    await foo.emitWithAck("echo", 0);
    assert.deepEqual(a.heard, ["hello"]);
  });

  test("broadcasts of one sender keep their order, at every receiver", async () => {
    const all = await people({ a: [], b: ["red"], c: ["red"] });
    const numbers = Array.from({ length: 200 }, (_, n) => n);
    await Promise.all(numbers.map((n) => say(all.a, n, { to: ["red"] })));
    assert.deepEqual(await heard(all), { a: [], b: numbers, c: numbers });
  });

  test("a receiver that changes its transport misses nothing", { skip: way !== "upgrade" }, async () => {
    const { a } = await people({ a: [] });
    await upgraded(a.socket);
    const late = await people({ b: [] });
    const sent = [];
    do {
      await say(a, sent.length, { me: false });
      sent.push(sent.length);
    } while (late.b.socket.io.engine.transport.name === "polling" || sent.length < 50);
    assert.deepEqual(await heard(late), { b: sent });
  });
});
