// socket.io-client of any version, in Node.js or Bun. Runs the checks of README.md over one transport, and prints the
// passed ones.
//
//   node client.mjs <package>
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { connect as openTcp } from "node:net";

const [packageName] = process.argv.slice(2);
const { SERVER_URL, TRANSPORT, CUT_PORT } = process.env;
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const transports = TRANSPORTS[TRANSPORT];

const require = createRequire(import.meta.url);
const io = require(packageName);
const [major] = require(`${packageName}/package.json`).version.split(".");
const hasAuth = major > 2;

const bytes = (length) => Buffer.from(Uint8Array.from({ length }, (_, i) => i * 31 + 7));
const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));
const ask = (socket, ...event) =>
  new Promise((resolve) => socket.emit(...event, (...answer) => resolve(answer.length > 1 ? answer : answer[0])));
const open = (path, options) =>
  io(SERVER_URL + path, { transports, reconnectionDelay: 10, reconnectionDelayMax: 50, ...options });

const sockets = [];
async function join(path, { auth = {}, ...options } = {}) {
  const query = hasAuth ? "" : `?${new URLSearchParams(auth)}`;
  const socket = open(path + query, { auth, ...options });
  sockets.push(socket);
  await next(socket, "connect");
  return socket;
}

let main;
const checks = {
  async connect() {
    main = await join("/");
    assert.equal(await ask(main, "getId"), main.id);
  },

  /** Sends events right after connecting. With `upgrade`, both directions are then in use during the upgrade. */
  async order() {
    const seen = [];
    const all = new Promise((resolve) => main.on("tock", (n) => seen.push(n) === 200 && resolve()));
    for (let n = 0; n < 200; n++) main.emit("tick", n);
    await all;
    assert.deepEqual(seen, [...Array(200).keys()]);
  },

  async transport() {
    const { engine } = main.io;
    if (engine.transport.name !== transports.at(-1)) await next(engine, "upgrade");
    assert.equal(engine.transport.name, transports.at(-1));
  },

  async ack() {
    for (const value of [1, "naïve 🦀 \u2028", null, [true, { deep: [{}] }]]) {
      assert.deepEqual(await ask(main, "echo", value), value);
    }
    assert.deepEqual(await ask(main, "echoAll", 1, "b", [null]), [1, "b", [null]]);
  },

  async arguments() {
    const relayed = next(main, "relayed");
    main.emit("relay", 1, [2], { three: null });
    assert.deepEqual(await relayed, [1, [2], { three: null }]);
  },

  async binary_event() {
    const echoed = next(main, "message");
    main.emit("message", bytes(300));
    assert.deepEqual(await echoed, [bytes(300)]);
  },

  async binary_ack() {
    assert.deepEqual(await ask(main, "echo", bytes(300)), bytes(300));
    const nested = { name: "x", parts: [bytes(1), bytes(0), { last: bytes(70_000) }] };
    assert.deepEqual(await ask(main, "echo", nested), nested);
  },

  async question() {
    main.once("question", (text, answer) => answer(`${text}!`));
    assert.deepEqual(await ask(main, "ask", "why", 20_000), { reply: "why!" });
  },

  async binary_question() {
    main.once("question", (data, answer) => answer(Buffer.from(data).reverse()));
    assert.deepEqual(await ask(main, "ask", bytes(9), 20_000), { reply: bytes(9).reverse() });
  },

  async namespaces() {
    const foo = await join("/foo");
    assert.equal(foo.io, main.io);
    assert.equal(await ask(foo, "getId"), foo.id);
    assert.equal(await ask(foo, "echo", "in foo"), "in foo");
    foo.disconnect();
    assert.equal(await ask(main, "echo", "still here"), "still here");
    foo.connect();
    await next(foo, "connect");
    assert.equal(await ask(foo, "echo", "back"), "back");
  },

  async auth() {
    const member = await join("/members", { auth: { name: "Ann", token: "secret" }, forceNew: !hasAuth });
    assert.equal(await ask(member, "whoami"), "Ann");
    member.disconnect();
  },

  async refused() {
    const socket = open("/no");
    sockets.push(socket);
    const [error] = await next(socket, hasAuth ? "connect_error" : "error");
    assert.equal(error.message ?? error, "Auth failed (custom namespace)");
  },

  async rooms() {
    const other = await join("/", { forceNew: true });
    await ask(main, "join", ["room"]);
    const heard = next(main, "news");
    await ask(other, "say", { to: ["room"], except: [], me: false, what: bytes(20) });
    assert.deepEqual(await heard, [bytes(20)]);
    other.disconnect();
  },

  async large() {
    const text = "0123456789 ✓ ".repeat(20_000);
    assert.equal(await ask(main, "echo", text), text);
    assert.deepEqual(await ask(main, "echo", bytes(500_000)), bytes(500_000));
  },

  async reconnect() {
    const [foo] = sockets.filter(({ nsp }) => nsp === "/foo");
    const before = [main.id, foo.id];
    const [gone, back] = [next(main, "disconnect"), Promise.all([next(main, "connect"), next(foo, "connect")])];
    const cut = openTcp(CUT_PORT, "127.0.0.1");
    await gone;
    cut.destroy();
    await back;
    assert.ok(!before.includes(main.id) && !before.includes(foo.id));
    assert.deepEqual(await ask(main, "echo", bytes(3)), bytes(3));
    assert.equal(await ask(foo, "getId"), foo.id);
  },

  async kicked() {
    const [ended, ticks] = [next(main, "disconnect"), []];
    main.removeAllListeners("tock");
    main.on("tock", (n) => ticks.push(n));
    main.emit("kick", 20);
    assert.deepEqual(await ended.then(([reason]) => reason), "io server disconnect");
    assert.deepEqual(ticks, [...Array(20).keys()]);
  },
};

for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`ok ${name}`);
}
sockets.forEach((socket) => socket.io.engine.close());
process.exit(0);
