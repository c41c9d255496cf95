// The order of events, and volatile packets, the only ones that can be lost.
import assert from "node:assert/strict";
import { connected, suite, times, until } from "./suite.mjs";

const EVENTS = 1_000;
const range = (length) => Array.from({ length }, (_, n) => n);

suite("order", ({ test, way, connect }) => {
  test("a thousand events from the client, while the transport changes", async () => {
    const socket = await connect();
    const key = `order ${way}`;
    const sent = await keepSending(socket, (n) => socket.emit("note", key, n));
    assert.deepEqual(await socket.emitWithAck("notes", key), range(sent));
  });

  test("a thousand events from the server, while the transport changes", async () => {
    const socket = await connect();
    const seen = [];
    socket.on("tock", (n) => seen.push(n));
    const bursts = await keepSending(socket, (n) => n % 10 === 0 && socket.emit("burst", 10));
    await until("all have come", () => seen.length >= Math.ceil(bursts / 10) * 10);
    assert.deepEqual(seen, range(seen.length).map((n) => n % 10));
  });

  test("both directions at once, text and binary, while the transport changes", async () => {
    const socket = await connect();
    const key = `both ways ${way}`;
    const [events, acks] = [[], []];
    socket.on("tock", (n, extra) => {
      events.push(n);
      if (n % 7 === 0) assert.deepEqual(extra, Buffer.from([n & 0xff, n >> 8]));
    });
    const sent = await keepSending(socket, (n) => {
      socket.emit("note", key, n);
      socket.emit("tick", n, n % 7 ? "text" : Buffer.from([n & 0xff, n >> 8]));
      socket.emit("echo", n, (answer) => acks.push(answer));
    });
    await until("all are answered", () => acks.length === sent);
    assert.deepEqual(events, range(sent));
    assert.deepEqual(acks, range(sent));
    assert.deepEqual(await socket.emitWithAck("notes", key), range(sent));
  });

  test("of an acknowledgement among events", async () => {
    const socket = await connect();
    const seen = [];
    socket.on("tock", (n) => seen.push(n));
    socket.emit("tick", 1);
    socket.emit("echo", 2, (answer) => seen.push(answer));
    socket.emit("tick", 3);
    await until("all have come", () => seen.length === 3);
    assert.deepEqual(seen, [1, 2, 3]);
  });

  /** Sends at least a thousand events in small batches, and continues until the transport is final. */
  const keepSending = async (socket, send) => {
    let n = 0;
    const last = way === "polling" ? "polling" : "websocket";
    do {
      for (const end = n + 5; n < end; n++) send(n);
      await new Promise(setImmediate);
    } while (n < EVENTS || socket.io.engine.transport.name !== last);
    return n;
  };
});

suite("volatile packets", ({ test, way, connect, client }) => {
  test("of the server arrive when the connection is idle", async () => {
    const socket = await connect();
    const seen = [];
    socket.on("flash", (n) => seen.push(n));
    let asked = 0;
    await until("one arrives", async () => {
      await socket.emitWithAck("echo", "the connection is idle after this");
      socket.emit("flash", asked++);
      await socket.emitWithAck("echo", 0);
      return seen.length > 0;
    });
    assert.ok(seen[0] < asked);
  });

  test("of the server may be lost in a burst, but do not come twice, out of order or in others' way", async () => {
    const socket = await connect();
    const seen = [];
    socket.on("flash", (n) => seen.push(n));
    const flooded = times(socket, "flooded", 3);
    for (let round = 0; round < 3; round++) socket.emit("flood", 100);
    await flooded;
    assert.ok(seen.length <= 300);
    let round = 0;
    seen.forEach((n, index) => {
      if (index > 0 && n <= seen[index - 1]) round++;
    });
    assert.ok(round < 3, `not in order: ${seen}`);
  });

  test("of the client arrive when it is connected", async () => {
    const socket = await connect();
    const key = `volatile ${way}`;
    await until("one arrives", async () => {
      socket.volatile.emit("note", key, "here");
      return (await socket.emitWithAck("notes", key)).length > 0;
    });
  });

  test("of the client are dropped before it is connected", async () => {
    const socket = client();
    const key = `too early ${way}`;
    socket.volatile.emit("note", key, "volatile");
    socket.emit("note", key, "lasting");
    await connected(socket);
    assert.deepEqual(await socket.emitWithAck("notes", key), ["lasting"]);
  });
});

suite("catch-all listeners of the client", ({ test, connect }) => {
  test("see every event in both directions, and no acknowledgement", async () => {
    const socket = await connect();
    const [incoming, outgoing] = [[], []];
    socket.onAny((...args) => incoming.push(args));
    socket.onAnyOutgoing((event) => outgoing.push(event));
    socket.emit("tick", 1, "a");
    socket.emit("hi");
    await socket.emitWithAck("echo", 0);
    assert.deepEqual(incoming, [["tock", 1, "a"], ["hi"]]);
    assert.deepEqual(outgoing, ["tick", "hi", "echo"]);
  });
});
