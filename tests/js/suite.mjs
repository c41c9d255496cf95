// Runs every test over each transport, and closes the connections that the test opened.
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Manager } from "socket.io-client";
import { parserOption } from "./parser.mjs";
import { reference, running, startServer } from "./server.mjs";

const WAYS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

/** The server shared by all suites of a file that need no settings. */
let shared;
const sharedServer = () => (shared ??= running ? { url: running, stop() {} } : startServer());
after(async () => (await shared)?.stop());

/**
 * Defines the tests of one subject. `define` is called once for each transport.
 *
 * Options: `settings` configures the server (see README.md); `serverPerTest` starts a new server for each test, for
 * tests that stop it; `switchboardOnly` marks behaviour that differs from the Node.js server.
 */
export function suite(title, define, { settings, serverPerTest = false, switchboardOnly = false } = {}) {
  const ownServer = Boolean(settings) || serverPerTest;
  describe(title, { skip: cannotRun(ownServer, switchboardOnly) }, () => {
    let server;
    const managers = [];
    const start = async () => (server = await (ownServer ? startServer(settings) : sharedServer()));
    const stop = () => ownServer && server.stop();
    if (!serverPerTest) {
      before(start);
      after(stop);
    }

    for (const [way, transports] of Object.entries(WAYS)) {
      describe(`over ${way}`, () => {
        const manager = (options) => {
          const quick = { reconnectionDelay: 10, reconnectionDelayMax: 50 };
          const opened = new Manager(options?.url ?? server.url, { transports, ...parserOption, ...quick, ...options });
          managers.push(opened);
          return opened;
        };
        const client = (namespace = "/", options = {}) => manager(options).socket(namespace, options).connect();
        const connect = (namespace, options) => connected(client(namespace, options));

        if (serverPerTest) beforeEach(start);
        define({ test: patiently, way, transports, manager, client, connect, server: () => server });
        afterEach(() => managers.splice(0).forEach((opened) => opened._close()));
        if (serverPerTest) afterEach(stop);
      });
    }
  });
}

function cannotRun(needsOwnServer, switchboardOnly) {
  if (running && needsOwnServer) return "needs a server of its own";
  return reference && switchboardOnly && "differs on purpose";
}

/** Resolves to the socket once it is connected. Fails with the error if it is rejected. */
export async function connected(socket) {
  const { promise, settle } = deadline(`connection to ${socket.nsp}`);
  socket.once("connect", () => settle(null, socket)).once("connect_error", settle);
  return socket.connected ? socket : promise;
}

/** Resolves to the arguments of the next `event`. */
export function once(emitter, event) {
  const { promise, settle } = deadline(`event "${event}"`);
  emitter.once(event, (...args) => settle(null, args));
  return promise;
}

/** Resolves to the arguments of the next `count` events named `event`. */
export function times(emitter, event, count) {
  const seen = [];
  const { promise, settle } = deadline(`${count} times "${event}"`, () => `${seen.length} came`);
  emitter.on(event, function listen(...args) {
    seen.push(args);
    if (seen.length < count) return;
    emitter.off(event, listen);
    settle(null, seen);
  });
  return promise;
}

/** Polls `holds` until it returns true. */
export async function until(what, holds) {
  const end = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise(setImmediate);
  }
}

/** Resolves to the socket once its connection has upgraded to WebSocket. */
export async function upgraded(socket) {
  const { engine } = socket.io;
  if (engine.transport.name !== "websocket") await once(engine, "upgrade");
  return socket;
}

/** Time limit of each wait, in milliseconds. Only a failing test waits that long. */
const PATIENCE = 30_000;

/** Defines a test with a time limit that is longer than that of its waits. */
function patiently(name, ...rest) {
  const [options, body] = rest.length === 2 ? rest : [{}, ...rest];
  test(name, { timeout: 3 * PATIENCE, ...options }, body);
}

function deadline(what, progress = () => "nothing came") {
  const { stack } = new Error();
  let settle;
  const promise = new Promise((resolve, reject) => {
    const fail = () => reject(Object.assign(new Error(`waited in vain for ${what}: ${progress()}`), { stack }));
    const timer = setTimeout(fail, PATIENCE);
    settle = (error, value) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve(value);
    };
  });
  return { promise, settle };
}
