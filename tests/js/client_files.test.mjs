// The client's scripts, which the server serves to browsers under its path.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { running, startServer } from "./server.mjs";

const dist = new URL("./node_modules/socket.io-client/dist/", import.meta.url);
const NAMES = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"].flatMap((name) => [name, `${name}.map`]);

describe("the browser's client", { skip: running && "needs a server of its own" }, () => {
  let server;
  before(async () => (server = await startServer({ CLIENT_FILES: fileURLToPath(dist) })));
  after(() => server.stop());
  const file = (name, options) => fetch(`${server.url}/socket.io/${name}`, options);

  for (const name of NAMES) {
    test(name, async () => {
      const answer = await file(name);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get("cache-control"), "public, max-age=0");
      const kind = name.endsWith(".map") ? "json" : "javascript";
      assert.equal(answer.headers.get("content-type"), `application/${kind}; charset=utf-8`);
      assert.equal(await answer.text(), await readFile(new URL(name, dist), "utf8"));
    });
  }

  test("is not sent to who has it", async () => {
    const tag = (await file("socket.io.js")).headers.get("etag");
    for (const known of [tag, `W/${tag.replace(/^W\//, "")}`]) {
      const answer = await file("socket.io.js", { headers: { "if-none-match": known } });
      assert.equal(answer.status, 304);
      assert.equal(await answer.text(), "");
    }
    assert.equal((await file("socket.io.js", { headers: { "if-none-match": '"another"' } })).status, 200);
  });

  test("is compressed where that is understood", async () => {
    // Without `fetch`, which decompresses the response.
    const coding = (accept) =>
      new Promise((resolve, reject) => {
        const options = { headers: accept ? { "accept-encoding": accept } : {} };
        const asked = request(`${server.url}/socket.io/socket.io.min.js`, options, (answer) => {
          answer.resume();
          resolve(answer.headers["content-encoding"]);
        });
        asked.on("error", reject).end();
      });
    assert.equal(await coding("gzip"), "gzip");
    assert.equal(await coding("gzip, deflate"), "gzip");
    assert.equal(await coding("deflate"), "deflate");
    assert.equal(await coding("identity"), undefined);
    assert.equal(await coding(), undefined);
  });

  test("is all there is", async () => {
    for (const name of ["index.js", "socket.io.css", "package.json", "..%2fpackage.json"]) {
      assert.ok([400, 404].includes((await file(name)).status), name);
    }
  });
});
