// tsc over the contracts of generated types, and over values that serde reads and writes.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = fileURLToPath(new URL("generated", import.meta.url));
const compiler = createRequire(import.meta.url).resolve("typescript/package.json").replace("package.json", "bin/tsc");
const program = process.env.SWITCHBOARD_CONTRACTS;
const run = promisify(execFile);

test("what serde reads and writes is of the generated types", { skip: !program && "SWITCHBOARD_CONTRACTS is not set" }, async () => {
  await run(program, [folder]);
  const strict = ["--noEmit", "--ignoreConfig", "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess"];
  const modules = ["--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler", "--skipLibCheck", "--types", ""];
  const files = [`${folder}/contract.ts`, `${folder}/values.ts`];
  const { stdout } = await run(process.execPath, [compiler, "--pretty", "false", ...strict, ...modules, ...files], {
    maxBuffer: 64 * 1024 * 1024,
  }).catch((failed) => failed);
  assert.equal(stdout, "");
});
