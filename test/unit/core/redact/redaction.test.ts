import { describe, expect, it } from "vitest";
import { createRedaction, redactedText } from "../../../../src/core/redact/redaction.js";

const card = "4111-1111-1111-1111";

describe("createRedaction", () => {
  it("takes out what stands under a named property, at any depth, and keeps its JSON type", () => {
    const value = {
      id: "o-1",
      pay: { card: { number: card, cvv: 123, saved: true, holders: ["Ann", null] }, cents: 900 },
    };
    expect(createRedaction(["card"], [value]).value(value)).toEqual({
      id: "o-1",
      pay: {
        card: { number: redactedText, cvv: 0, saved: false, holders: [redactedText, null] },
        cents: 900,
      },
    });
  });

  it("takes a secret out of every other text, also as it stands in JSON or in an address", () => {
    const email = 'ann "a"@b.com';
    const { text } = createRedaction(["email"], [{ email }]);
    expect(text(`no answer from ${email}`)).toBe("no answer from [redacted]");
    expect(text(`body ${JSON.stringify({ email })}`)).toBe('body {"email":"[redacted]"}');
    expect(text(`GET /users/${encodeURIComponent(email)}/cards`)).toBe("GET /users/[redacted]/cards");
  });

  it("takes a secret out of values and names of properties elsewhere", () => {
    const { value } = createRedaction(["token"], [{ token: "abcd" }, { token: 12_345 }]);
    expect(value({ echo: "abcd", byToken: { abcd: 1 }, code: 12_345, other: 12_346 })).toEqual({
      echo: redactedText,
      byToken: { [redactedText]: 1 },
      code: 0,
      other: 12_346,
    });
  });

  it("looks elsewhere for texts from 4 characters, and for numbers from 4 digits that stand alone", () => {
    const { text, value } = createRedaction(["pin", "sum"], [{ pin: "123", sum: 1234 }, { sum: 99 }]);
    expect(text("pin 123, sum 1234, id 91234, 99")).toBe("pin 123, sum [redacted], id 91234, 99");
    expect(value({ pin: "123", sum: 99 })).toEqual({ pin: redactedText, sum: 0 });
  });

  it("takes out the whole of the longer secret where two begin alike", () => {
    const { text } = createRedaction(["key"], [{ key: ["abcd", "abcd-efgh"] }]);
    expect(text("abcd-efgh, abcd")).toBe("[redacted], [redacted]");
  });

  it("takes out every match of a pattern, whatever its flags, and nothing where it matches nothing", () => {
    expect(createRedaction([/sk_\w+/y], []).text("sk_1 and sk_2")).toBe("[redacted] and [redacted]");
    expect(createRedaction([/x*/], []).text("abc")).toBe("abc");
  });

  it("takes out a number that a pattern matches", () => {
    const { value } = createRedaction([/\b\d{16}\b/], []);
    expect(value({ card: 4_111_111_111_111_111, cents: 900 })).toEqual({ card: 0, cents: 900 });
  });

  it("keeps a property named __proto__ a property", () => {
    const value = JSON.parse('{"__proto__":{"card":"1234"}}');
    const shown = JSON.stringify(createRedaction(["card"], [value]).value(value));
    expect(shown).toBe('{"__proto__":{"card":"[redacted]"}}');
  });

  it("takes half of a character for a text like any other", () => {
    const { text } = createRedaction(["name"], [{ name: "abc\ud800" }]);
    expect(text("of abc\ud800.")).toBe("of [redacted].");
  });
});
