// Reconnecting: after the client disconnected, after the server closed the connection, and after a server restart.
import assert from "node:assert/strict";
import { proxyTo } from "./proxy.mjs";
import { startServer } from "./server.mjs";
import { connected, once, suite, times, until, upgraded } from "./suite.mjs";

suite("reconnecting", ({ test, way, connect }) => {
  /** Makes the server close the connection, by sending an invalid packet. */
  const breakConnection = (socket) => socket.io.engine.write("no packet at all");

  test("after the client left, by hand", async () => {
    const socket = await connect();
    const before = socket.id;
    for (let round = 0; round < 3; round++) {
      socket.disconnect();
      assert.equal(socket.id, undefined);
      await connected(socket.connect());
      assert.equal(await socket.emitWithAck("getId"), socket.id);
    }
    assert.notEqual(socket.id, before);
  });

  test("after the server ended the socket, by hand", async () => {
    const socket = await connect();
    socket.emit("kick", 0);
    const [reason] = await once(socket, "disconnect");
    assert.equal(reason, "io server disconnect");
    await connected(socket.connect());
    assert.equal(await socket.emitWithAck("getId"), socket.id);
  });

  test("after the client dropped the connection, by itself", async () => {
    const socket = await connect();
    const before = socket.id;
    socket.io.engine.close();
    const [attempt] = await once(socket.io, "reconnect");
    assert.equal(attempt, 1);
    await until("it is connected", () => socket.connected);
    assert.notEqual(socket.id, before);
    assert.equal(await socket.emitWithAck("getId"), socket.id);
  });

  test("after the server broke the connection, by itself", async () => {
    const socket = await connect();
    if (way === "upgrade") await upgraded(socket);
    const [before, ended, back] = [socket.id, once(socket, "disconnect"), once(socket.io, "reconnect")];
    breakConnection(socket);
    assert.equal((await ended)[0], "transport close");
    await back;
    await until("it is connected", () => socket.connected);
    assert.notEqual(socket.id, before);
    assert.equal(await socket.emitWithAck("getId"), socket.id);
  });

  test("brings every namespace back", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    const before = [main.id, foo.id];
    main.io.engine.close();
    const isBack = (socket) => socket.connected && !before.includes(socket.id);
    await until("both are gone and back", () => isBack(main) && isBack(foo));
    const seen = await Promise.all([main.emitWithAck("getId"), foo.emitWithAck("getId")]);
    assert.deepEqual(seen, [main.id, foo.id]);
  });

  test("makes no event arrive twice", async () => {
    const socket = await connect();
    let heard = 0;
    socket.on("hi", () => heard++);
    for (let round = 1; round <= 3; round++) {
      socket.io.engine.close();
      await once(socket, "connect");
      socket.emit("hi");
      await socket.emitWithAck("echo", 0);
      assert.equal(heard, round);
    }
  });

  test("greets each connection anew", async () => {
    const socket = await connect("/welcome");
    socket.disconnect();
    const greetings = times(socket, "welcome", 3);
    await connected(socket.connect());
    assert.deepEqual((await greetings).map(([n]) => n), [0, 1, 2]);
  });

  test("asks for the auth again", async () => {
    let call = 0;
    const socket = await connect("/", { auth: (give) => give({ call: ++call }) });
    socket.io.engine.close();
    await once(socket, "connect");
    assert.deepEqual((await socket.emitWithAck("getHandshake")).auth, { call: 2 });
  });

  test("sends what was emitted meanwhile, in order", async () => {
    const socket = await connect();
    const key = `meanwhile ${way}`;
    const ended = once(socket, "disconnect");
    socket.io.engine.close();
    await ended;
    for (let n = 0; n < 10; n++) socket.emit("note", key, n);
    await once(socket, "connect");
    assert.deepEqual(await socket.emitWithAck("notes", key), [...Array(10).keys()]);
  });
});

suite("the server goes away", ({ test, way, connect, server }) => {
  const settled = async (options) => {
    const socket = await connect("/", options);
    return way === "upgrade" ? upgraded(socket) : socket;
  };

  test("politely: clients are told so that they come back", async () => {
    const socket = await settled({ reconnection: false });
    const ended = once(socket, "disconnect");
    await server().terminate();
    // Between two polls, the server cannot notify the client, and the next poll finds the port closed.
    assert.match((await ended)[0], way === "polling" ? /^transport (close|error)$/ : /^transport close$/);
  });

  test("suddenly", async () => {
    const socket = await settled({ reconnection: false });
    const ended = once(socket, "disconnect");
    await server().stop();
    assert.match((await ended)[0], way === "polling" ? /^transport error$/ : /^transport (close|error)$/);
  });

  test("and comes back: so does the client, with what it has to say", async (t) => {
    const proxy = await proxyTo(server().port);
    t.after(() => proxy.stop());
    const socket = await settled({ url: proxy.url });
    const ended = once(socket, "disconnect");
    await server().terminate();
    await ended;
    socket.emit("note", "restart", "said while the server was away");
    await once(socket.io, "reconnect_error");

    const other = await startServer();
    t.after(() => other.stop());
    proxy.leadTo(other.port);
    await until("it is connected", () => socket.connected);
    assert.equal(await socket.emitWithAck("getId"), socket.id);
    assert.deepEqual(await socket.emitWithAck("notes", "restart"), ["said while the server was away"]);
  });
}, { serverPerTest: true });
