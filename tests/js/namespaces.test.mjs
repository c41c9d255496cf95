// Dynamic namespaces: the matching of paths, and the isolation of children.
import assert from "node:assert/strict";
import { connected, once, suite } from "./suite.mjs";

suite("namespaces of many paths", ({ test, way, client, connect }) => {
  /** Unique numbers, so that tests do not share children. */
  let numbers = { polling: 1, websocket: 2, upgrade: 3 }[way] * 100_000;
  const fresh = (prefix) => `${prefix}${++numbers}`;

  const refused = async (...args) => {
    const socket = client(...args);
    socket.once("connect", () => assert.fail("connected"));
    return (await once(socket, "connect_error"))[0].message;
  };

  /** Records the news of the sockets. The returned function waits until all messages have arrived. */
  const listening = (...sockets) => {
    const heard = sockets.map((socket) => {
      const news = [];
      socket.on("news", (what) => news.push(what));
      return news;
    });
    return async () => {
      await Promise.all(sockets.map((socket) => socket.emitWithAck("where")));
      return heard.map((news) => news.splice(0));
    };
  };

  test("a pattern with a parameter", async () => {
    for (const path of [fresh("/tenant-"), "/tenant-0", "/tenant-123456789"]) {
      const socket = await connect(path);
      assert.equal(await socket.emitWithAck("where"), path);
    }
  });

  test("a path that is nobody's", async () => {
    for (const path of ["/tenant-", "/tenant-7/", "/tenant", "/tenant-X", "/Tenant-7", "/dynamic-", "/x/dynamic-7"]) {
      assert.equal(await refused(path), "Invalid namespace", path);
    }
  });

  test("a regular expression", async () => {
    for (const path of [fresh("/dynamic-"), "/dynamic-abc"]) {
      assert.equal(await (await connect(path)).emitWithAck("where"), path);
    }
  });

  test("the first pattern that has a path gets it", async () => {
    const [number, name, long] = [fresh("/tenant-"), fresh("/tenant-x"), "/tenant-1234567890"];
    const sockets = await Promise.all([number, name, long].map((path) => connect(path)));
    const heard = listening(...sockets);
    await sockets[0].emitWithAck("announce", "to all of the first pattern");
    assert.deepEqual(await heard(), [["to all of the first pattern"], [], []]);
  });

  test("a path of its own comes before all patterns", async () => {
    assert.equal(await (await connect("/tenant-1000")).emitWithAck("where"), "the thousandth");
  });

  test("children are apart, and so are their rooms", async () => {
    const [here, there] = [fresh("/tenant-"), fresh("/tenant-")];
    const sockets = await Promise.all([here, here, there].map((path) => connect(path)));
    const heard = listening(...sockets);
    await sockets[0].emitWithAck("say", "to this one");
    assert.deepEqual(await heard(), [["to this one"], ["to this one"], []]);
    await Promise.all(sockets.map((socket) => socket.emitWithAck("join", "lobby")));
    await sockets[0].emitWithAck("tell", "lobby", "to its lobby");
    assert.deepEqual(await heard(), [[], ["to its lobby"], []]);
  });

  test("an event for all children", async () => {
    const paths = [fresh("/tenant-"), fresh("/tenant-"), fresh("/dynamic-")];
    const sockets = await Promise.all(paths.map((path) => connect(path)));
    const heard = listening(...sockets);
    await sockets[1].emitWithAck("announce", { all: true });
    assert.deepEqual(await heard(), [[{ all: true }], [{ all: true }], []]);
  });

  test("a guard on the children", async () => {
    assert.equal(await refused("/tenant-13"), "no such floor");
    await connect("/tenant-14");
  });

  test("many first connects at once share one child", async () => {
    const path = fresh("/tenant-");
    const main = await connect();
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connect(path)));
    const heard = listening(...sockets);
    await sockets[3].emitWithAck("say", "hello");
    assert.deepEqual(await heard(), sockets.map(() => ["hello"]));
    assert.equal(await main.emitWithAck("made", path), 1);
  });

  test("a child that was left is entered again", async () => {
    const path = fresh("/dynamic-");
    const socket = await connect(path);
    for (let round = 0; round < 3; round++) {
      socket.disconnect();
      await connected(socket.connect());
      assert.equal(await socket.emitWithAck("where"), path);
    }
  });

  test("several over one connection", async () => {
    const main = await connect();
    const paths = [fresh("/tenant-"), fresh("/tenant-"), fresh("/dynamic-")];
    const sockets = await Promise.all(paths.map((path) => connected(main.io.socket(path))));
    assert.deepEqual(await Promise.all(sockets.map((socket) => socket.emitWithAck("where"))), paths);
    sockets[0].disconnect();
    assert.equal(await sockets[1].emitWithAck("where"), paths[1]);
  });

  test("a function of path and auth", async () => {
    const party = fresh("guests");
    assert.equal(await refused(`/party/${party}`), "Invalid namespace");
    assert.equal(await refused(`/party/${party}`, { auth: { party: "another" } }), "Invalid namespace");
    const socket = await connect(`/party/${party}`, { auth: { party } });
    assert.equal(await socket.emitWithAck("where"), `/party/${party}`);
  });

  test("a function that takes its time holds nothing else up", async () => {
    const main = await connect();
    const [party, key] = [fresh("late"), fresh("gate ")];
    const paths = [fresh("/tenant-"), `/party/${party}`];
    const [guest, late] = [{ party, wait: key }, { party }].map((auth) => client(paths[1], { auth }));
    const arrivals = [guest, late].map((socket) => connected(socket));
    assert.equal(await (await connect(paths[0])).emitWithAck("where"), paths[0]);
    // The client that does not wait creates the child before the other one is accepted.
    await arrivals[1];
    assert.equal(guest.connected, false);
    main.emit("release", key);
    await arrivals[0];
    const heard = listening(guest, late);
    await guest.emitWithAck("say", "at last");
    assert.deepEqual(await heard(), [["at last"], ["at last"]]);
    assert.equal(await main.emitWithAck("made", paths[1]), 1);
  });
});

suite("children that Node keeps", ({ test, way, client, connect }) => {
  test("a function is asked for every client", async () => {
    const party = `every ${way}`;
    await connect(`/party/${party}`, { auth: { party } });
    const socket = client(`/party/${party}`);
    const [error] = await once(socket, "connect_error");
    assert.equal(error.message, "Invalid namespace");
  });

  test("an empty child is dropped, and made again", async () => {
    const main = await connect();
    const path = `/dynamic-again${way}`;
    for (let round = 1; round <= 3; round++) {
      const socket = await connect(path);
      assert.equal(await main.emitWithAck("made", path), round);
      const other = await connect(path);
      // The client would close the connection when it leaves its last namespace.
      await Promise.all([socket, other].map((one) => connected(one.io.socket("/foo").connect())));
      socket.disconnect();
      other.disconnect();
      // The server reads the packets of a connection in order, so this answer follows the disconnect.
      await Promise.all([socket, other].map((one) => connected(one.io.socket("/abc").connect())));
    }
  });
}, { switchboardOnly: true });
