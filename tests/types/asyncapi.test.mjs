// Validates the AsyncAPI document against the official JSON Schema of AsyncAPI.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import specs from "@asyncapi/specs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

const load = () => JSON.parse(readFileSync(new URL("asyncapi.json", import.meta.url), "utf8"));

// Without ajv's schema of JSON Schema, because AsyncAPI's schema contains its own.
const ajv = new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false });
addFormats.default(ajv);
const validate = ajv.compile(specs.schemas[load().asyncapi]);

test("the document is valid", () => {
  assert(validate(load()), JSON.stringify(validate.errors, null, 2));
});

test("what is not valid would be found", () => {
  const document = load();
  Object.values(document.operations)[0].action = "shout";
  assert(!validate(document));
});

test("every reference leads somewhere", () => {
  const document = load();
  const follow = (pointer) =>
    pointer
      .slice(2)
      .split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((value, key) => value?.[key], document);
  let checked = 0;
  const walk = (value) => {
    if (value === null || typeof value !== "object") return;
    if (typeof value.$ref === "string") {
      assert(follow(value.$ref) !== undefined, `nothing is at ${value.$ref}`);
      checked += 1;
    }
    Object.values(value).forEach(walk);
  };
  walk(document);
  assert(checked > 20, `only ${checked} references`);
});

test("its schemas accept what travels, and nothing else", () => {
  const document = load();
  const schemas = new Ajv({ strict: false });
  addFormats.default(schemas);
  for (const name of ["uint8", "uint16", "uint32", "uint64", "float", "double", "binary"]) schemas.addFormat(name, true);
  schemas.addSchema(document, "contract.json");
  const message = (channel, name) => {
    const found = schemas.getSchema(`contract.json#/channels/${channel}/messages/${name}/payload`);
    assert(found, `no schema of ${name}`);
    return found;
  };
  const list = message("workshop", "receive.list_orders");
  assert(list(["Open"]) && list(["Open", null]) && list(["Open", 1, 2]));
  assert(!list([]) && !list(["open"]) && !list(["Open", 1, 2, 3]));
  const progress = message("workshop", "send.progress");
  assert(progress([1, 0.5]) && !progress([1]) && !progress([1, "0.5"]));
});
