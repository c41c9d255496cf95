// Acknowledgements in both directions, with their timeouts and failures.
import assert from "node:assert/strict";
import { datesTravel, msgpack } from "./parser.mjs";
import { once, suite, until } from "./suite.mjs";

suite("the server acknowledges", ({ test, way, connect }) => {
  test("with a value, of every JSON type", async () => {
    const socket = await connect();
    // The JavaScript encoder of MessagePack corrupts integers above 64 bits.
    const large = msgpack ? 2 ** 63 : 1e300;
    const plain = [1, -1.5, 0, 2 ** 53, large, "", "text", true, false];
    for (const value of [...plain, [], {}, [[], {}], { a: { b: [1, { c: null }] } }]) {
      assert.deepEqual(await socket.emitWithAck("echo", value), value);
    }
  });

  test("with null, which is not nothing", async () => {
    const socket = await connect();
    const answer = await new Promise((resolve) => socket.emit("echo", null, (...args) => resolve(args)));
    assert.deepEqual(answer, [null]);
  });

  test("with several values", async () => {
    const socket = await connect();
    const answer = await new Promise((resolve) => socket.emit("echoAll", 1, "two", [3], (...args) => resolve(args)));
    assert.deepEqual(answer, [1, "two", [3]]);
  });

  test("with the keys of an object in their order", async () => {
    const socket = await connect();
    const value = { zebra: 1, apple: 2, "Mid dle": { y: 1, x: 2 } };
    assert.equal(JSON.stringify(await socket.emitWithAck("echo", value)), JSON.stringify(value));
  });

  test("with nothing", async () => {
    const socket = await connect();
    const answer = await new Promise((resolve) => socket.emit("join", ["anything"], (...args) => resolve(args)));
    assert.deepEqual(answer, []);
  });

  test("with a date, as text", async () => {
    const date = await (await connect()).emitWithAck("getAckDate", { test: true });
    if (datesTravel) return assert.ok(date instanceof Date);
    assert.equal(typeof date, "string");
    assert.equal(new Date(date).toISOString(), date);
  });

  test("with an error", async () => {
    const answer = await (await connect()).emitWithAck("fail");
    assert.deepEqual(answer, { error: { code: "E_FAIL", message: "as asked" } });
  });

  test("each of a hundred questions with its own answer", async () => {
    const socket = await connect();
    const numbers = Array.from({ length: 100 }, (_, n) => n);
    assert.deepEqual(await Promise.all(numbers.map((n) => socket.emitWithAck("echo", n))), numbers);
  });

  test("in time", async () => {
    assert.equal(await (await connect()).timeout(5_000).emitWithAck("echo", "quick"), "quick");
  });

  test("never: the client's timeout", async () => {
    const socket = await connect();
    await assert.rejects(socket.timeout(20).emitWithAck("silence"), /operation has timed out/);
    const error = await new Promise((resolve) => socket.timeout(20).emit("silence", resolve));
    assert.equal(error.message, "operation has timed out");
  });

  test("late: the answer is ignored", async () => {
    const [socket, other] = [await connect(), await connect()];
    const key = `late ${way}`;
    const answers = [];
    await new Promise((resolve) => {
      socket.timeout(20).emit("wait", key, (...args) => {
        answers.push(args);
        resolve();
      });
    });
    other.emit("release", key);
    assert.equal(await socket.emitWithAck("echo", "after"), "after");
    assert.equal(answers.length, 1);
    assert.match(answers[0][0].message, /timed out/);
  });

  test("not at all when the connection ends: the promise fails", async () => {
    const socket = await connect();
    const failed = Promise.all([
      assert.rejects(socket.emitWithAck("silence"), /socket has been disconnected/),
      assert.rejects(socket.timeout(60_000).emitWithAck("silence"), /socket has been disconnected/),
    ]);
    socket.disconnect();
    await failed;
  });

  test("not at all when the server ends the connection first", async () => {
    const socket = await connect();
    const answer = socket.timeout(60_000).emitWithAck("wait", `never released ${way}`);
    const failed = assert.rejects(answer, /socket has been disconnected/);
    // An invalid packet, so that the server closes the connection while its handler is running.
    socket.io.engine.write("no packet at all");
    await failed;
  });

  test("an event that nobody handles does no harm", async () => {
    const socket = await connect();
    socket.emit("nobody listens to this", 1, { two: 2 });
    assert.equal(await socket.emitWithAck("echo", "alive"), "alive");
  });
});

/** As in the book: a failure is an object with `error` as its only key. */
const isFailure = (answer) =>
  typeof answer === "object" && answer !== null && "error" in answer && Object.keys(answer).length === 1;

async function certain(question) {
  const answer = await question;
  if (isFailure(answer)) throw new Error(JSON.stringify(answer.error));
  return answer;
}

suite(
  "an answer with a field `error`",
  ({ test, connect }) => {
    test("is an answer beside another field", async () => {
      const socket = await connect();
      for (const job of [{ id: 1, error: null }, { error: "late", id: 2 }, { id: 3, error: { code: "E" } }]) {
        assert.deepEqual(await certain(socket.emitWithAck("echo", job)), job);
      }
      await assert.rejects(certain(socket.emitWithAck("fail")), { message: '{"code":"E_FAIL","message":"as asked"}' });
    });

    test("is replaced by a failure if it has no other field", async () => {
      const socket = await connect();
      const message = "the server's answer cannot be told from an error";
      for (const answer of [{ error: null }, { error: { id: 1 } }]) {
        assert.deepEqual(await socket.emitWithAck("echo", answer), { error: { message } });
      }
      // Only as the whole answer.
      assert.deepEqual(await certain(socket.emitWithAck("echo", [{ error: null }])), [{ error: null }]);
    });
  },
  { switchboardOnly: true },
);

suite("the client acknowledges", ({ test, connect }) => {
  test("with several values", async () => {
    const socket = await connect();
    socket.on("ack", (answer) => answer(5, { test: true }));
    socket.emit("ack");
    await once(socket, "got it");
  });

  test("a question of a handler, while that handler runs", async () => {
    const socket = await connect();
    socket.on("question", (text, answer) => answer(`${text}? yes`));
    assert.deepEqual(await socket.emitWithAck("ask", "coffee", 10_000), { reply: "coffee? yes" });
  });

  test("with binary, to a question with binary", async () => {
    const socket = await connect();
    socket.on("question", ({ bytes }, answer) => answer([bytes.reverse(), { size: bytes.length }]));
    const { reply } = await socket.emitWithAck("ask", { bytes: Buffer.from([1, 2, 3]) }, 10_000);
    assert.deepEqual(reply, [Buffer.from([3, 2, 1]), { size: 3 }]);
  });

  test("never: the server's timeout", async () => {
    const socket = await connect();
    assert.deepEqual(await socket.emitWithAck("ask", "anyone", 20), { timeout: true });
  });

  test("late: the server takes it for no other answer", async () => {
    const socket = await connect();
    const late = once(socket, "question");
    assert.deepEqual(await socket.emitWithAck("ask", "first", 20), { timeout: true });
    const [, answerLate] = await late;
    socket.on("question", (text, answer) => {
      answerLate("the answer to the first");
      answer("the answer to the second");
    });
    assert.deepEqual(await socket.emitWithAck("ask", "second", 10_000), { reply: "the answer to the second" });
  });

  test("what was never asked: ignored", async () => {
    const socket = await connect();
    socket.io._packet({ type: 3, nsp: "/", id: 999, data: ["what?"] });
    socket.io._packet({ type: 3, nsp: "/", id: 998, data: [] });
    assert.equal(await socket.emitWithAck("echo", "alive"), "alive");
  });

  test("two sockets that are asked at once answer for themselves", async () => {
    const sockets = await Promise.all([connect(), connect()]);
    sockets.forEach((socket, n) => socket.on("question", (_, answer) => answer(`I am ${n}`)));
    const answers = await Promise.all(sockets.map((socket) => socket.emitWithAck("ask", "who", 10_000)));
    assert.deepEqual(answers, [{ reply: "I am 0" }, { reply: "I am 1" }]);
  });
});

suite("the option `retries`", ({ test, connect }) => {
  test("keeps the order, one packet at a time", async () => {
    const socket = await connect("/", { retries: 10, ackTimeout: 10_000 });
    const seen = [];
    for (let n = 0; n < 4; n++) socket.emit("echo", n, (error, answer) => seen.push(error ?? answer));
    await until("all are answered", () => seen.length === 4);
    assert.deepEqual(seen, [0, 1, 2, 3]);
  });

  test("gives up when nobody answers", async () => {
    const socket = await connect("/", { retries: 2, ackTimeout: 20 });
    let sent = 0;
    socket.onAnyOutgoing(() => sent++);
    const error = await new Promise((resolve) => socket.emit("silence", resolve));
    assert.match(error.message, /timed out/);
    assert.equal(sent, 3);
  });

  test("carries packets over a lost connection, in order", async () => {
    const socket = await connect("/", { retries: 10, ackTimeout: 10_000 });
    const answers = [];
    const send = (n) => socket.emit("echo", n, (error, answer) => answers.push(error ?? answer));
    send(0);
    socket.io.engine.close();
    send(1);
    send(2);
    await until("all are answered", () => answers.length === 3);
    assert.deepEqual(answers, [0, 1, 2]);
  });
});
