import { describe, expect, it } from "vitest";
import { updateLock } from "../../../../src/core/lint/compare-lock.js";
import { emptyLock, parseLock, renderLock } from "../../../../src/core/lint/saga-lock.js";
import { linear, shop, wide } from "../decide/samples.js";

describe("a lock file", () => {
  const text = renderLock(updateLock(emptyLock, [wide, shop, linear], false));

  it("reads back to the same text", () => {
    expect(renderLock(parseLock(text))).toBe(text);
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("is sorted by saga and version, whatever the order of declaration", () => {
    const newer = { ...linear, version: 10 };
    const older = { ...linear, version: 9 };
    const lock = parseLock(renderLock(updateLock(emptyLock, [wide, newer, older, shop], false)));
    expect(Object.keys(lock.sagas)).toEqual(["linear", "shop", "wide"]);
    expect(Object.keys(lock.sagas.linear ?? {})).toEqual(["9", "10"]);
  });

  it("keeps steps in the order of declaration, with kind, branch and schemas", () => {
    const hash = expect.stringMatching(/^[0-9a-f]{16}$/);
    const { steps } = parseLock(text).sagas.wide?.[1] ?? { steps: {} };
    expect(Object.entries(steps)).toEqual([
      ["announce", { kind: "emit", schemas: { shipped: hash } }],
      ["fork", { kind: "parallel" }],
      ["left", { kind: "step", branch: "fork/1", schemas: { output: hash } }],
      ["left2", { kind: "step", branch: "fork/1" }],
      ["right", { kind: "step", branch: "fork/2", schemas: { output: hash } }],
      ["nap", { kind: "sleep", branch: "fork/2" }],
      [
        "reply",
        { kind: "wait", branch: "fork/3", schemas: { "good: paid": hash, "bad: payment.failed": hash } },
      ],
      ["which", { kind: "choice" }],
      ["yes", { kind: "step", branch: "which/then", schemas: { output: hash } }],
      ["no", { kind: "step", branch: "which/otherwise", schemas: { output: hash } }],
      ["pause", { kind: "sleep" }],
      ["second", { kind: "wait", schemas: { paid: hash } }],
    ]);
  });

  it.each([
    ["", "is not JSON"],
    ["<<<<<<< HEAD\n{}", "has conflict markers"],
    ["[]", "is not a lock"],
    ['{"version":2,"sagas":{}}', 'cannot be understood at "version"'],
    ['{"version":1,"sagas":{"order":{"one":{}}}}', 'cannot be understood at "sagas.order.one"'],
    ['{"version":1,"sagas":{"order":{"1":{"fingerprint":1}}}}', '"sagas.order.1.fingerprint"'],
  ])("that holds %j is refused, and the fix is said", (broken, problem) => {
    expect(() => parseLock(broken)).toThrow(
      expect.objectContaining({
        code: "LOCK_INVALID",
        problem: expect.stringContaining(problem),
        fix: "Restore it from version control, or delete it and run backstep lock.",
      }),
    );
  });
});
