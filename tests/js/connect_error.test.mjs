// Rejected connections: unknown namespaces, failing middleware, and connecting again afterwards.
import assert from "node:assert/strict";
import { connected, once, suite } from "./suite.mjs";

suite("connect_error", ({ test, client, connect }) => {
  const refused = async (...args) => {
    const socket = client(...args);
    socket.once("connect", () => assert.fail("connected"));
    const [error] = await once(socket, "connect_error");
    assert.ok(error instanceof Error);
    assert.equal(socket.connected, false);
    assert.equal(socket.id, undefined);
    return { socket, error };
  };

  test("an unknown namespace", async () => {
    const { error } = await refused("/doesnotexist");
    assert.equal(error.message, "Invalid namespace");
    assert.equal(error.data, undefined);
  });

  test("a query in the name of a namespace makes it another one", async () => {
    assert.equal((await refused("/foo?a=b")).error.message, "Invalid namespace");
  });

  test("names are case sensitive and not prefixes", async () => {
    for (const name of ["/FOO", "/fo", "/foo/", "/foo/ba"]) {
      assert.equal((await refused(name)).error.message, "Invalid namespace", name);
    }
  });

  test("names that are properties of every JavaScript object", async () => {
    for (const name of ["/__proto__", "/constructor"]) {
      assert.equal((await refused(name)).error.message, "Invalid namespace", name);
    }
  });

  test("an unknown namespace leaves the connection to the others", async () => {
    const main = await connect();
    const [error] = await once(main.io.socket("/nothing"), "connect_error");
    assert.equal(error.message, "Invalid namespace");
    assert.equal(await main.emitWithAck("echo", 1), 1);
  });

  test("middleware of the main namespace", async () => {
    const { error } = await refused("/", { query: { fail: true } });
    assert.equal(error.message, "Auth failed (main namespace)");
    assert.equal(error.data, undefined);
  });

  test("middleware of a namespace", async () => {
    assert.equal((await refused("/no")).error.message, "Auth failed (custom namespace)");
  });

  test("middleware of the main namespace does not concern the others", async () => {
    const foo = await connect("/foo", { query: { fail: true } });
    assert.equal(await foo.emitWithAck("getId"), foo.id);
  });

  test("with data", async () => {
    const { error } = await refused("/refused");
    assert.equal(error.message, "not today");
    assert.deepEqual(error.data, { code: 42, why: ["rain", { wind: true }] });
  });

  test("the first middleware that refuses decides", async () => {
    assert.equal((await refused("/ordered", { auth: { stop: ["second", "first"] } })).error.message, "first");
    assert.equal((await refused("/ordered", { auth: { stop: ["second"] } })).error.message, "second");
    await connect("/ordered", { auth: { stop: [] } });
  });

  test("refused for its auth, then connected with a better one over the same connection", async () => {
    const main = await connect();
    const { engine } = main.io;
    const members = main.io.socket("/members", { auth: { name: "ada", token: "guess" } });
    const [error] = await once(members, "connect_error");
    assert.equal(error.message, "who are you?");
    assert.deepEqual(error.data, { token: "guess" });

    members.auth.token = "secret";
    await connected(members.connect());
    assert.equal(await members.emitWithAck("whoami"), "ada");
    assert.equal(members.io.engine, engine);
  });

  test("a refused socket does not try again by itself", async () => {
    const { socket } = await refused("/members");
    assert.equal(socket.active, false);
  });
});
