// Runs a program per client and transport against Switchboard, and compares its passed checks with those of README.md.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { proxyTo } from "../js/proxy.mjs";
import { startServer } from "../js/server.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const CHECKS = [
  "connect", "order", "transport", "ack", "arguments", "binary_event", "binary_ack", "question", "binary_question",
  "namespaces", "auth", "refused", "rooms", "large", "reconnect", "kicked",
];
const TRANSPORTS = ["polling", "websocket", "upgrade"];

const bun = here("node_modules/.bin/bun");
const python = here(".venv/bin/python");
const rust = process.env.RUST_CLIENT ?? here("../../target/clients/debug/switchboard-rust-client");

/** The clients. `lacks` lists the checks of features that a client does not support. */
const CLIENTS = [
  ...["4.8", "4.0", "3.1", "3.0", "2.5"].map((version) => ({
    title: `socket.io-client ${version}`,
    command: [process.execPath, "client.mjs", `client-${version}`],
  })),
  ...["4.8", "2.5"].map((version) => ({
    title: `socket.io-client ${version} in Bun`,
    command: [bun, "client.mjs", `client-${version}`],
  })),
  { title: "python-socketio with threads", command: [python, "client.py", "threads"] },
  { title: "python-socketio with asyncio", command: [python, "client.py", "asyncio"] },
  {
    title: "rust_socketio",
    command: [rust],
    lacks: ["transport", "binary_ack", "question", "binary_question"],
  },
];

/** Time limit for a client, which only a hanging client reaches. */
const DEADLINE = 60_000;

const server = await startServer({ ALLOW_EIO3: "true" });
after(() => server.stop());

for (const { title, command, lacks = [] } of CLIENTS) {
  describe(title, () => {
    for (const transport of TRANSPORTS) {
      test(`over ${transport}`, { timeout: 2 * DEADLINE }, async (t) => {
        const { passed, status, output } = await run(t, command, transport);
        assert.equal(status, 0, `exit status after ${passed.at(-1) ?? "nothing"}:\n${output}`);
        assert.deepEqual(passed, CHECKS.filter((check) => !lacks.includes(check)));
      });
    }
  });
}

/** Runs a client through a proxy, which rejects connections while a TCP connection to `CUT_PORT` is open. */
async function run(t, [program, ...args], transport) {
  const proxy = await proxyTo(server.port);
  const cutter = createServer((socket) => {
    proxy.down();
    socket.on("error", () => {}).on("close", proxy.up).resume();
  });
  await once(cutter.listen(0, "127.0.0.1"), "listening");
  t.after(() => {
    cutter.close();
    proxy.stop();
  });

  const env = { ...process.env, SERVER_URL: proxy.url, CUT_PORT: cutter.address().port, TRANSPORT: transport };
  const child = spawn(program, args, { cwd: here("."), env, stdio: ["ignore", "pipe", "pipe"], timeout: DEADLINE });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output.push(text));
  const [status, signal] = await once(child, "close");
  const text = output.join("");
  return { status: status ?? signal, output: text, passed: [...text.matchAll(/^ok (\w+)$/gm)].map(([, name]) => name) };
}
