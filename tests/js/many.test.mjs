// Operations on many sockets: broadcast acknowledgements, finding, moving between rooms, disconnecting.
import assert from "node:assert/strict";
import { connected, once, suite, until } from "./suite.mjs";

const PATIENT = 10_000;

/** Selects sockets, in the form that the server's events take. */
const those = (to, { except = [], me = false } = {}) => ({ to, except, me });

suite("a question to many", ({ test, way, connect }) => {
  /** Returns a room name that is unique to the transport, because all transports share a server. */
  const room = (name) => `ask ${name} ${way}`;

  /** Connects a socket in these rooms. It answers questions with the result of `answer`, or not at all without it. */
  const person = async (rooms, answer) => {
    const socket = await connect();
    socket.asked = [];
    socket.on("question", (what, reply) => {
      socket.asked.push(what);
      if (answer) reply(...answer(what));
    });
    await socket.emitWithAck("join", rooms);
    return socket;
  };

  const sorted = ({ answers, complete }) => ({ answers: answers.sort(), complete });

  test("is answered by all", async () => {
    const asking = await connect();
    await person([room("red")], (what) => [`b: ${what}`]);
    await person([room("red"), room("blue")], (what) => [`c: ${what}`]);
    const apart = await person([], () => ["d"]);
    const answer = await asking.emitWithAck("askAll", those([room("red"), room("blue")]), "tea?", PATIENT);
    assert.deepEqual(sorted(answer), { answers: ["b: tea?", "c: tea?"], complete: true });
    await apart.emitWithAck("echo", 0);
    assert.deepEqual(apart.asked, []);
  });

  test("is answered by the sender too, or not", async () => {
    const asking = await person([room("me")], () => ["a"]);
    await person([room("me")], () => ["b"]);
    const without = await asking.emitWithAck("askAll", those([room("me")]), "?", PATIENT);
    assert.deepEqual(without, { answers: ["b"], complete: true });
    const within = await asking.emitWithAck("askAll", those([room("me")], { me: true }), "?", PATIENT);
    assert.deepEqual(sorted(within), { answers: ["a", "b"], complete: true });
  });

  test("except some", async () => {
    const asking = await connect();
    await person([room("all")], () => ["b"]);
    await person([room("all"), room("not")], () => ["c"]);
    const answer = await asking.emitWithAck("askAll", those([room("all")], { except: [room("not")] }), "?", PATIENT);
    assert.deepEqual(answer, { answers: ["b"], complete: true });
  });

  test("of which the first value counts, binary as well", async () => {
    const asking = await connect();
    await person([room("binary")], ({ bytes }) => [bytes.reverse(), "surplus"]);
    const what = { bytes: Buffer.from([1, 2, 3]) };
    const { answers, complete } = await asking.emitWithAck("askAll", those([room("binary")]), what, PATIENT);
    assert.deepEqual([answers, complete], [[Buffer.from([3, 2, 1])], true]);
  });

  test("nobody is there for", async () => {
    const asking = await connect();
    const answer = await asking.emitWithAck("askAll", those([room("nobody")]), "?", PATIENT);
    assert.deepEqual(answer, { answers: [], complete: true });
  });

  test("some answer in time", async () => {
    const asking = await connect();
    await person([room("some")], () => ["b"]);
    const silent = await person([room("some")]);
    // Long enough for an answer on a busy machine.
    const answer = await asking.emitWithAck("askAll", those([room("some")]), "?", 4_000);
    assert.deepEqual(answer, { answers: ["b"], complete: false });
    assert.deepEqual(silent.asked, ["?"]);
  });

  test("an answer that is late is taken for no other", async () => {
    const asking = await connect();
    const late = await connect();
    const replies = [];
    late.on("question", (what, reply) => replies.push(reply));
    await late.emitWithAck("join", [room("late")]);
    const first = await asking.emitWithAck("askAll", those([room("late")]), 1, 20);
    assert.deepEqual(first, { answers: [], complete: false });
    await until("the first question is there", () => replies.length === 1);
    const second = asking.emitWithAck("askAll", those([room("late")]), 2, PATIENT);
    await until("the second question is there", () => replies.length === 2);
    replies[0]("to the first");
    replies[1]("to the second");
    assert.deepEqual(await second, { answers: ["to the second"], complete: true });
  });
});

suite("a question to many, of whom some leave", ({ test, way, connect }) => {
  test("does not wait for them", async () => {
    const [asking, stays, leaves, breaks] = [await connect(), await connect(), await connect(), await connect()];
    const room = `ask who leaves ${way}`;
    for (const socket of [stays, leaves, breaks]) await socket.emitWithAck("join", [room]);
    stays.on("question", (_, reply) => reply("here"));
    leaves.on("question", () => leaves.disconnect());
    breaks.on("question", () => breaks.io.engine.close());
    // Longer than the time limit of a test.
    const answer = await asking.emitWithAck("askAll", those([room]), "?", 600_000);
    assert.deepEqual(answer, { answers: ["here"], complete: false });
  });
}, { switchboardOnly: true });

suite("many sockets", ({ test, way, connect }) => {
  /** Returns a room name that is unique to the transport, because all transports share a server. */
  const room = (name) => `${name} ${way}`;

  const member = async (rooms, name) => {
    const socket = await connect("/", name && { query: { name } });
    socket.heard = [];
    socket.on("news", (what) => socket.heard.push(what));
    if (rooms.length > 0) await socket.emitWithAck("join", rooms);
    return socket;
  };

  const byId = (found) => found.sort((a, b) => (a.id < b.id ? -1 : 1));

  test("are found, with their rooms and handshakes", async () => {
    const [red, blue] = [room("find red"), room("find blue")];
    const [a, b, c] = [await member([red], "a"), await member([red, blue], "b"), await member([blue])];
    const found = (...who) => a.emitWithAck("fetch", those(...who)).then(byId);
    const described = {
      a: { id: a.id, rooms: [a.id, red].sort(), query: "a" },
      b: { id: b.id, rooms: [b.id, red, blue].sort(), query: "b" },
      c: { id: c.id, rooms: [c.id, blue].sort(), query: null },
    };
    assert.deepEqual(await found([red], { me: true }), byId([described.a, described.b]));
    assert.deepEqual(await found([red]), [described.b]);
    assert.deepEqual(await found([red, blue], { me: true }), byId(Object.values(described)));
    assert.deepEqual(await found([red], { me: true, except: [blue] }), [described.a]);
    assert.deepEqual(await found([c.id]), [described.c]);
    assert.deepEqual(await found([room("find nobody")]), []);
  });

  test("are told one by one", async () => {
    const [a, b, c] = [await member([]), await member([room("tell")]), await member([room("tell")])];
    await a.emitWithAck("tellEach", those([room("tell")]), "psst");
    await Promise.all([b, c].map((socket) => socket.emitWithAck("echo", 0)));
    assert.deepEqual([a.heard, b.heard, c.heard], [[], ["psst"], ["psst"]]);
  });

  test("enter and leave rooms", async () => {
    const [old, one, two] = [room("old"), room("one"), room("two")];
    const [a, b, c] = [await member([old]), await member([old]), await member([])];
    await a.emitWithAck("joinAll", those([old], { me: true }), [one, two]);
    const rooms = (socket) => socket.emitWithAck("rooms");
    assert.deepEqual(await rooms(a), [a.id, old, one, two].sort());
    assert.deepEqual(await rooms(b), [b.id, old, one, two].sort());
    assert.deepEqual(await rooms(c), [c.id]);
    await a.emitWithAck("leaveAll", those([one]), [old, two]);
    assert.deepEqual(await rooms(a), [a.id, old, one, two].sort());
    assert.deepEqual(await rooms(b), [b.id, one].sort());
  });

  test("are disconnected from the namespace", async () => {
    const [a, b] = [await member([room("out")]), await member([room("out")])];
    const foo = await connected(b.io.socket("/foo"));
    const left = once(b, "disconnect");
    a.emit("disconnectAll", those([room("out")]), false);
    assert.deepEqual((await left)[0], "io server disconnect");
    assert.equal(await foo.emitWithAck("echo", "still here"), "still here");
    assert.equal(await a.emitWithAck("echo", "I too"), "I too");
  });

  test("are disconnected altogether", async () => {
    const [a, b] = [await member([]), await member([room("close")])];
    const foo = await connected(b.io.socket("/foo"));
    const left = Promise.all([once(b, "disconnect"), once(foo, "disconnect")]);
    a.emit("disconnectAll", those([room("close")]), true);
    await left;
    assert.deepEqual([b.connected, foo.connected], [false, false]);
  });

  test("make rooms come and go", async () => {
    const prefix = room("watched");
    const [one, two] = [`${prefix} 1`, `${prefix} 2`];
    const watching = await member([]);
    const [a, b] = [await member([one, two]), await member([one, one])];
    await a.emitWithAck("leave", one);
    await a.emitWithAck("leave", one);
    const expected = [
      ["create-room", one],
      ["join-room", one, a.id],
      ["create-room", two],
      ["join-room", two, a.id],
      ["join-room", one, b.id],
      ["leave-room", one, a.id],
      ["leave-room", one, b.id],
      ["delete-room", one],
    ];
    b.disconnect();
    let events;
    await until("all has been noted", async () => {
      events = await watching.emitWithAck("roomEvents", prefix);
      return events.length >= expected.length;
    });
    assert.deepEqual(events, expected);
  });
});
