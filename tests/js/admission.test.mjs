// A server that rejects new clients, or drains its clients: the errors that clients receive, and their reconnection.
import assert from "node:assert/strict";
import { proxyTo } from "./proxy.mjs";
import { startServer } from "./server.mjs";
import { connected, once, suite, until, upgraded } from "./suite.mjs";

suite("a server that is full", ({ test, way, client, connect }) => {
  const refused = way === "websocket" ? /^websocket error$/ : /^xhr poll error$/;

  test("refuses, and takes those who try again when there is room", async () => {
    const first = await connect();
    const second = client();
    const [error] = await once(second, "connect_error");
    assert.match(error.message, refused);
    assert.equal(error.type, "TransportError");
    if (way !== "websocket") assert.equal(error.description, 503);
    assert.equal(second.active, true, "it goes on trying");
    await once(second.io, "reconnect_attempt");
    first.disconnect();
    await until("there is room", () => second.connected);
    assert.equal(await second.emitWithAck("echo", "now"), "now");
  });
}, { settings: { MAX_CONNECTIONS: "1" }, serverPerTest: true, switchboardOnly: true });

suite("a server that is drained", ({ test, way, connect, server }) => {
  const settled = async (options) => {
    const socket = await connect("/", options);
    return way === "upgrade" ? upgraded(socket) : socket;
  };

  /** Starts a handler in one namespace of a connection. It runs until the other namespace releases `key`. */
  const occupied = async (socket, key) => {
    const foo = await connected(socket.io.socket("/foo"));
    const work = foo.emitWithAck("wait", key);
    await socket.emitWithAck("echo", "what was sent before this has arrived");
    return { work };
  };

  test("answers first what it was asked, and then lets go", async () => {
    const [busy, idle] = [await settled(), await settled()];
    for (const { io } of [busy, idle]) io.reconnection(false);
    const key = `drained ${way}`;
    const { work } = await occupied(busy, key);
    const [gone, ended] = [once(idle, "disconnect"), once(busy, "disconnect")];
    server().terminate();
    assert.equal((await gone)[0], "transport close");
    busy.emit("release", key);
    assert.equal(await work, key);
    assert.equal((await ended)[0], "transport close");
  });

  test("refuses those who come back, until another takes its place", async (t) => {
    const proxy = await proxyTo(server().port);
    t.after(() => proxy.stop());
    const [socket, busy] = [await settled({ url: proxy.url }), await settled()];
    busy.io.reconnection(false);
    const key = `full ${way}`;
    const { work } = await occupied(busy, key);
    const [ended, refused] = [once(socket, "disconnect"), once(socket.io, "reconnect_error")];
    const over = server().terminate();
    assert.equal((await ended)[0], "transport close");
    await refused;
    socket.emit("note", "drain", "said meanwhile");
    busy.emit("release", key);
    await Promise.all([work, over]);
    const next = await startServer();
    t.after(() => next.stop());
    proxy.leadTo(next.port);
    await until("it is connected", () => socket.connected);
    assert.deepEqual(await socket.emitWithAck("notes", "drain"), ["said meanwhile"]);
  });
}, { settings: { DRAIN: "20000" }, serverPerTest: true, switchboardOnly: true });
