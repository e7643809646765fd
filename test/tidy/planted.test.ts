import { describe, expect, it } from "vitest";
import { catalogueRule, referenceRule } from "./rules/errors.js";
import { barrelRule, docstringRule, exportAllRule } from "./rules/exports.js";
import { layerRule } from "./rules/layers.js";
import { pathRule, skipRule, titleRule } from "./rules/names.js";
import { purityRule } from "./rules/purity.js";
import { limits, sizeRule } from "./rules/sizes.js";
import { type Rule, report } from "./rules/source.js";

/** A file that breaks its rule at a line with a problem, or keeps it although it looks like a violation. */
type Case = readonly [path: string, text: string, found?: string];

const lines = (count: number, line: string) => Array(count).fill(line).join("\n");
const body = (count: number) => lines(count, "  step();");
const catalogue: Rule = (files) => catalogueRule(files, ["KNOWN"]);

const planted: readonly (readonly [name: string, rule: Rule, cases: readonly Case[]])[] = [
  [
    "layers",
    layerRule,
    [
      [
        "src/core/a.ts",
        '\nimport { b } from "../ports/b.js";',
        ":2 src/core imports src/ports, which is not below it.",
      ],
      ["src/core/a.ts", 'import type { B } from "../runtime/b.js";', ":1 src/core imports src/runtime"],
      [
        "src/core/a.ts",
        'export { b } from "../../sagas/b.js";',
        ':1 src imports "../../sagas/b.js", outside of src.',
      ],
      ["src/aws/a.ts", 'import { b } from "../local/b.js";', ":1 src/aws imports src/local"],
      ["src/local/a.ts", 'const b = await import("../aws/b.js");', ":1 src/local imports src/aws"],
      ["src/index.ts", 'export { b } from "./local/b.js";', ":1 src/index.ts imports src/local"],
      [
        "src/runtime/a.ts",
        'import Database from "libsql";',
        ':1 src/runtime imports "libsql". Fix: only src/local may',
      ],
      ["src/cli/a.ts", 'import { X } from "@aws-sdk/client-sqs";', ":1 src/cli imports"],
      [
        "src/participant/a.ts",
        'import { b } from "../runtime/b.js";',
        ":1 src/participant imports src/runtime",
      ],
      ["src/cli/a.ts", 'import { order } from "backstep";', ":1 src imports its own package"],
      ["src/extra/a.ts", "", ":1 The file is in no layer"],
      ["sagas/order/a.ts", 'import { b } from "../../src/core/b.js";', ":1 A saga imports"],
      ["sagas/order/a.ts", 'import Database from "libsql";', ":1 A saga imports"],
      ["src/cli/a.ts", 'import { b } from "../../bench/b.js";', ":1 src imports"],
      ["bench/a.ts", 'import { b } from "../test/b.js";', ":1 The bench imports"],
      ["bench/a.ts", 'import { Client } from "a-peer";', ":1 The bench imports"],
      ["bench/a.ts", 'import "node:fs";\nimport "./b.js";\nimport "../src/local/b.js";'],
      ["bench/peers/a.ts", 'import { Client } from "a-peer";'],
      [
        "src/local/a.ts",
        'import Database from "libsql";\nimport { b } from "../core/b.js";\nimport "./c.js";',
      ],
      [
        "src/cli/a.ts",
        'import { a } from "../local/index.js";\nimport own from "../../package.json" with {};',
      ],
      [
        "src/core/a.ts",
        '// import { b } from "../ports/b.js";\nconst text = `import { b } from "../ports/b.js"`;',
      ],
      [
        "sagas/order/a.ts",
        'import { z } from "zod";\nimport "backstep/participant";\nimport "./b.js";\nimport "node:fs";',
      ],
    ],
  ],
  [
    "purity",
    purityRule,
    [
      ["src/core/a.ts", "const now = Date.now();", ":1 src/core uses the clock."],
      ["src/runtime/a.ts", "const now = new Date();", ":1 src/runtime uses the clock."],
      ["src/ports/a.ts", "\n\nMath.random();", ":3 src/ports uses randomness."],
      ["src/cli/a.ts", "crypto.randomUUID();", ":1 src/cli uses randomness."],
      ["src/runtime/a.ts", "setTimeout(go, 10);", ":1 src/runtime uses a timer."],
      ["src/runtime/a.ts", "setImmediate(go);", ":1 src/runtime uses the event loop."],
      ["src/runtime/a.ts", "console.log(1);", ":1 src/runtime uses the console."],
      ["src/core/a.ts", "const path = process.env.HOME;", ":1 src/core uses the process."],
      ["src/core/a.ts", "const at = `${Date.now()}`;", ":1 src/core uses the clock."],
      ["src/core/a.ts", "async function a() {}", ":1 src/core uses asynchrony."],
      ["src/core/a.ts", "const a = async () => {};", ":1 src/core uses asynchrony."],
      ["src/core/a.ts", "const a = await b;", ":1 src/core uses asynchrony."],
      ["src/core/a.ts", "return Promise.all(all);", ":1 src/core uses asynchrony."],
      ["src/core/a.ts", 'fetch("/");', ":1 src/core uses the network."],
      ["src/core/a.ts", 'import { readFile } from "node:fs";', ':1 Pure code imports "node:fs".'],
      ["src/core/a.ts", 'import { randomBytes } from "node:crypto";', ":1 src/core uses randomness."],
      ["src/core/a.ts", 'import { createHash } from "node:crypto";\nconst at = new Date(ms).toISOString();'],
      [
        "src/core/a.ts",
        "// Date.now() is forbidden\nplan.process.id; type A = { async: true; run(): Promise<void> };",
      ],
      ["src/runtime/a.ts", "await Promise.all([a()]);"],
      ["src/local/a.ts", "setTimeout(go, Date.now());"],
    ],
  ],
  [
    "sizes",
    sizeRule,
    [
      ["src/a.ts", lines(501, "step();"), ":501 The file has 501 lines, more than 500."],
      ["src/a.ts", `\n// ${"x".repeat(limits.lineColumns)}`, ":2 The line has 113 columns, more than 110."],
      ["src/a.ts", `\nfunction a(): void {\n${body(69)}\n}`, ":2 The function has 71 lines, more than 70."],
      ["src/a.ts", `const a = () => {\n${body(69)}\n};`, ":1 The function has 71 lines"],
      [
        "src/a.ts",
        `class A {\n  a(): void {\n${lines(70, "    step();")}\n  }\n}`,
        ":2 The function has 72 lines",
      ],
      ["src/a.ts", `function a(\n  b: B,\n): C {\n${body(67)}\n}`, ":1 The function has 71 lines"],
      ["test/a.test.ts", `it("a", () => {\n${body(70)}\n});`, ":1 The function has 72 lines"],
      ["src/a.ts", `${lines(499, "step();")}\n// ${"x".repeat(limits.lineColumns - 3)}\n`],
      ["src/a.ts", `function a(): void {\n${body(68)}\n}\nif (b) {\n${body(100)}\n}`],
      ["src/a.ts", `if (\n  a\n) {\n${body(100)}\n} else if (b) {\n${body(100)}\n}`],
      ["src/a.ts", `class A extends B(C) {\n${body(100)}\n}\ninterface D {\n${body(100)}\n}`],
      ["test/a.test.ts", `describe("a", () => {\n${lines(50, '  it("b", () => {\n    step();\n  });')}\n});`],
    ],
  ],
  [
    "export *",
    exportAllRule,
    [
      ["src/a.ts", '\nexport * from "./b.js";', ":2 `export *` hides what is public."],
      ["src/a.ts", 'export type * as b from "./b.js";', ":1 `export *`"],
      ["src/a.ts", "/** Never `export *`. */\nexport { b };"],
    ],
  ],
  [
    "barrels",
    barrelRule,
    [
      ["src/local/a.ts", 'import { b } from "./index.js";', ':1 "./index.js" is the barrel'],
      ["src/local/deep/a.ts", 'import { b } from "../index.js";', ':1 "../index.js" is the barrel'],
      ["src/local/a.ts", 'import { b } from "../index.js";', ':1 "../index.js" is the barrel'],
      ["src/local/a.ts", 'import { b } from "../core/index.js";'],
      ["test/unit/a.test.ts", 'import { b } from "../../src/index.js";'],
    ],
  ],
  [
    "docstrings",
    docstringRule,
    [
      ["src/a.ts", "\nexport function a(): void {}", ':2 The exported "a" has no docstring.'],
      ["src/a.ts", "/** */\nexport interface A {}", ':2 The exported "A"'],
      ["src/a.ts", "/* A. */\nexport type A = B;", ':2 The exported "A"'],
      ["src/a.ts", "// A.\nexport abstract class A {}", ':2 The exported "A"'],
      ["src/a.ts", "/** A. */\n\nexport const a = 1;", ':3 The exported "a"'],
      ["src/a.ts", "/** A. */\nexport function a(b: B): void;\nexport function a(c: C): void;"],
      ["src/a.ts", "/**\n * A.\n */\n// biome-ignore lint/a: reason\nexport type A<T> = T;"],
      ["src/a.ts", 'export { a } from "./a.js";\nexport type { A } from "./a.js";'],
      ["test/a.ts", "export const a = 1;"],
    ],
  ],
  [
    "error catalogue",
    catalogue,
    [
      [
        "src/a.ts",
        'new SagaError("KNOWN");\nthrow new SagaError("NEW", "x");',
        ':2 The error code "NEW" is not in',
      ],
      ["src/a.ts", 'sagaError(\n  "NEW",\n);\nsagaError("KNOWN");', ':1 The error code "NEW" is not in'],
      ["src/errors/catalogue.ts", '{\n  KNOWN: "KNOWN" }', ':2 The error code "KNOWN" is used nowhere'],
      ["src/a.ts", 'new SagaError(known ? "KNOWN" : other);'],
    ],
  ],
  [
    "paths",
    pathRule,
    [
      ["src/utils/a.ts", "", ':1 "utils" says nothing.'],
      ["src/core/sagaStore.ts", "", ':1 "sagaStore.ts" is not kebab-case.'],
      ["src/Core/a.ts", "", ':1 "Core" is not kebab-case.'],
      ["src/core/saga-store.test.ts", ""],
    ],
  ],
  [
    "skips",
    skipRule,
    [
      ["test/a.test.ts", '\nit.only("a", b);', ":2 `.only` leaves out every other test."],
      ["test/a.test.ts", 'describe.skip("a", b);', ":1 A test is skipped without a reason."],
      ["test/a.test.ts", 'it.skipIf(windows)("a", b);', ":1 A test is skipped"],
      ["test/a.test.ts", "context.skip();", ":1 A test is skipped"],
      ["test/a.test.ts", '// Windows has no SIGKILL.\nit.skipIf(windows)("a", b);'],
      ["test/a.test.ts", 'it.skip("a", b); // the emulator has no streams\ncontext.skip("why");'],
    ],
  ],
  [
    "titles",
    titleRule,
    [
      ["test/a.test.ts", 'it("should work", a);', ':1 A test title begins with "should".'],
      ["test/a.test.ts", "it.each(all)(\n  `Should work with $b`, a);", ":1 A test title"],
      ["test/a.test.ts", 'it("says what a user should do", a);'],
    ],
  ],
];

describe.each(planted)("the rule on %s", (_name, rule, cases) => {
  for (const [path, text, found] of cases) {
    const excerpt = JSON.stringify(text.trim().slice(0, 60));
    it(found ? `reports "${path}${found}" for ${excerpt}` : `lets pass in ${path}: ${excerpt}`, () => {
      const seen = report(rule([{ path, text }]));
      if (found) expect(seen).toContain(path + found);
      else expect(seen).toBe("");
    });
  }
});

describe("the rule on the error reference", () => {
  it("asks for a page that is missing or stale, and for no other", () => {
    expect(report(referenceRule(undefined, "new"))).toContain(
      "The page is missing. Fix: run npm run docs:errors.",
    );
    expect(report(referenceRule("old", "new"))).toContain("The page differs");
    expect(referenceRule("new", "new")).toEqual([]);
  });
});
