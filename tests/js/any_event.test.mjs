// Events with any name and any number of arguments: to a fallback handler, and from the server.
import assert from "node:assert/strict";
import { once, suite } from "./suite.mjs";

suite("any event", ({ test, connect }) => {
  test("a handler takes every event and sends it back", async () => {
    const socket = await connect("/anything");
    for (const [name, ...args] of [
      ["nothing"],
      ["some", 1, "two", [3]],
      ["naïve ✓ \"x\"", null, { a: { b: [] } }],
      ["binary", Buffer.from([0, 255]), { deep: [Buffer.from("x"), 5] }, Buffer.alloc(0)],
      ["constructor", 1],
    ]) {
      const back = once(socket, name);
      const answer = await socket.emitWithAck(name, ...args);
      assert.deepEqual(answer, [name, args.length]);
      assert.deepEqual(await back, args);
    }
  });

  test("the server asks by a name that it is told", async () => {
    const socket = await connect("/anything");
    socket.on("question 7", (text, data, answer) => answer({ text, data }));
    const data = Buffer.from([1, 2, 3]);
    assert.deepEqual(await socket.emitWithAck("ask", "question 7", "why?", data), { text: "why?", data });
  });
});
