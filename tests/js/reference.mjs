// The reference server of this suite, on socket.io for Node.js. A Switchboard server must behave in the same way.
// `tests/src/bin/wire_server` is its counterpart; README.md lists the events of both.
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { Server } from "socket.io";
import { parserOption } from "./parser.mjs";

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);

const http = createServer((_, response) => response.writeHead(404).end());
const io = new Server(http, {
  ...parserOption,
  path: process.env.HTTP_PATH ?? "/socket.io",
  pingInterval: number("PING_INTERVAL", 25_000),
  pingTimeout: number("PING_TIMEOUT", 20_000),
  connectTimeout: number("CONNECT_TIMEOUT", 45_000),
  maxHttpBufferSize: number("MAX_PAYLOAD", 1_000_000),
  allowEIO3: process.env.ALLOW_EIO3 === "true",
  connectionStateRecovery: process.env.RECOVERY && { maxDisconnectionDuration: number("RECOVERY") },
  allowRequest: async (request, decide) => {
    await sleep(10);
    const denied = new URL(request.url, "http://localhost").searchParams.has("deny");
    decide(denied ? "not on the list" : null, !denied);
  },
});

/** Promises that the event `release` resolves, so that a test can block a handler or a middleware. */
const gates = new Map();
const gate = (key) => {
  if (!gates.has(key)) gates.set(key, Promise.withResolvers?.() ?? deferred());
  return gates.get(key);
};
const deferred = () => {
  const gate = {};
  gate.promise = new Promise((resolve) => (gate.resolve = resolve));
  return gate;
};

const refusal = (message, data) => Object.assign(new Error(message), { data });

const handshake = ({ handshake: { query, auth, headers, url } }) => ({ query, auth, headers, url });

io.use((socket, next) => {
  next(socket.handshake.query.fail === undefined ? undefined : refusal("Auth failed (main namespace)"));
});

io.of("/anything").on("connection", (socket) => {
  socket.onAny((name, ...args) => {
    if (name === "ask") return;
    const answer = typeof args.at(-1) === "function" ? args.pop() : undefined;
    socket.emit(name, ...args);
    answer?.([name, args.length]);
  });
  socket.on("ask", async (name, ...args) => {
    const answer = args.pop();
    answer(await socket.emitWithAck(name, ...args));
  });
});

const notes = new Map();

io.on("connection", (socket) => {
  // Simple answers.
  socket.on("hi", () => socket.emit("hi"));
  socket.on("message", (value) => socket.send(value));
  socket.on("echo", (value, answer) => answer(value));
  socket.on("echoAll", (a, b, c, answer) => answer(a, b, c));
  socket.on("relay", (a, b, c) => socket.emit("relayed", a, b, c));
  socket.on("getId", (answer) => answer(socket.id));
  socket.on("getHandshake", (answer) => answer(handshake(socket)));
  socket.on("getAckDate", (_, answer) => answer(new Date()));
  socket.on("getDate", () => socket.emit("takeDate", new Date()));
  socket.on("getDateObj", () => socket.emit("takeDateObj", { date: new Date() }));
  socket.on("false", () => socket.emit("false", false));
  socket.on("getbin", () => socket.emit("takebin", Buffer.from("asdfasdf")));
  socket.on("getUtf8", () => {
    const texts = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "🦀 \u2028 \u0000 \""];
    for (const text of texts) socket.emit("takeUtf8", text);
  });
  for (const name of ["error", "constructor", "__proto__", "toString", "naïve ✓"]) {
    socket.on(name, (answer) => {
      if (typeof answer === "function") answer(name); // Node.js also emits `error` for packets that it cannot decode
    });
  }

  // Acknowledgements.
  socket.on("ack", () => {
    socket.emit("ack", (a, b) => {
      if (a === 5 && b.test === true) socket.emit("got it");
    });
  });
  socket.on("ask", (text, timeout, answer) => {
    socket.timeout(timeout).emit("question", text, (error, reply) => answer(error ? { timeout: true } : { reply }));
  });
  socket.on("fail", (answer) => answer({ error: { code: "E_FAIL", message: "as asked" } }));
  socket.on("silence", () => {});
  socket.on("wait", async (key, answer) => answer(await gate(key).promise));
  socket.on("release", (key) => gate(key).resolve(key));

  // Stored notes, order and volume.
  socket.on("note", (key, value) => notes.set(key, [...(notes.get(key) ?? []), value]));
  socket.on("notes", (key, answer) => answer(notes.get(key) ?? []));
  socket.on("tick", (n, extra) => socket.emit("tock", n, extra));
  socket.on("burst", (count) => burst(socket, count));
  socket.on("flash", (value) => socket.volatile.emit("flash", value));
  socket.on("flood", (count) => {
    for (let n = 0; n < count; n++) socket.volatile.emit("flash", n);
    socket.emit("flooded");
  });

  // Rooms.
  socket.on("join", (rooms, answer) => {
    socket.join(rooms);
    answer();
  });
  socket.on("leave", (room, answer) => {
    socket.leave(room);
    answer();
  });
  socket.on("rooms", (answer) => answer([...socket.rooms].sort()));
  socket.on("say", ({ to, except, me, what }, answer) => {
    const from = me ? io.of("/") : socket;
    from.to(to).except(except).emit("news", what);
    answer();
  });

  // Operations on many sockets.
  const those = ({ to, except, me }) => (me ? io.of("/") : socket).to(to).except(except);
  socket.on("askAll", (who, what, timeout, answer) => {
    those(who).timeout(timeout).emit("question", what, (error, answers) => answer({ answers, complete: !error }));
  });
  socket.on("fetch", async (who, answer) => {
    const found = await those(who).fetchSockets();
    answer(found.map(({ id, rooms, handshake }) => ({ id, rooms: [...rooms].sort(), query: handshake.query.name ?? null })));
  });
  socket.on("tellEach", async (who, what, answer) => {
    for (const found of await those(who).fetchSockets()) found.emit("news", what);
    answer();
  });
  socket.on("joinAll", (who, rooms, answer) => {
    those(who).socketsJoin(rooms);
    answer();
  });
  socket.on("leaveAll", (who, rooms, answer) => {
    those(who).socketsLeave(rooms);
    answer();
  });
  socket.on("disconnectAll", (who, close) => those(who).disconnectSockets(close));
  socket.on("roomEvents", (prefix, answer) => answer(roomEvents.filter(([, room]) => room.startsWith(prefix))));

  // Disconnecting.
  socket.on("kick", (ticks) => {
    burst(socket, ticks);
    socket.disconnect();
    socket.emit("tock", "after the end");
  });
  socket.on("close", (ticks) => {
    burst(socket, ticks);
    socket.disconnect(true);
  });
  socket.on("observe", (answer) => {
    socket.join("observers");
    answer();
  });
  socket.on("disconnect", (reason) => io.to("observers").emit("left", socket.id, reason));
});

const roomEvents = [];
for (const what of ["create-room", "join-room", "leave-room", "delete-room"]) {
  io.of("/").adapter.on(what, (...room) => roomEvents.push([what, ...room]));
}

function burst(socket, count) {
  for (let n = 0; n < count; n++) socket.emit("tock", n);
}

io.of("/foo").on("connection", (socket) => {
  socket.on("getId", (answer) => answer(socket.id));
  socket.on("echo", (value, answer) => answer(value));
  socket.on("wait", async (key, answer) => answer(await gate(key).promise));
  socket.on("close", () => socket.disconnect(true));
});

io.of("/foo/bar").on("connection", (socket) => socket.on("echo", (value, answer) => answer(value)));

io.of("/abc").on("connection", (socket) => socket.emit("handshake", handshake(socket)));

io.of("/welcome").on("connection", (socket) => {
  for (let n = 0; n < 3; n++) socket.emit("welcome", n);
});

io.of("/no").use((_, next) => next(refusal("Auth failed (custom namespace)")));

io.of("/refused").use((_, next) => next(refusal("not today", { code: 42, why: ["rain", { wind: true }] })));

io.of("/ordered")
  .use((socket, next) => next(socket.handshake.auth.stop?.includes("first") ? refusal("first") : undefined))
  .use((socket, next) => next(socket.handshake.auth.stop?.includes("second") ? refusal("second") : undefined));

io.of("/slow").use(async (socket, next) => {
  await gate(socket.handshake.auth.key).promise;
  next();
});

io.of("/members")
  .use((socket, next) => {
    const { name, token } = socket.handshake.auth;
    next(token === "secret" && name !== undefined ? undefined : refusal("who are you?", { token: token ?? null }));
  })
  .on("connection", (socket) => socket.on("whoami", (answer) => answer(socket.handshake.auth.name)));

// Features added to a socket at run time.
io.of("/runtime").on("connection", (socket) => {
  const listener = (mark) => (value) => socket.emit("heard", mark, value);
  socket.on("listen", (name, mark, answer) => {
    socket.on(name, listener(mark));
    answer();
  });
  socket.on("listenOnce", (name, mark, answer) => {
    socket.once(name, listener(mark));
    answer();
  });
  socket.on("stop", (name, answer) => {
    socket.removeAllListeners(name);
    answer();
  });
  socket.on("answerAll", (name, values, answer) => {
    for (const value of values) socket.on(name, (done) => done(value));
    answer();
  });
  socket.on("listenToAny", (answer) => {
    socket.onAny((name) => socket.emit("any", name));
    answer();
  });
  socket.on("listenToOutgoing", (answer) => {
    socket.onAnyOutgoing((name) => name !== "any" && socket.emit("any", name));
    answer();
  });
  socket.on("tellAll", (value, answer) => {
    socket.nsp.emit("heard", "all", value);
    answer();
  });
  socket.on("refuse", (word, answer) => {
    socket.use((event, next) => next(event.includes(word) ? refusal("refused") : undefined));
    answer();
  });
  socket.on("echo", (value, answer) => answer(value));
  socket.on("later", async (key, answer) => answer(await gate(key).promise));
  socket.on("release", (key) => gate(key).resolve(key));
  socket.on("send", (a, b, answer) => {
    socket.send(a, b);
    answer?.();
  });
  socket.on("join", (rooms, answer) => {
    socket.join(rooms);
    answer();
  });
  socket.on("keep", (key, value, answer) => {
    socket.data[key] = value;
    answer();
  });
  socket.on("kept", async (id, answer) => answer((await socket.nsp.in(id).fetchSockets())[0]?.data));
  socket.on("engine", (answer) => answer({ transport: socket.conn.transport.name, protocol: socket.conn.protocol }));
  socket.on("tellUpgrade", (answer) => {
    socket.conn.on("upgrade", ({ name }) => socket.emit("upgraded", name));
    answer();
  });
  socket.on("disconnecting", () => {
    const rooms = [...socket.rooms].filter((room) => room !== socket.id).sort();
    if (rooms.length > 0) socket.to(rooms).emit("going", socket.id, rooms); // an empty list would select all sockets
  });
  socket.on("disconnect", () => socket.broadcast.emit("gone", socket.id));
});

// Dynamic namespaces.
const child = (socket) => {
  socket.on("where", (answer) => answer(socket.nsp.name));
  socket.on("say", (what, answer) => {
    socket.nsp.emit("news", what);
    answer();
  });
};

io.of("/tenant-1000").on("connection", (socket) => socket.on("where", (answer) => answer("the thousandth")));

const tenants = io.of(/^\/tenant-\d{1,9}$/);
tenants.use((socket, next) => next(socket.nsp.name === "/tenant-13" ? refusal("no such floor") : undefined));
tenants.on("connection", (socket) => {
  child(socket);
  socket.on("join", (room, answer) => {
    socket.join(room);
    answer();
  });
  socket.on("tell", (room, what, answer) => {
    socket.to(room).emit("news", what);
    answer();
  });
  socket.on("announce", (what, answer) => {
    tenants.emit("news", what);
    answer();
  });
});

io.of(/^\/(tenant|dynamic)-[0-9a-z]+$/).on("connection", child);

io.of((name, auth, allow) => {
  gate(auth.wait ?? "open").promise.then(() => allow(null, auth.party !== undefined && name === `/party/${auth.party}`));
}).on("connection", child);
gate("open").resolve();

const made = new Map();
io.on("new_namespace", ({ name }) => made.set(name, (made.get(name) ?? 0) + 1));
io.on("connection", (socket) => socket.on("made", (name, answer) => answer(made.get(name) ?? 0)));

process.on("SIGTERM", () => io.close());

http.listen(number("PORT", 0), "127.0.0.1", () => console.log(`listening ${http.address().port}`));
