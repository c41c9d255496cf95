// The Socket.IO 2 client, which uses Engine.IO 3: enabled by a setting, alone and together with current clients.
import assert from "node:assert/strict";
import { describe } from "node:test";
import io from "socket.io-client-v2";
import { msgpack } from "./parser.mjs";
import { once, suite, times, until, upgraded } from "./suite.mjs";

const settings = { ALLOW_EIO3: "true" };

const bytes = (length) => Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + 7) & 0xff));

/** Emits an event and resolves to its acknowledgement. This client only supports callbacks. */
const ask = (socket, ...event) =>
  new Promise((resolve) => socket.emit(...event, (...answer) => resolve(answer.length > 1 ? answer : answer[0])));

/** Defines a suite in which `old` creates Socket.IO 2 clients, and `join` waits until they are connected. */
function old(title, define, more = {}) {
  if (msgpack) return describe(title, { skip: "the parser is not for this client" }, () => {});
  suite(title, (context) => {
    const { test, transports, server } = context;
    const within = (body) => async (t) => {
      const open = (address = "/", options = {}) => {
        const quick = { reconnectionDelay: 10, reconnectionDelayMax: 50, forceNew: true };
        const socket = io(server().url + address, { transports, ...quick, ...options });
        t.after(() => socket.io.close());
        return socket;
      };
      const join = async (...args) => {
        const socket = open(...args);
        await once(socket, "connect");
        return socket;
      };
      await body({ old: open, join });
    };
    define({ ...context, test: (name, body) => test(name, within(body)) });
  }, { settings, ...more });
}

old("an old client connects", ({ test, way, transports }) => {
  test("without asking, under the id of its session", async ({ join }) => {
    const socket = await join();
    assert.equal(socket.id, socket.io.engine.id);
    assert.equal(await ask(socket, "getId"), socket.id);
  });

  test("and the server sees what it speaks", async ({ join }) => {
    const { query, auth } = await ask(await join("/?token=a%20b"), "getHandshake");
    assert.equal(query.EIO, "3");
    assert.equal(query.transport, transports[0]);
    assert.equal(query.token, "a b");
    assert.deepEqual(auth, {});
  });

  test("to namespaces, over one connection", async ({ join }) => {
    const socket = await join("/foo");
    const other = socket.io.socket("/foo/bar");
    await once(other, "connect");
    assert.equal(await ask(socket, "echo", 1), 1);
    assert.equal(await ask(other, "echo", 2), 2);
    assert.equal(await ask(socket, "getId"), `/foo#${socket.io.engine.id}`);
    assert.equal(socket.id, `/foo#${socket.io.engine.id}`);
  });

  test("to namespaces by pattern", async ({ join }) => {
    assert.equal(await ask(await join("/tenant-7"), "where"), "/tenant-7");
    assert.equal(await ask(await join("/party/x?party=x"), "where"), "/party/x");
  });

  test("with a query in place of auth", async ({ old, join }) => {
    const socket = old("/abc?b=c&d=%C3%A9");
    const [{ auth, query }] = await once(socket, "handshake");
    assert.deepEqual(auth, { b: "c", d: "é" });
    assert.equal(query.b, "c");
    assert.equal(await ask(await join("/members?name=Ann&token=secret"), "whoami"), "Ann");
  });

  test("and is refused with data, or else a message", async ({ old }) => {
    const refused = async (address) => (await once(old(address), "error"))[0];
    assert.equal(await refused("/?fail=1"), "Auth failed (main namespace)");
    assert.equal(await refused("/no"), "Auth failed (custom namespace)");
    assert.deepEqual(await refused("/refused"), { code: 42, why: ["rain", { wind: true }] });
    assert.deepEqual(await refused("/members?name=Ann&token=guess"), { token: "guess" });
    assert.equal(await refused("/tenant-13"), "no such floor");
    assert.deepEqual(await refused("/nowhere"), { message: "Invalid namespace" });
  });

  test("and its transport changes", async ({ join }) => {
    const socket = await join();
    if (way === "upgrade") await upgraded(socket);
    assert.equal(socket.io.engine.transport.name, transports.at(-1));
    assert.equal(await ask(socket, "echo", "after"), "after");
  });
});

old("what travels to and from an old client", ({ test }) => {
  test("events and answers", async ({ join }) => {
    const socket = await join();
    socket.emit("relay", 1, [2], { three: null });
    assert.deepEqual(await once(socket, "relayed"), [1, [2], { three: null }]);
    assert.deepEqual(await ask(socket, "echoAll", 1, "b", [null]), [1, "b", [null]]);
    socket.send("text");
    assert.deepEqual(await once(socket, "message"), ["text"]);
  });

  test("answers to the server", async ({ join }) => {
    const socket = await join();
    socket.on("ack", (answer) => answer(5, { test: true }));
    socket.emit("ack");
    await once(socket, "got it");
    socket.on("question", (what, answer) => answer({ what }));
    assert.deepEqual(await ask(socket, "ask", bytes(5), 5000), { reply: { what: bytes(5) } });
  });

  test("text in every alphabet", async ({ join }) => {
    const socket = await join();
    const texts = ["Ελληνικά", "中文字符", "👩‍👩‍👧‍👦", "🦀".repeat(1000), "\u0000\u001e\u2029", "b4AQID", "3:4ab"];
    for (const text of texts) assert.deepEqual(await ask(socket, "echo", { [text]: text }), { [text]: text });
    socket.emit("getUtf8");
    const expected = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "🦀 \u2028 \u0000 \""];
    assert.deepEqual(await times(socket, "takeUtf8", 5), expected.map((text) => [text]));
  });

  test("bytes", async ({ join }) => {
    const socket = await join();
    for (const value of [bytes(3), bytes(0), { a: [bytes(2), "x🦀", bytes(300)] }]) {
      assert.deepEqual(await ask(socket, "echo", value), value);
      socket.emit("relay", value, "é", bytes(1));
      assert.deepEqual(await once(socket, "relayed"), [value, "é", bytes(1)]);
    }
    socket.emit("getbin");
    assert.deepEqual(await once(socket, "takebin"), [Buffer.from("asdfasdf")]);
  });

  test("bytes as text", async ({ join }) => {
    const socket = await join("/", { forceBase64: true });
    const value = { a: bytes(300), b: "é🦀", c: bytes(1) };
    assert.deepEqual(await ask(socket, "echo", value), value);
  });

  test("much at a time", async ({ join }) => {
    const socket = await join();
    assert.deepEqual(await ask(socket, "echo", bytes(600_000)), bytes(600_000));
    const text = "é🦀x".repeat(70_000);
    assert.equal(await ask(socket, "echo", text), text);
  });

  test("a thousand events in order, whatever becomes of the transport", async ({ join }) => {
    const socket = await join();
    const seen = times(socket, "tock", 1000);
    for (let n = 0; n < 1000; n++) socket.emit("tick", n, n % 100 === 0 ? bytes(3) : "é🦀");
    assert.deepEqual((await seen).map(([n]) => n), Array.from({ length: 1000 }, (_, n) => n));
  });

  test("bursts of the server", async ({ join }) => {
    const socket = await join();
    socket.emit("burst", 500);
    assert.deepEqual((await times(socket, "tock", 500)).map(([n]) => n), Array.from({ length: 500 }, (_, n) => n));
  });
});

old("old clients and those of today", ({ test, connect }) => {
  test("hear the same", async ({ join }) => {
    const [a, b, today] = [await join(), await join(), await connect()];
    for (const what of ["text 🦀", { data: bytes(3), more: [bytes(700)] }, bytes(40_000)]) {
      const heard = [a, b, today].map((socket) => once(socket, "news"));
      await today.emitWithAck("say", { to: [], except: [], me: true, what });
      assert.deepEqual(await Promise.all(heard), [[what], [what], [what]]);
    }
    const heard = [b, today].map((socket) => once(socket, "news"));
    a.once("news", () => assert.fail("the sender is left out"));
    await ask(a, "say", { to: [], except: [], me: false, what: bytes(9) });
    assert.deepEqual(await Promise.all(heard), [[bytes(9)], [bytes(9)]]);
    assert.equal(await ask(a, "echo", "all is said"), "all is said");
  });

  test("share rooms, and can be addressed by their ids", async ({ join }) => {
    const [a, b, today] = [await join(), await join(), await connect()];
    await ask(a, "join", ["room of both"]);
    await today.emitWithAck("join", ["room of both"]);
    assert.deepEqual(await ask(a, "rooms"), [a.id, "room of both"].sort());
    b.once("news", (what) => assert.equal(what, "to you"));
    const heard = [a, today].map((socket) => once(socket, "news"));
    await ask(b, "say", { to: ["room of both"], except: [], me: false, what: "to both" });
    assert.deepEqual(await Promise.all(heard), [["to both"], ["to both"]]);
    const alone = once(b, "news");
    await today.emitWithAck("say", { to: [b.id], except: [], me: false, what: "to you" });
    assert.deepEqual(await alone, ["to you"]);
    await ask(a, "leave", "room of both");
    assert.deepEqual(await ask(a, "rooms"), [a.id]);
  });

  test("answer the same question", async ({ join }) => {
    const [a, today] = [await join(), await connect()];
    await ask(a, "join", ["asked"]);
    await today.emitWithAck("join", ["asked"]);
    a.on("question", (what, answer) => answer(["old", what]));
    today.on("question", (what, answer) => answer(["today", what]));
    const who = { to: ["asked"], except: [], me: true };
    const { answers, complete } = await today.emitWithAck("askAll", who, "🦀", 5000);
    assert.deepEqual(answers.sort(), [["old", "🦀"], ["today", "🦀"]]);
    assert.equal(complete, true);
  });
});

old("an old client ends", ({ test, way, connect }) => {
  /** Resolves to the server's reason for the disconnection of this socket. */
  const lost = async ({ id }) => {
    const observer = await connect();
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

  test("by itself", async ({ join }) => {
    const socket = await join();
    if (way === "upgrade") await upgraded(socket);
    const server = await lost(socket);
    socket.disconnect();
    assert.equal(await server(), "client namespace disconnect");
  });

  test("with its connection", async ({ join }) => {
    const socket = await join("/", { reconnection: false });
    if (way === "upgrade") await upgraded(socket);
    const server = await lost(socket);
    socket.io.engine.close();
    assert.equal(await server(), "transport close");
  });

  test("by the server, with all that was sent before", async ({ join }) => {
    for (const how of ["kick", "close"]) {
      const socket = await join();
      const [reason, server] = [once(socket, "disconnect"), await lost(socket)];
      const seen = [];
      socket.on("tock", (n) => seen.push(n));
      socket.emit(how, 20);
      assert.deepEqual(await reason, ["io server disconnect"]);
      assert.deepEqual(seen, Array.from({ length: 20 }, (_, n) => n));
      assert.equal(await server(), "server namespace disconnect");
    }
  });

  test("in one namespace, and stays in the others", async ({ join }) => {
    const socket = await join();
    const foo = socket.io.socket("/foo");
    await once(foo, "connect");
    foo.disconnect();
    assert.equal(await ask(socket, "echo", 1), 1);
    foo.connect();
    await once(foo, "connect");
    assert.equal(await ask(foo, "getId"), `/foo#${socket.io.engine.id}`);
    assert.equal(await ask(foo, "echo", 2), 2);
  });

  test("and comes back by itself, as another", async ({ join }) => {
    const socket = await join();
    const { id } = socket;
    const again = once(socket, "reconnect");
    socket.io.engine.close();
    await again;
    await until("it is connected", () => socket.connected);
    assert.notEqual(socket.id, id);
    assert.equal(await ask(socket, "getId"), socket.id);
  });
});

old("the heart of an old client beats", ({ test, way }) => {
  test("and the server answers", async ({ join }) => {
    const socket = await join();
    if (way === "upgrade") await upgraded(socket);
    await times(socket, "pong", 5);
    assert.equal(await ask(socket, "echo", "alive"), "alive");
  });
}, { settings: { ...settings, PING_INTERVAL: "40", PING_TIMEOUT: "10000" } });

old("an old client where none is wanted", ({ test, connect, way }) => {
  test("is refused, and those of today are not", async ({ old }) => {
    const socket = old("/", { reconnection: false });
    const [error] = await once(socket, "connect_error");
    assert.equal(error.message, way === "websocket" ? "websocket error" : "xhr poll error");
    assert.equal(socket.connected, false);
    assert.equal(await (await connect()).emitWithAck("echo", 1), 1);
  });
}, { settings: { ALLOW_EIO3: "false" } });
