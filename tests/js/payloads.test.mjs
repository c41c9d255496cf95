// Payloads: text in many alphabets, dates, binary data in any position, large and many payloads.
import assert from "node:assert/strict";
import { datesTravel, msgpack } from "./parser.mjs";
import { once, suite, times } from "./suite.mjs";

const bytes = (length, seed = 7) => Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff));

suite("JSON", ({ test, connect }) => {
  test("an event and its answer", async () => {
    const socket = await connect();
    socket.emit("hi");
    assert.deepEqual(await once(socket, "hi"), []);
  });

  test("send and message", async () => {
    const socket = await connect();
    for (const value of ["text", "", null, 0, { a: 1 }]) {
      socket.send(value);
      assert.deepEqual(await once(socket, "message"), [value]);
    }
  });

  test("false", async () => {
    const socket = await connect();
    socket.emit("false");
    assert.deepEqual(await once(socket, "false"), [false]);
  });

  test("several arguments, in both directions", async () => {
    const socket = await connect();
    socket.emit("relay", 1, [2], { three: null });
    assert.deepEqual(await once(socket, "relayed"), [1, [2], { three: null }]);
  });

  test("dates become text", async () => {
    const socket = await connect();
    socket.emit("getDate");
    const [date] = await once(socket, "takeDate");
    if (datesTravel) return assert.ok(date instanceof Date);
    assert.equal(new Date(date).toISOString(), date);
    socket.emit("getDateObj");
    const [object] = await once(socket, "takeDateObj");
    assert.deepEqual(object, { date: new Date(object.date).toISOString() });
    assert.equal(await socket.emitWithAck("echo", new Date(0)), "1970-01-01T00:00:00.000Z");
  });

  test("text in many alphabets from the server", async () => {
    const socket = await connect();
    socket.emit("getUtf8");
    const expected = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "🦀 \u2028 \u0000 \""];
    assert.deepEqual(await times(socket, "takeUtf8", 5), expected.map((text) => [text]));
  });

  test("text in many alphabets there and back", async () => {
    const socket = await connect();
    const escapes = ["\u0000\u001e\u007f\u2029", "\ufeff", "\"\\/\b\f\n\r\t"];
    const likeBinary = ["b4", "b4aGVsbG8="];
    for (const text of ["Ελληνικά", "中文字符", "👩‍👩‍👧‍👦", ...escapes, ...likeBinary]) {
      assert.equal(await socket.emitWithAck("echo", text), text);
      assert.deepEqual(await socket.emitWithAck("echo", { [text]: text }), { [text]: text });
    }
  });

  test("odd names of events", async () => {
    const socket = await connect();
    for (const name of ["error", "constructor", "__proto__", "toString", "naïve ✓"]) {
      assert.equal(await socket.emitWithAck(name), name);
    }
  });

  test("an object that looks like a placeholder for binary is none", async () => {
    const socket = await connect();
    const value = { _placeholder: true, num: 0 };
    assert.deepEqual(await socket.emitWithAck("echo", value), value);
  });
});

suite("binary", ({ test, connect }) => {
  test("from the server", async () => {
    const socket = await connect();
    socket.emit("getbin");
    assert.deepEqual(await once(socket, "takebin"), [Buffer.from("asdfasdf")]);
  });

  test("as an acknowledgement", async () => {
    const answer = await (await connect()).emitWithAck("echo", bytes(256));
    assert.ok(Buffer.isBuffer(answer));
    assert.deepEqual(answer, bytes(256));
  });

  test("as an argument among others, in both directions", async () => {
    const socket = await connect();
    socket.emit("relay", "before", bytes(3), { after: bytes(5) });
    assert.deepEqual(await once(socket, "relayed"), ["before", bytes(3), { after: bytes(5) }]);
  });

  test("nested anywhere", async () => {
    const socket = await connect();
    const deep = { e: { f: bytes(300) } };
    const value = { a: [{ b: bytes(1) }, [[bytes(2)]], null], c: "text", d: deep, g: bytes(4), h: [] };
    assert.deepEqual(await socket.emitWithAck("echo", value), value);
  });

  test("empty", async () => {
    const socket = await connect();
    const value = [Buffer.alloc(0), bytes(1), Buffer.alloc(0)];
    assert.deepEqual(await socket.emitWithAck("echo", value), value);
  });

  test("ten attachments", async () => {
    const socket = await connect();
    const value = Array.from({ length: 10 }, (_, n) => bytes(n + 1, n));
    assert.deepEqual(await socket.emitWithAck("echo", value), value);
  });

  test("typed arrays and array buffers", async () => {
    const socket = await connect();
    const view = new Uint16Array([1, 2, 65535]);
    for (const sent of [view, view.buffer]) {
      // With MessagePack, the Node.js server sends array buffers back as array buffers.
      assert.deepEqual(Buffer.from(await socket.emitWithAck("echo", sent)), Buffer.from(view.buffer));
    }
    // For a view, the JavaScript encoder of MessagePack sends the whole underlying buffer.
    if (msgpack) return;
    const part = new Uint8Array([9, 8, 7, 6]).subarray(1, 3);
    assert.deepEqual(await socket.emitWithAck("echo", part), Buffer.from([8, 7]));
  });

  test("mixed with text, in order", async () => {
    const socket = await connect();
    const values = Array.from({ length: 40 }, (_, n) => ({ n, ...(n % 3 === 0 && { bytes: bytes(n) }) }));
    const came = times(socket, "relayed", values.length);
    for (const value of values) socket.emit("relay", value, null, null);
    assert.deepEqual((await came).map(([value]) => value), values);
  });
});

suite("large payloads", ({ test, connect }) => {
  test("half a megabyte of JSON, several times", async () => {
    const socket = await connect();
    const row = (_, id) => ({ id, name: `the name of row ${id} — ✓`, tags: ["a", "b"], deep: { in: { it: [id] } } });
    const value = { rows: Array.from({ length: 6_000 }, row) };
    assert.ok(JSON.stringify(value).length > 500_000);
    for (let round = 0; round < 3; round++) assert.deepEqual(await socket.emitWithAck("echo", value), value);
  });

  test("an image, several times", async () => {
    const socket = await connect();
    const image = bytes(400_000);
    for (let round = 0; round < 3; round++) assert.ok(image.equals(await socket.emitWithAck("echo", image)));
  });

  test("several images in one event", async () => {
    const socket = await connect();
    const images = [1, 2, 3].map((seed) => bytes(150_000, seed));
    const answer = await socket.emitWithAck("echo", { images });
    assert.ok(answer.images.every((image, n) => image.equals(images[n])));
  });

  test("large ones and small ones keep their order", async () => {
    const socket = await connect();
    const came = times(socket, "tock", 20);
    for (let n = 0; n < 20; n++) socket.emit("tick", n, n % 4 ? null : "x".repeat(100_000));
    assert.deepEqual((await came).map(([n]) => n), Array.from({ length: 20 }, (_, n) => n));
  });

  test("many small ones in one go", async () => {
    const socket = await connect();
    const came = times(socket, "tock", 5_000);
    socket.emit("burst", 5_000);
    (await came).forEach(([n], index) => assert.equal(n, index));
  });
});
