// Measures the time until socket.io-client is connected, has its first ack, and has upgraded to WebSocket.
//
//   node tests/bench/upgrade.mjs COUNT NAME=COMMAND...
//
// Each command serves 127.0.0.1:$PORT and acks the event `echo`. The runs alternate between the servers, one client at
// a time, so that other work on the machine affects all of them equally.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

// The client of the test suite in tests/js.
const { io } = createRequire(new URL("../js/package.json", import.meta.url))("socket.io-client");

/** Number of connects that are not measured, so that Node's just-in-time compiler can warm up. */
const WARMUP = 10;
const PATIENCE = 10_000;

const [count, ...named] = process.argv.slice(2);
const servers = await Promise.all(named.map((argument) => start(...argument.split(/=(.*)/s))));
try {
  for (let turn = -WARMUP; turn < Number(count); turn++) {
    for (const server of servers) {
      const times = await measure(`http://127.0.0.1:${server.port}`);
      if (turn >= 0) server.runs.push(times);
    }
  }
} finally {
  servers.forEach(({ child }) => child.kill());
}
report();

/** Starts a server, and waits until it accepts connections. */
async function start(name, command) {
  const port = await freePort();
  const [program, ...args] = command.trim().split(/\s+/);
  const child = spawn(program, args, { env: { ...process.env, PORT: String(port) }, stdio: ["ignore", "ignore", "inherit"] });
  process.once("exit", () => child.kill());
  for (let tries = 0; tries < 400 && !(await accepts(port)); tries++) await sleep(50);
  return { name, port, child, runs: [] };
}

async function freePort() {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address();
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true) ?? socket.destroy()).once("error", () => resolve(false));
  });
}

/** Measures a client with the default transports, which emits as soon as it is connected. Times are in milliseconds. */
async function measure(url) {
  const begun = performance.now();
  const since = (start) => performance.now() - start;
  const socket = io(url, { forceNew: true, reconnection: false });
  const upgraded = new Promise((resolve) => {
    socket.io.once("open", () => socket.io.engine.once("upgrade", () => resolve(since(begun))));
  });
  const acked = new Promise((resolve, reject) => {
    socket.once("connect_error", reject);
    socket.once("connect", () => {
      const connected = since(begun);
      const emitted = performance.now();
      socket.emit("echo", "hello", () => resolve([connected, since(emitted)]));
    });
  });
  const late = sleep(PATIENCE, undefined, { ref: false }).then(() => {
    throw new Error(`${url}: no ack or no upgrade within ${PATIENCE} ms`);
  });
  const [[connected, ack], upgrade] = await Promise.race([Promise.all([acked, upgraded]), late]);
  const closed = new Promise((resolve) => socket.io.engine.once("close", resolve));
  socket.disconnect();
  await closed;
  return { connected, ack, upgrade };
}

function report() {
  const columns = { connected: "connected", ack: "first ack, after `connect`", upgrade: "upgraded" };
  const at = (values, share) => values.sort((a, b) => a - b)[Math.ceil(values.length * share) - 1].toFixed(1);
  console.log(`${count} connects a server, times in ms: median, p90, p99\n`);
  console.log(`| server | ${Object.values(columns).join(" | ")} |`);
  console.log(`|---|${"---:|".repeat(Object.keys(columns).length)}`);
  for (const { name, runs } of servers) {
    const cells = Object.keys(columns).map((column) => {
      const values = runs.map((run) => run[column]);
      return [0.5, 0.9, 0.99].map((share) => at(values, share)).join(", ");
    });
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
}
