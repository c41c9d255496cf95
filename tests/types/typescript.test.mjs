// Runs tsc on samples: valid code compiles, and each marked line is rejected with its error code.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = fileURLToPath(new URL(".", import.meta.url));
const compiler = createRequire(import.meta.url).resolve("typescript/package.json").replace("package.json", "bin/tsc");

/** Returns the errors of tsc, as `file:line TS2345`. */
async function complaints(...options) {
  const run = promisify(execFile)(process.execPath, [compiler, "--pretty", "false", ...options], { cwd: folder });
  const { stdout } = await run.catch((failed) => failed);
  const lines = stdout.split("\n").filter((line) => line.trim() && !line.startsWith(" "));
  return lines.map((line) => {
    const [, file, number, code] = /^(\S+?)\((\d+),\d+\): error (TS\d+)/.exec(line) ?? [];
    assert(file, `tsc says: ${line}`);
    return `${file}:${number} ${code}`;
  });
}

/** Returns the lines marked with `// refused: TS2345`. */
function marked() {
  return readdirSync(new URL("samples", import.meta.url)).flatMap((name) => {
    const lines = readFileSync(new URL(`samples/${name}`, import.meta.url), "utf8").split("\n");
    return lines.flatMap((line, index) => {
      const [, code] = /\/\/ refused: (TS\d+)$/.exec(line) ?? [];
      return code ? [`samples/${name}:${index + 1} ${code}`] : [];
    });
  });
}

test("what fits compiles, and what does not is refused at its line", async () => {
  const expected = marked();
  assert(expected.length > 20);
  assert.deepEqual((await complaints("--noEmit", "--project", ".")).sort(), expected.sort());
});

test("the generated file needs nothing of a browser or of Node", async () => {
  const strict = ["--noEmit", "--ignoreConfig", "--strict", "--target", "es2022", "--lib", "es2022", "--types", ""];
  const modules = ["--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck"];
  assert.deepEqual(await complaints(...strict, ...modules, "contract.ts"), []);
});
