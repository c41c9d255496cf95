// The end of a connection: the reasons on both sides, and the packets that still arrive.
import assert from "node:assert/strict";
import { msgpack } from "./parser.mjs";
import { connected, once, suite, times, until, upgraded } from "./suite.mjs";

/** Resolves to the client's reason when its connection ends. */
const end = async (socket) => (await once(socket, "disconnect"))[0];

suite("a connection ends", ({ test, way, connect }) => {
  /** Connects a socket, and waits until its transport is final. */
  const settled = async (...args) => {
    const socket = await connect(...args);
    return way === "upgrade" ? upgraded(socket) : socket;
  };

  /** Resolves to the server's reason for the disconnection of this socket, as observed by another socket. */
  const lost = async (socket) => {
    const [observer, { id }] = [await connect(), socket];
    await observer.emitWithAck("observe");
    let seen;
    observer.on("left", (left, reason) => {
      if (left === id) seen = reason;
    });
    return async () => {
      await until("the server has noticed", async () => seen ?? observer.emitWithAck("echo", ""));
      return seen;
    };
  };

  test("the client leaves", async () => {
    const socket = await settled();
    const [reason, server] = [end(socket), await lost(socket)];
    socket.disconnect();
    assert.equal(await reason, "io client disconnect");
    assert.equal(await server(), "client namespace disconnect");
    assert.equal(socket.active, false);
  });

  test("the client leaves in the middle of a change of transport", async () => {
    const socket = await connect();
    const server = await lost(socket);
    socket.disconnect();
    assert.equal(await server(), "client namespace disconnect");
  });

  test("the server ends the socket", async () => {
    const socket = await settled();
    const [reason, server] = [end(socket), await lost(socket)];
    socket.emit("kick", 0);
    assert.equal(await reason, "io server disconnect");
    assert.equal(await server(), "server namespace disconnect");
    assert.equal(socket.active, false, "and the client does not come back by itself");
  });

  test("the server ends the socket: what it sent before arrives, what after does not", async () => {
    const socket = await connect();
    const seen = [];
    socket.on("tock", (n) => seen.push(n));
    socket.on("disconnect", () => seen.push("end"));
    socket.emit("kick", 50);
    await end(socket);
    await connected(socket.connect());
    await socket.emitWithAck("echo", 0);
    assert.deepEqual(seen, [...Array(50).keys(), "end"]);
  });

  test("the server ends the socket, not the others of its connection", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    main.emit("kick", 0);
    assert.equal(await end(main), "io server disconnect");
    assert.equal(await foo.emitWithAck("echo", "here"), "here");
  });

  test("the server ends the connection, with all its sockets", async () => {
    const main = await settled();
    const [foo, welcome] = await Promise.all(["/foo", "/welcome"].map((name) => connected(main.io.socket(name))));
    const [reasons, server] = [Promise.all([main, foo, welcome].map(end)), await lost(main)];
    const closed = once(main.io.engine, "close");
    foo.emit("close");
    assert.deepEqual(await reasons, Array(3).fill("io server disconnect"));
    assert.equal(await server(), "server namespace disconnect");
    await closed;
  });

  test("the server ends the connection: what it sent before arrives", async () => {
    const socket = await connect();
    const came = times(socket, "tock", 100);
    const reason = end(socket);
    socket.emit("close", 100);
    assert.deepEqual((await came).map(([n]) => n), [...Array(100).keys()]);
    assert.equal(await reason, "io server disconnect");
  });

  test("the client drops the connection without a word", async () => {
    const socket = await settled("/", { reconnection: false });
    const [reason, server] = [end(socket), await lost(socket)];
    socket.io.engine.close();
    assert.equal(await reason, "forced close");
    assert.equal(await server(), "transport close");
  });

  test("events behind the goodbye of the client are dropped", async () => {
    const [socket, other] = [await settled("/", { reconnection: false }), await connect()];
    const key = `goodbye ${way}`;
    const server = await lost(socket);
    socket.io._packet({ type: 1, nsp: "/" });
    socket.io._packet({ type: 2, nsp: "/", data: ["note", key, "too late"] });
    assert.equal(await server(), "client namespace disconnect");
    assert.deepEqual(await other.emitWithAck("notes", key), []);
  });

  const violations = {
    "no packet at all": ["nonsense"],
    "an unknown type": ["9"],
    "an empty packet": [""],
    "no array": ['2{"a":1}'],
    "an empty array": ["2[]"],
    "broken JSON": ['2["a"'],
    "a name that is no name": ["2[null]"],
    "a reserved name": ['2["disconnect"]'],
    "an event in a namespace that it has not joined": ['2/foo,["echo",1]'],
    "an error of connection": ['4{"message":"mine"}'],
    "a disconnection with data": ["1{}"],
    "binary that was not announced": [Buffer.from([1, 2, 3])],
    "text where binary was announced": ['51-["echo",{"_placeholder":true,"num":0}]', '2["hi"]'],
    "no number of attachments": ['5["echo",{"_placeholder":true,"num":0}]'],
    "no attachments": ['50-["echo"]'],
    "too many attachments": ['511-["echo"]'],
    "an attachment that does not exist": ['51-["echo",{"_placeholder":true,"num":1}]', Buffer.from([1])],
    "an attachment by name": ['51-["echo",{"_placeholder":true,"num":"splice"}]', Buffer.from([1])],
  };
  for (const [what, frames] of Object.entries(violations)) {
    test(`the client sends ${what}`, async () => {
      const socket = await settled("/", { reconnection: false });
      const [reason, server] = [end(socket), await lost(socket)];
      for (const frame of frames) socket.io.engine.write(frame);
      assert.equal(await reason, "transport close");
      assert.match(await server(), /^forced( server)? close$/);
    });
  }

  test("the client sends a heartbeat, which is the server's to send", async () => {
    const socket = await settled("/", { reconnection: false });
    const [reason, server] = [end(socket), await lost(socket)];
    socket.io.engine._sendPacket("ping");
    assert.equal(await reason, "transport close");
    assert.equal(await server(), "transport error");
  });

  test("the client cannot read what the server sends", async () => {
    const socket = await settled("/", { reconnection: false });
    const [reason, server] = [end(socket), await lost(socket)];
    socket.io.engine.emitReserved("data", "no packet at all");
    assert.equal(await reason, "parse error");
    assert.equal(await server(), "transport close");
  });
});

suite("a packet beyond the limit", ({ test, way, connect }) => {
  test("ends the connection; one below it does not", async () => {
    const socket = await connect("/", { reconnection: false });
    if (way === "upgrade") await upgraded(socket);
    assert.equal(socket.io.engine._maxPayload, 10_000);
    // Over polling, base64 increases the size of MessagePack packets by a third.
    const size = msgpack ? 7_000 : 9_900;
    assert.equal((await socket.emitWithAck("echo", "x".repeat(size))).length, size);
    const reason = end(socket);
    socket.emit("echo", "x".repeat(10_100));
    assert.equal(await reason, way === "polling" ? "transport error" : "transport close");
  });

  test("many small packets are no large one", async () => {
    const socket = await connect();
    const texts = Array.from({ length: 100 }, (_, n) => `${n}`.repeat(500));
    assert.deepEqual(await Promise.all(texts.map((text) => socket.emitWithAck("echo", text))), texts);
  });
}, { settings: { MAX_PAYLOAD: "10000" } });

suite("the heartbeat", ({ test, connect }) => {
  test("keeps an idle connection", async () => {
    const socket = await connect();
    const { id } = socket;
    await times(socket.io, "ping", 5);
    assert.equal(await socket.emitWithAck("getId"), id);
  });
}, { settings: { PING_INTERVAL: "50", PING_TIMEOUT: "10000" } });

suite("a missing heartbeat", ({ test, way, connect, server }) => {
  const settled = async () => {
    const socket = await connect("/", { reconnection: false });
    return way === "upgrade" ? upgraded(socket) : socket;
  };

  test("of the client: the server ends the connection", async () => {
    const [socket, observer] = [await settled(), await connect()];
    await observer.emitWithAck("observe");
    const [left, reason, { engine }, { id }] = [once(observer, "left"), end(socket), socket.io, socket];
    const send = engine._sendPacket;
    engine._sendPacket = (type, ...args) => type !== "pong" && send.call(engine, type, ...args);
    // Otherwise, the client would detect the timeout first.
    engine._resetPingTimeout = () => clearTimeout(engine._pingTimeoutTimer);
    engine._resetPingTimeout();
    assert.equal(await reason, "transport close");
    assert.deepEqual(await left, [id, "ping timeout"]);
  });

  test("of the server: the client ends the connection", async () => {
    const socket = await settled();
    const reason = end(socket);
    server().freeze();
    assert.equal(await reason, "ping timeout");
  });
}, { settings: { PING_INTERVAL: "150", PING_TIMEOUT: "4000" }, serverPerTest: true });

suite("a session that joins no namespace", ({ test, way, manager }) => {
  // A client that polls after the session has ended gets an error instead of the close packet.
  const ended = way === "websocket" ? /^transport close$/ : /^transport (close|error)$/;

  test("is ended after the time allowed for it", async () => {
    const opened = manager({ reconnection: false });
    const [reason] = await once(opened, "close");
    assert.match(reason, ended);
  });

  test("even when it tried to", async () => {
    const opened = manager({ reconnection: false });
    const closed = once(opened, "close");
    await once(opened, "open");
    // Without a socket, because the client would close the session when its socket is rejected.
    opened._packet({ type: 0, nsp: "/nothing" });
    assert.match((await closed)[0], ended);
  });
}, { settings: { CONNECT_TIMEOUT: "200" } });
