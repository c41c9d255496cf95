// Starts the chat on a free port, with the documented command, and stops it.

import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const ROOT = new URL("../..", import.meta.url);

/** Runs `CHAT_CMD` (default: `cargo run -q -p chat`) and waits until it serves its page. */
export async function startChat() {
  const port = await freePort();
  const command = process.env.CHAT_CMD ?? "cargo run -q -p chat";
  // A separate process group, because the command may be a shell or cargo that starts the server as a child.
  const child = spawn(command, { shell: true, cwd: ROOT, detached: true, stdio: "inherit", env: { ...process.env, PORT: String(port) } });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const failed = ended.then((code) => Promise.reject(new Error(`\`${command}\` ended early, with code ${code}`)));
  failed.catch(() => {});
  const serving = async () => {
    while (child.exitCode === null) {
      const page = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
      if (page?.ok) return;
      await pause(100);
    }
  };
  await Promise.race([serving(), failed]);
  return {
    port,
    async stop() {
      if (child.exitCode === null) process.kill(-child.pid, "SIGINT");
      await ended;
    },
  };
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
