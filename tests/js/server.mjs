// Starts the server under test: Switchboard's, or Node's own with REFERENCE=1.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const reference = Boolean(process.env.REFERENCE);

/** A server that already runs; tests that need one with other settings are skipped then. */
export const running = process.env.SERVER_URL;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [program, ...args] = reference
  ? [process.execPath, here("./reference.mjs")]
  : [process.env.SWITCHBOARD_SERVER ?? here("../../target/debug/wire_server")];

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));
process.once("SIGTERM", () => process.exit(1));

/** The URL of a server with these settings (environment variables), and a way to send it a signal. */
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

/** The port in the line `listening <port>`; all other lines are passed on. */
function announcedPort(stdout) {
  return new Promise((resolve) => {
    createInterface(stdout).on("line", (line) => {
      const [, port] = /^listening (\d+)$/.exec(line) ?? [];
      if (port) resolve(Number(port));
      else console.log(line);
    });
  });
}
