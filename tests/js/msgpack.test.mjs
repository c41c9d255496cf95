// MessagePack packets, independent of PARSER: values that JSON cannot express, and clients with the other parser.
// With PARSER=msgpack, all other files also use MessagePack.
import assert from "node:assert/strict";
import msgpackParser from "socket.io-msgpack-parser";
import { reference } from "./server.mjs";
import { once, suite } from "./suite.mjs";

const parser = msgpackParser;
const settings = { PARSER: "msgpack" };

suite("MessagePack", ({ test, connect: connectTo, client }) => {
  const connect = (namespace = "/", options = {}) => connectTo(namespace, { parser, ...options });

  test("numbers that JSON has no word for", async () => {
    const socket = await connect();
    for (const number of [NaN, Infinity, -Infinity, 2 ** 63, -(2 ** 62), Number.MIN_VALUE]) {
      assert.ok(Object.is(await socket.emitWithAck("echo", number), number), `${number}`);
    }
    assert.deepEqual(await socket.emitWithAck("echo", [NaN, { x: [Infinity] }]), [NaN, { x: [Infinity] }]);
  });

  test("numbers of every size", async () => {
    const socket = await connect();
    const edges = [0, 5, 7, 8, 15, 16, 31, 32, 53].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]);
    const numbers = edges.flatMap((number) => [number, -number, number / 2]).map((number) => number + 0);
    assert.deepEqual(await socket.emitWithAck("echo", numbers), numbers);
  });

  test("text, arrays, objects and binary of every size", async () => {
    const socket = await connect();
    for (const size of [0, 1, 15, 16, 31, 32, 255, 256, 65_535, 65_536]) {
      const value = {
        text: "é".repeat(size / 2) + "x".repeat(size % 2),
        array: Array.from({ length: size }, () => null),
        object: Object.fromEntries(Array.from({ length: size }, (_, n) => [`${n}`, true])),
        binary: Buffer.alloc(size, "ü"),
      };
      for (const part of Object.values(value)) assert.deepEqual(await socket.emitWithAck("echo", part), part);
    }
  });

  test("undefined", async () => {
    const socket = await connect();
    const answer = await socket.emitWithAck("echo", [undefined, { a: undefined, b: 1 }]);
    assert.deepEqual(answer, reference ? [undefined, { a: undefined, b: 1 }] : [null, { b: 1 }]);
  });

  test("dates", async () => {
    const socket = await connect();
    for (const time of [0, -1, 951_782_400_000, Date.now(), 8.64e15, -8.64e15]) {
      const date = new Date(time);
      assert.deepEqual(await socket.emitWithAck("echo", { date }), { date: reference ? date : date.toJSON() });
    }
  });

  test("binary anywhere, more than a packet of JSON may have", async () => {
    const socket = await connect();
    const bytes = (n) => Buffer.from([n, 0, 255]);
    const value = { list: Array.from({ length: 40 }, (_, n) => bytes(n)), deep: [{ a: { b: bytes(1) } }], none: bytes(2) };
    assert.deepEqual(await socket.emitWithAck("echo", value), value);
    const relayed = once(socket, "relayed");
    socket.emit("relay", bytes(1), "text", [bytes(2)]);
    assert.deepEqual(await relayed, [bytes(1), "text", [bytes(2)]]);
    const array = new Uint8Array([1, 2, 3]);
    const [echoed] = [await socket.emitWithAck("echo", array.buffer)];
    assert.deepEqual(new Uint8Array(echoed), reference ? array : new Uint8Array([1, 2, 3]));
  });

  test("what looks like a placeholder is none", async () => {
    const socket = await connect();
    const value = [{ _placeholder: true, num: 0 }, Buffer.from("real"), { _placeholder: true, num: "splice" }];
    assert.deepEqual(await socket.emitWithAck("echo", value), value);
  });

  test("acknowledgements of the client, with all of it", async () => {
    const socket = await connect();
    const reply = [NaN, Buffer.from("x"), { a: [1.5, "é"] }];
    socket.on("question", (_, answer) => answer(reply));
    assert.deepEqual(await socket.emitWithAck("ask", "what?", 5_000), { reply });
    const room = { to: [socket.id], except: [], me: true };
    const { answers } = await socket.emitWithAck("askAll", room, "what?", 5_000);
    assert.deepEqual(answers, [reply]);
  });

  test("broadcasts, each to many", async () => {
    const sockets = await Promise.all(Array.from({ length: 5 }, () => connect()));
    const came = Promise.all(sockets.map((socket) => once(socket, "news")));
    const what = { text: "é".repeat(1_000), data: Buffer.alloc(1_000, 7), n: NaN };
    await sockets[0].emitWithAck("say", { to: sockets.map(({ id }) => id), except: [], me: true, what });
    for (const [news] of await came) assert.deepEqual(news, what);
  });

  test("auth, refusals and their data, other namespaces", async () => {
    const auth = { name: "é", token: "secret" };
    const member = await connect("/members", { auth });
    assert.equal(await member.emitWithAck("whoami"), "é");
    const [stranger] = await once(client("/members", { parser, auth: { token: "é" } }), "connect_error");
    assert.deepEqual([stranger.message, stranger.data], ["who are you?", { token: "é" }]);
    const [refused] = await once(client("/refused", { parser }), "connect_error");
    assert.deepEqual(refused.data, { code: 42, why: ["rain", { wind: true }] });
    const [unknown] = await once(client("/nowhere", { parser }), "connect_error");
    assert.equal(unknown.message, "Invalid namespace");
    const tenant = await connect("/tenant-7");
    assert.equal(await tenant.emitWithAck("where"), "/tenant-7");
  });

  test("a goodbye in both directions", async () => {
    const [socket, other] = [await connect("/", { reconnection: false }), await connect()];
    await other.emitWithAck("observe");
    const left = once(other, "left");
    const { id } = socket;
    socket.disconnect();
    assert.deepEqual(await left, [id, "client namespace disconnect"]);
    const kicked = await connect("/", { reconnection: false });
    kicked.emit("kick", 3);
    assert.equal((await once(kicked, "disconnect"))[0], "io server disconnect");
  });

  test("a client of the other parser is let go", async () => {
    const socket = client("/", { parser: undefined, reconnection: false });
    const [reason] = await once(socket.io, "close");
    assert.match(reason, /^transport (close|error)$/);
    assert.equal(socket.connected, false);
  });
}, { settings });
