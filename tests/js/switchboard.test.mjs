// Intentional differences from the Node.js server: every event is acknowledged, and in order.
import assert from "node:assert/strict";
import { connected, suite } from "./suite.mjs";

suite("errors answer the acknowledgement", ({ test, connect }) => {
  const failure = (answer) => {
    assert.deepEqual(Object.keys(answer), ["error"]);
    assert.equal(typeof answer.error.message, "string");
    assert.notEqual(answer.error.message, "");
  };

  test("an event that nobody handles", async () => {
    failure(await (await connect()).emitWithAck("nobody listens to this", 1));
  });

  test("an argument of the wrong type", async () => {
    failure(await (await connect()).emitWithAck("join", "not a list"));
  });

  test("an argument that is missing", async () => {
    failure(await (await connect()).emitWithAck("leave"));
  });

  test("an object that lacks a field", async () => {
    failure(await (await connect()).emitWithAck("say", { to: [] }));
  });

  test("a panic, of which nothing is told", async () => {
    const { error } = await (await connect()).emitWithAck("panic", "a secret of the server");
    assert.equal(typeof error.message, "string");
    assert.doesNotMatch(error.message, /secret/);
  });

  test("and the socket goes on", async () => {
    const socket = await connect();
    socket.emit("panic", "with nobody to tell");
    socket.emit("join", "not a list");
    socket.emit("nobody listens to this");
    await socket.emitWithAck("panic", "again");
    assert.equal(await socket.emitWithAck("echo", "alive"), "alive");
  });

  test("surplus arguments are ignored", async () => {
    assert.equal(await (await connect()).emitWithAck("echo", 1, 2, 3), 1);
  });
}, { switchboardOnly: true });

suite("events of one socket are handled in turn", ({ test, way, connect }) => {
  test("a handler that waits delays the next", async () => {
    const [socket, other] = [await connect(), await connect()];
    const key = `in turn ${way}`;
    const order = [];
    const answers = [
      socket.emitWithAck("wait", key).then(() => order.push("slow")),
      socket.emitWithAck("echo", 0).then(() => order.push("quick")),
    ];
    assert.equal(await other.emitWithAck("echo", "other sockets do not wait"), "other sockets do not wait");
    assert.deepEqual(order, []);
    other.emit("release", key);
    await Promise.all(answers);
    assert.deepEqual(order, ["slow", "quick"]);
  });
}, { switchboardOnly: true });

suite("a namespace left and joined at once", ({ test, connect }) => {
  test("is a new connection to it, over the same session", async () => {
    const main = await connect();
    const foo = await connected(main.io.socket("/foo"));
    const [id, session] = [foo.id, main.io.engine.id];
    for (let round = 0; round < 5; round++) {
      foo.disconnect();
      await connected(foo.connect());
    }
    assert.notEqual(foo.id, id);
    assert.equal(await foo.emitWithAck("getId"), foo.id);
    assert.equal(main.io.engine.id, session);
  });
}, { switchboardOnly: true });

suite("a namespace joined twice within a tick", ({ test, connect, way }) => {
  const twice = (socket) => connected(socket.connect().disconnect().connect());

  test("as React's StrictMode does, over one session", async () => {
    const main = await connect();
    const session = main.io.engine.id;
    const foo = await twice(main.io.socket("/foo"));
    assert.equal(await foo.emitWithAck("getId"), foo.id);
    assert.equal(main.io.engine.id, session);
    assert.equal(await main.emitWithAck("echo", "here"), "here");
  });

  test("while the first is still being decided on", async () => {
    const main = await connect();
    const key = `twice ${way}`;
    const slow = main.io.socket("/slow", { auth: { key } });
    const joined = twice(slow);
    main.emit("release", key);
    await joined;
    assert.equal(await main.emitWithAck("echo", "here"), "here");
  });

  test("again and again", async () => {
    const main = await connect();
    const foo = main.io.socket("/foo");
    for (let round = 0; round < 10; round++) {
      await twice(foo);
      assert.equal(await foo.emitWithAck("echo", round), round);
      foo.disconnect();
    }
    assert.equal(await main.emitWithAck("echo", "here"), "here");
  });
}, { switchboardOnly: true });
