import { describe, expect, it } from "vitest";
import { z } from "zod";
import { exampleOf } from "../../../src/cli/example-of.js";

const line = z.object({ sku: z.string(), count: z.int().min(5), note: z.string().optional() });
const tree = z.object({
  name: z.string(),
  get children() {
    return z.array(tree).min(1);
  },
});

describe("exampleOf", () => {
  it("names what a schema requires, and leaves out what it does not", async () => {
    expect(await exampleOf(line)).toBe('{"sku":"sku-1","count":5}');
  });

  it.each([
    ["text", z.string()],
    ["a number above a bound", z.number().gt(3)],
    ["a number with none", z.int()],
    ["a negative number", z.int().max(-1).min(-3)],
    ["a yes or no", z.boolean()],
    ["nothing", z.null()],
    ["a choice", z.enum(["red", "blue"])],
    ["a constant", z.literal("v1")],
    ["a union", z.union([z.object({ kind: z.literal("a") }), z.string()])],
    ["a nullable", z.nullable(z.string())],
    ["a default", z.object({ size: z.number().default(3) })],
    ["an array", z.array(line).min(2)],
    [
      "an address",
      z.object({ mail: z.email(), site: z.url(), id: z.uuid(), at: z.iso.datetime(), on: z.iso.date() }),
    ],
  ])("fits the schema of %s", async (_what, schema) => {
    expect(schema.safeParse(JSON.parse(await exampleOf(schema))).error).toBeUndefined();
  });

  it("ends where a schema contains itself", async () => {
    expect(await exampleOf(tree)).toMatch(/^\{"name":"name-1","children":\[\{"name":"name-1"/);
  });
});
