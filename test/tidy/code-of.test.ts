import { expect, it } from "vitest";
import { codeOf } from "./rules/source.js";

it.each([
  ["a(); // b\nc();", "a();     \nc();"],
  ["/* a\n */ b();", "    \n    b();"],
  ['a("b\\"c", \'d\');', "a(\"    \", ' ');"],
  ["a(`b${c({ d: `e` })}f`);", "a(` ${c({ d: ` ` })} `);"],
  ["a(`b\nc`);", "a(` \n `);"],
  ['a.replace(/[/`"]/g, b);', "a.replace(/     /g, b);"],
  ["a = b / c / d;", "a = b / c / d;"],
  ["a('http://b'); // it's", "a('        ');        "],
  ["/** a `b */\nfunction c() {}", "           \nfunction c() {}"],
])("keeps only the code of %j", (text, code) => {
  expect(codeOf(text)).toBe(code);
});
