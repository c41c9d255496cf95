// Starts the server under test: Switchboard, or socket.io on Node.js with REFERENCE=1.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const reference = Boolean(process.env.REFERENCE);

/** The URL of a running server. If it is set, tests that need other settings are skipped. */
export const running = process.env.SERVER_URL;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [program, ...args] = reference
  ? [process.execPath, here("./reference.mjs")]
  : [process.env.SWITCHBOARD_SERVER ?? here("../../target/debug/wire_server")];

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));
process.once("SIGTERM", () => process.exit(1));

/** Starts a server with these settings (environment variables). Returns its URL, and functions that send it signals. */
export async function startServer(settings = {}) {
  const env = { ...process.env, PORT: "0", ...settings };
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const ended = new Promise((resolve, reject) => child.once("exit", resolve).once("error", reject));
  const port = await Promise.race([
    announcedPort(child.stdout),
    ended.then((status) => {
      throw new Error(`${program} ended with ${status} before it listened`);
    }),
  ]);
  const signal = (name) => {
    child.kill(name);
    return ended;
  };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    freeze: () => child.kill("SIGSTOP"),
    terminate: () => signal("SIGTERM"),
    stop: () => signal("SIGKILL").then(() => children.delete(child)),
  };
}

/** Resolves to the port in the line `listening <port>`. Prints all other lines. */
function announcedPort(stdout) {
  return new Promise((resolve) => {
    createInterface(stdout).on("line", (line) => {
      const [, port] = /^listening (\d+)$/.exec(line) ?? [];
      if (port) resolve(Number(port));
      else console.log(line);
    });
  });
}
