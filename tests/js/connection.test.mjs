// Connecting: ids, the handshake on the server side, paths, several namespaces over one connection.
import assert from "node:assert/strict";
import { io } from "socket.io-client";
import { parserOption } from "./parser.mjs";
import { connected, once, suite, times, until, upgraded } from "./suite.mjs";

suite("connecting", ({ test, way, transports, manager, client, connect, server }) => {
  test("uses the transport it was told to", async () => {
    const socket = await connect();
    if (way === "upgrade") await upgraded(socket);
    assert.equal(socket.io.engine.transport.name, way === "polling" ? "polling" : "websocket");
    assert.equal(await socket.emitWithAck("echo", "still here"), "still here");
  });

  test("the server knows the socket by the client's id", async () => {
    const socket = await connect();
    assert.equal(await socket.emitWithAck("getId"), socket.id);
    assert.match(socket.id, /^[\w-]{20}$/);
    assert.notEqual(socket.id, socket.io.engine.id, "the session's id is a secret");
  });

  test("the same in another namespace, with another id", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    assert.equal(await foo.emitWithAck("getId"), foo.id);
    assert.notEqual(foo.id, main.id);
  });

  test("two connections have two ids", async () => {
    const [a, b] = await Promise.all([connect(), connect()]);
    assert.notEqual(a.id, b.id);
  });

  test("a new id at each connection, over the same session", async () => {
    const foo = await connect("/foo");
    const [id, session] = [foo.id, foo.io.engine.id];
    const other = await connected(foo.io.socket("/"));
    foo.disconnect();
    await other.emitWithAck("echo", "the server saw it leave");
    await connected(foo.connect());
    assert.notEqual(foo.id, id);
    assert.equal(await foo.emitWithAck("getId"), foo.id);
    assert.equal(foo.io.engine.id, session);
    assert.ok(other.connected);
  });

  test("what is emitted before the connection arrives after it, in order", async () => {
    const socket = client();
    const key = `early ${way}`;
    for (let n = 0; n < 5; n++) socket.emit("note", key, n);
    assert.deepEqual(await socket.emitWithAck("notes", key), [0, 1, 2, 3, 4]);
  });

  test("what the server emits at once comes after `connect`, in order", async () => {
    const socket = client("/welcome");
    const seen = [];
    socket.on("connect", () => seen.push("connect"));
    socket.on("welcome", (n) => seen.push(n));
    await times(socket, "welcome", 3);
    assert.deepEqual(seen, ["connect", 0, 1, 2]);
  });

  test("thirty clients at once", async () => {
    const sockets = await Promise.all(Array.from({ length: 30 }, () => connect()));
    const answers = await Promise.all(sockets.map((socket) => socket.emitWithAck("getId")));
    assert.deepEqual(answers, sockets.map((socket) => socket.id));
    assert.equal(new Set(answers).size, 30);
  });

  test("a client that the gate of the server denies", async () => {
    const socket = client("/", { query: { deny: 1 }, reconnection: false });
    let body;
    socket.once("connect_error", ({ context }) => (body = context?.responseText)); // only available during the event
    const [error] = await once(socket, "connect_error");
    if (way === "websocket") {
      assert.equal(error.message, "websocket error");
    } else {
      assert.equal(error.message, "xhr poll error");
      assert.equal(error.description, 403);
      assert.deepEqual(JSON.parse(body), { code: 4, message: "not on the list" });
    }
  });

  test("a wrong path", async () => {
    const [error] = await once(client("/", { path: "/elsewhere", reconnection: false }), "connect_error");
    assert.equal(error.message, way === "websocket" ? "websocket error" : "xhr poll error");
  });

  test("a session that joins nothing does not disturb those that do", async () => {
    const idle = manager().open();
    await once(idle, "open");
    assert.equal(await (await connect()).emitWithAck("echo", 1), 1);
  });
});

suite("the handshake that the server sees", ({ test, transports, connect, server }) => {
  test("query of the options", async () => {
    const socket = await connect("/", { query: { token: "a b&c=d/é✓", empty: "", n: 7 } });
    const { query } = await socket.emitWithAck("getHandshake");
    assert.equal(query.token, "a b&c=d/é✓");
    assert.equal(query.empty, "");
    assert.equal(query.n, "7");
    assert.equal(query.EIO, "4");
    assert.equal(query.transport, transports[0]);
  });

  test("query of the address, in a namespace", async (t) => {
    const socket = io(`${server().url}/abc?b=c&d=e`, { transports, forceNew: true, ...parserOption });
    t.after(() => socket.disconnect());
    const [{ query }] = await once(socket, "handshake");
    assert.equal(query.b, "c");
    assert.equal(query.d, "e");
  });

  test("headers", async () => {
    const socket = await connect("/", { extraHeaders: { "X-Trace": "abc-123" } });
    const { headers, url } = await socket.emitWithAck("getHandshake");
    assert.equal(headers["x-trace"], "abc-123");
    assert.match(headers.host, /^127\.0\.0\.1:\d+$/);
    assert.match(url, /^\/socket\.io\/\?.*EIO=4/);
  });

  test("auth as an object", async () => {
    const auth = { token: "abcd", nested: { list: [1, null, "x"] } };
    const { auth: seen } = await (await connect("/", { auth })).emitWithAck("getHandshake");
    assert.deepEqual(seen, auth);
  });

  test("auth as a function, asked at each connection", async () => {
    let calls = 0;
    const socket = await connect("/", { auth: (give) => give({ call: ++calls }) });
    assert.deepEqual((await socket.emitWithAck("getHandshake")).auth, { call: 1 });
    socket.disconnect();
    await connected(socket.connect());
    assert.deepEqual((await socket.emitWithAck("getHandshake")).auth, { call: 2 });
  });

  test("no auth is an empty object", async () => {
    assert.deepEqual((await (await connect()).emitWithAck("getHandshake")).auth, {});
  });

  test("each namespace has its own auth", async () => {
    const main = await connect("/", { auth: { for: "main" } });
    const abc = main.io.socket("/abc", { auth: { for: "abc" } });
    const [{ auth }] = await once(abc, "handshake");
    assert.deepEqual(auth, { for: "abc" });
    assert.deepEqual((await main.emitWithAck("getHandshake")).auth, { for: "main" });
  });
});

suite("namespaces over one connection", ({ test, way, transports, manager, connect, server }) => {
  test("share one session and keep their events apart", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    const deep = await connected(main.io.socket("/foo/bar"));
    const askTwice = (socket) => [1, 2].map((n) => socket.emitWithAck("echo", `${socket.nsp} ${n}`));
    const answers = await Promise.all([main, foo, deep].flatMap(askTwice));
    assert.deepEqual(answers, ["/ 1", "/ 2", "/foo 1", "/foo 2", "/foo/bar 1", "/foo/bar 2"]);
  });

  test("the empty name and / are the same", async (t) => {
    const addresses = [server().url, `${server().url}/`];
    for (const address of addresses) {
      const socket = io(address, { transports, forceNew: true, ...parserOption });
      t.after(() => socket.disconnect());
      await connected(socket);
      assert.equal(await socket.emitWithAck("getId"), socket.id);
    }
  });

  test("a namespace needs no connection to /", async () => {
    assert.equal(await (await connect("/foo/bar")).emitWithAck("echo", 1), 1);
  });

  test("leaving one keeps the others", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    foo.disconnect();
    assert.equal(await main.emitWithAck("echo", "here"), "here");
    assert.ok(main.connected);
    main.disconnect();
    assert.equal(main.io._readyState, "closed", "the last one to leave closes the connection");
  });

  test("leaving / keeps the others", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    main.disconnect();
    assert.equal(await foo.emitWithAck("echo", "here"), "here");
  });

  test("events queued for a namespace before it connects keep their order among themselves", async () => {
    const opened = manager();
    const foo = opened.socket("/foo").connect();
    const main = opened.socket("/").connect();
    const seen = [];
    for (let n = 0; n < 10; n++) {
      foo.emit("echo", n, (answer) => seen.push(`foo ${answer}`));
      main.emit("echo", n, (answer) => seen.push(`main ${answer}`));
    }
    await until("all are answered", () => seen.length === 20);
    for (const name of ["foo", "main"]) {
      const expected = Array.from({ length: 10 }, (_, n) => `${name} ${n}`);
      assert.deepEqual(seen.filter((line) => line.startsWith(name)), expected);
    }
  });

  test("a slow middleware delays its own namespace only", async () => {
    const key = `slow middleware ${way}`;
    const main = await connect();
    const slow = main.io.socket("/slow", { auth: { key } });
    assert.equal(await main.emitWithAck("echo", 1), 1);
    assert.equal(slow.connected, false);
    main.emit("release", key);
    await connected(slow);
  });

  test("a waiting handler delays its own namespace only", async () => {
    const key = `slow handler ${way}`;
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    const waiting = foo.emitWithAck("wait", key);
    assert.equal(await main.emitWithAck("echo", 1), 1);
    main.emit("release", key);
    assert.equal(await waiting, key);
  });
});

suite("another path", ({ test, connect }) => {
  test("client and server agree on it", async () => {
    const socket = await connect("/foo", { path: "/my/own-path/" });
    assert.equal(await socket.emitWithAck("getId"), socket.id);
  });
}, { settings: { HTTP_PATH: "/my/own-path" } });
