// Connection state recovery: the network fails, and the client gets its previous socket back.
import assert from "node:assert/strict";
import { Manager } from "socket.io-client";
import { parserOption } from "./parser.mjs";
import { proxyTo } from "./proxy.mjs";
import { connected, once, suite, until, upgraded } from "./suite.mjs";

// Short enough to detect a connection that broke between two polls, and long enough for a busy machine.
const settings = { RECOVERY: "60000", PING_INTERVAL: "1000", PING_TIMEOUT: "8000" };

/** Connects a client through a proxy that can break connections, and another client that observes disconnections. */
async function scene(t, { way, transports, connect, server }) {
  const proxy = await proxyTo(server().port);
  const manager = new Manager(proxy.url, { transports, ...parserOption, reconnectionDelay: 10, reconnectionDelayMax: 50 });
  t.after(() => {
    manager._close();
    proxy.stop();
  });
  const socket = await connected(manager.socket("/").connect());
  if (way === "upgrade") await upgraded(socket);
  const other = await connect();
  const lost = new Set();
  other.on("left", (id) => lost.add(id));
  await other.emitWithAck("observe");
  const news = [];
  socket.on("news", (what) => news.push(what));
  return {
    socket,
    other,
    news,
    say: (what, ...to) => other.emitWithAck("say", { to, except: [], me: false, what }),
    /** Breaks the connection, and waits until both sides have detected it. */
    async cut() {
      const { id } = socket;
      lost.delete(id);
      const ended = socket.connected && once(socket, "disconnect");
      proxy.down();
      await ended;
      await until("the server knows", () => lost.has(id));
    },
    async comeBack() {
      const back = once(socket, "connect");
      proxy.up();
      await back;
    },
  };
}

suite("a connection that is cut", ({ test, ...way }) => {
  test("comes back with its id, its rooms and what it has missed", async (t) => {
    const { socket, news, say, cut, comeBack } = await scene(t, way);
    assert.equal(socket.recovered, false);
    await socket.emitWithAck("join", ["den"]);
    await say("before");
    await until("it is heard", () => news.length === 1);
    const { id } = socket;
    await cut();
    await say("to all");
    await say("to the den", "den");
    await say("to somewhere else", "elsewhere");
    await say("to the id", id);
    await say({ binary: [Buffer.from("bytes")] }, "den", "elsewhere");
    await comeBack();
    assert.equal(socket.recovered, true);
    assert.equal(socket.id, id);
    await say("after");
    const missed = ["to all", "to the den", "to the id", { binary: [Buffer.from("bytes")] }];
    await until("all is heard", () => news.length === 6);
    assert.deepEqual(news, ["before", ...missed, "after"]);
    assert.deepEqual(await socket.emitWithAck("rooms"), ["den", id].sort());
    assert.equal(await socket.emitWithAck("getId"), id);
  });

  test("comes back again and again, and hears everything once", async (t) => {
    const { socket, news, say, cut, comeBack } = await scene(t, way);
    await say(0);
    await until("the first is heard", () => news.length === 1);
    const { id } = socket;
    let next = 1;
    for (let round = 0; round < 4; round++) {
      const saying = [];
      for (let n = 0; n < 30; n++) saying.push(say(next++));
      // Break the connection while the messages are being sent.
      await saying[5 * round];
      await cut();
      await Promise.all(saying);
      await comeBack();
      assert.deepEqual([socket.recovered, socket.id], [true, id]);
    }
    await until("all is heard", () => news.length >= next);
    assert.deepEqual(news, [...Array(next).keys()]);
  });

  test("comes back for all that the server emits to it", async (t) => {
    const { socket, cut, comeBack } = await scene(t, way);
    const heard = [];
    socket.on("tock", (n) => heard.push(n)).on("flash", () => {});
    socket.emit("burst", 3);
    await until("all is heard", () => heard.length === 3);
    const key = `recovery ${way.way}`;
    await cut();
    // The client sends these after reconnecting. The replies follow the missed events.
    socket.emit("burst", 3);
    socket.emit("note", key, "kept by the client");
    await comeBack();
    assert.equal(socket.recovered, true);
    await until("all is heard", () => heard.length === 6);
    assert.deepEqual(heard, [0, 1, 2, 0, 1, 2]);
    assert.deepEqual(await socket.emitWithAck("notes", key), ["kept by the client"]);
  });
}, { settings });

suite("who leaves", ({ test, ...way }) => {
  test("by itself is somebody new when it comes back", async (t) => {
    const { socket, news, say } = await scene(t, way);
    await say("before");
    await until("it is heard", () => news.length === 1);
    const { id } = socket;
    socket.disconnect();
    await connected(socket.connect());
    assert.equal(socket.recovered, false);
    assert.notEqual(socket.id, id);
  });

  test("since the server wants it is somebody new when it comes back", async (t) => {
    const { socket } = await scene(t, way);
    const { id } = socket;
    socket.emit("kick", 1);
    await once(socket, "disconnect");
    await connected(socket.connect());
    assert.equal(socket.recovered, false);
    assert.notEqual(socket.id, id);
  });
}, { settings });

suite("a connection that is cut before anything was heard", ({ test, ...way }) => {
  test("comes back all the same", async (t) => {
    const { socket, news, say, cut, comeBack } = await scene(t, way);
    const { id } = socket;
    await cut();
    await say("missed");
    await comeBack();
    assert.deepEqual([socket.recovered, socket.id], [true, id]);
    await until("it is heard", () => news.length === 1);
    assert.deepEqual(news, ["missed"]);
  });
}, { settings, switchboardOnly: true });
