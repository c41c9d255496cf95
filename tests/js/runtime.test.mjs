// Features added to a socket at run time: listeners, middleware, acknowledgements sent later, data, hooks.
import assert from "node:assert/strict";
import { once, suite, times, upgraded } from "./suite.mjs";

suite("listeners that were added to a socket", ({ test, connect }) => {
  test("run in their order, and until they are removed", async () => {
    const socket = await connect("/runtime");
    await socket.emitWithAck("listen", "mine", "first");
    await socket.emitWithAck("listenOnce", "mine", "once");
    await socket.emitWithAck("listen", "mine", "last");
    const heard = times(socket, "heard", 6);
    socket.emit("mine", 1);
    socket.emit("mine", { two: 2 });
    await socket.emitWithAck("stop", "mine");
    socket.emit("mine", 3);
    await socket.emitWithAck("listen", "mine", "anew");
    socket.emit("mine", 4);
    const [one, two] = [1, { two: 2 }];
    assert.deepEqual(await heard, [["first", one], ["once", one], ["last", one], ["first", two], ["last", two], ["anew", 4]]);
  });

  test("each may answer, and the first answer counts", async () => {
    const socket = await connect("/runtime");
    await socket.emitWithAck("answerAll", "question", ["one", "two"]);
    const answers = [];
    socket.emit("question", (...answer) => answers.push(answer));
    assert.equal(await socket.emitWithAck("echo", "after"), "after");
    assert.deepEqual(answers, [["one"]]);
  });

  test("hear bytes", async () => {
    const socket = await connect("/runtime");
    await socket.emitWithAck("listen", "bytes", "b");
    const heard = once(socket, "heard");
    socket.emit("bytes", { inside: Buffer.from([1, 2, 3]) });
    assert.deepEqual(await heard, ["b", { inside: Buffer.from([1, 2, 3]) }]);
  });

  test("are those of one socket alone", async () => {
    const [socket, other] = [await connect("/runtime"), await connect("/runtime")];
    await socket.emitWithAck("listen", "mine", "first");
    other.emit("mine", "other's");
    assert.equal(await other.emitWithAck("echo", 1), 1);
    const heard = once(socket, "heard");
    socket.emit("mine", "own");
    assert.deepEqual(await heard, ["first", "own"]);
  });
});

suite("listeners to everything", ({ test, connect }) => {
  test("hear what comes, handled or not", async () => {
    const socket = await connect("/runtime");
    await socket.emitWithAck("listenToAny");
    const any = times(socket, "any", 3);
    await socket.emitWithAck("echo", 1);
    socket.emit("nobody's", 1);
    socket.emit("nobody's either");
    assert.deepEqual(await any, [["echo"], ["nobody's"], ["nobody's either"]]);
  });

  test("hear what is sent, by broadcasts too, and not acknowledgements", async () => {
    const [socket, other] = [await connect("/runtime"), await connect("/runtime")];
    await socket.emitWithAck("listenToOutgoing");
    const any = times(socket, "any", 2);
    await socket.emitWithAck("echo", 1);
    await other.emitWithAck("tellAll", "by another");
    await socket.emitWithAck("send", 1, 2);
    assert.deepEqual(await any, [["heard"], ["message"]]);
  });
});

suite("middleware of one socket", ({ test, connect }) => {
  test("keeps events from their listeners, and lets others pass", async () => {
    const [socket, other] = [await connect("/runtime"), await connect("/runtime")];
    for (const client of [socket, other]) await client.emitWithAck("listen", "mine", "heard");
    await socket.emitWithAck("refuse", "rain");
    await socket.emitWithAck("refuse", "snow");
    const heard = times(socket, "heard", 2);
    for (const weather of ["sun", "rain", "snow", "wind"]) socket.emit("mine", weather);
    assert.deepEqual(await heard, [["heard", "sun"], ["heard", "wind"]]);
    const others = once(other, "heard");
    other.emit("mine", "rain");
    assert.deepEqual(await others, ["heard", "rain"]);
  });
});

suite("an acknowledgement that is handed on", ({ test, way, connect }) => {
  test("answers while later events are handled", async () => {
    const socket = await connect("/runtime");
    const key = `handed on ${way}`;
    let answered = false;
    const later = socket.emitWithAck("later", key).then((answer) => {
      answered = true;
      return answer;
    });
    assert.equal(await socket.emitWithAck("echo", "meanwhile"), "meanwhile");
    assert.equal(answered, false);
    socket.emit("release", key);
    assert.equal(await later, key);
  });
});

suite("send", ({ test, connect }) => {
  test("is an event of the name `message`", async () => {
    const socket = await connect("/runtime");
    const message = once(socket, "message");
    socket.emit("send", "a", [1]);
    assert.deepEqual(await message, ["a", [1]]);
  });
});

suite("free data", ({ test, connect }) => {
  test("is found by others", async () => {
    const [socket, other] = [await connect("/runtime"), await connect("/runtime")];
    await socket.emitWithAck("keep", "name", "Ann");
    await socket.emitWithAck("keep", "tags", [1, { two: null }]);
    assert.deepEqual(await other.emitWithAck("kept", socket.id), { name: "Ann", tags: [1, { two: null }] });
  });
});

suite("a socket that goes", ({ test, way, connect }) => {
  test("is in its rooms while it says so", async () => {
    const [socket, other] = [await connect("/runtime"), await connect("/runtime")];
    const rooms = [`hall ${way}`, `yard ${way}`];
    await socket.emitWithAck("join", rooms);
    await other.emitWithAck("join", rooms);
    const { id } = socket;
    const order = [];
    other.on("going", (who) => who === id && order.push("going")).on("gone", (who) => who === id && order.push("gone"));
    const told = once(other, "going");
    socket.disconnect();
    assert.deepEqual(await told, [id, rooms]);
    while (order.length < 2) await once(other, "gone");
    assert.deepEqual(order, ["going", "gone"]);
  });
});

suite("the connection below", ({ test, way, connect }) => {
  test("tells its transport and its protocol", async () => {
    const socket = await connect("/runtime");
    if (way !== "polling") await upgraded(socket);
    const { transport, protocol } = await socket.emitWithAck("engine");
    assert.deepEqual([transport, protocol], [way === "polling" ? "polling" : "websocket", 4]);
  });
});

suite("an upgrade", ({ test, way, manager }) => {
  test("is told once", { skip: way !== "upgrade" }, async () => {
    const opened = manager();
    const { engine } = opened;
    // Delay the probe until the server has added its upgrade hook.
    let probe;
    engine._probe = (name) => (probe = () => Object.getPrototypeOf(engine)._probe.call(engine, name));
    const socket = opened.socket("/runtime").connect();
    await once(socket, "connect");
    await socket.emitWithAck("tellUpgrade");
    const told = once(socket, "upgraded");
    probe();
    assert.deepEqual(await told, ["websocket"]);
  });
});
