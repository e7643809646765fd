import { describe, expect, it } from "vitest";
import { parseJson, parseLimit, parseRef, parseSince, parseStatus } from "../../../src/cli/parse.js";

const now = Date.parse("2031-05-04T12:00:00Z");
const rejection = { name: "SagaError", code: "USAGE" };

function problemOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return (error as Error).message;
  }
  return "nothing was thrown";
}

describe("parseRef", () => {
  it("splits at the first slash", () => {
    expect(parseRef("order/o-42")).toEqual({ saga: "order", id: "o-42" });
  });

  it.each(["", "order", "order/", "/o-42"])("rejects %j", (text) => {
    expect(() => parseRef(text)).toThrow(expect.objectContaining(rejection));
  });
});

describe("parseStatus", () => {
  it("takes every word of the glossary", () => {
    expect(parseStatus("parked")).toBe("parked");
  });

  it("suggests the nearest word and lists all", () => {
    const problem = problemOf(() => parseStatus("compleated"));
    expect(problem).toContain('Did you mean "completed"?');
    expect(problem).toContain("terminated");
  });
});

describe("parseLimit", () => {
  it.each([
    ["1", 1],
    ["10000", 10_000],
  ])("takes %j", (text, limit) => {
    expect(parseLimit(text)).toBe(limit);
  });

  it.each(["0", "10001", "-1", "1.5", "ten", ""])("rejects %j", (text) => {
    expect(() => parseLimit(text)).toThrow(expect.objectContaining(rejection));
  });
});

describe("parseSince", () => {
  it.each([
    ["90s", 90_000],
    ["1h30m", 5_400_000],
    ["2d", 172_800_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
  ])("counts %j back from now", (text, ago) => {
    expect(parseSince(text, now)).toBe(now - ago);
  });

  it("reads a time with a zone", () => {
    expect(parseSince("2031-05-04T10:00:00+02:00", now)).toBe(Date.parse("2031-05-04T08:00:00Z"));
  });

  it("reads a date as its first moment here", () => {
    expect(parseSince("2031-05-04", now)).toBe(new Date(2031, 4, 4).getTime());
  });

  it.each(["yesterday", "2031", "5", "2031-13-40", "h", ""])("rejects %j", (text) => {
    expect(() => parseSince(text, now)).toThrow(expect.objectContaining(rejection));
  });
});

describe("parseJson", () => {
  it("reads any JSON value", () => {
    expect(parseJson('{"a":[1,null]}', "The --input")).toEqual({ a: [1, null] });
  });

  it("says where it breaks off", () => {
    const problem = problemOf(() => parseJson('{"a":1,\n "b":2,}', "The --input"));
    expect(problem).toMatch(/^The --input is not JSON: .* line 2, column 8\./);
  });

  it.each(['{"card":"4242424242424242",}', "secret", '{"card" "4242424242424242"}'])(
    "does not repeat what it holds (%j)",
    (text) => {
      const problem = problemOf(() => parseJson(text, "The --input"));
      expect(problem).not.toMatch(/4242|secret/);
      expect(problem).toContain("[USAGE]");
    },
  );

  it("calls an empty text empty", () => {
    expect(problemOf(() => parseJson(" \n", "The --input"))).toContain("it is empty");
  });
});
