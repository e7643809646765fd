import { describe, expect, it } from "vitest";
import { renderExamination } from "../../../../src/cli/operate/render-findings.js";
import { styleFor } from "../../../../src/cli/style.js";
import type { Finding } from "../../../../src/core/diagnosis/finding.js";

const session = { command: (line: string) => `backstep ${line} --stage dev` };

function told(...findings: Finding[]): readonly string[] {
  const examination = { findings, left: findings.length, mended: [], restored: [], notes: [], skipped: [] };
  return renderExamination(session, examination, undefined, styleFor({}, {}, true)).split("\n");
}

function parked(instance: string, more: Partial<Finding> = {}): Finding {
  return {
    cause: "parkedStep",
    instance,
    step: "capture",
    problem: 'The step "capture" is parked: the bank is down.',
    fix: "Mend it.",
    command: `retry ${instance}`,
    alternatives: [`replay ${instance} --from capture`],
    isSafe: false,
    ...more,
  };
}

const retrying = { cause: "manyRetries", problem: "It has failed 6 times." } as const;

describe("what doctor tells", () => {
  it("is said once of instances that have the same problem, with the command for all of them", () => {
    expect(told(...["a", "b", "c", "d"].map((id) => parked(`order/${id}`)))).toEqual([
      "parkedStep (4)  Mend it.",
      '  order/a, order/b, order/c and 1 more: The step "capture" is parked: the bank is down.',
      "    backstep retry order/a --stage dev",
      "    or backstep replay order/a --from capture --stage dev",
      "    or all of them: backstep retry --saga order --step capture --dry-run --stage dev",
    ]);
  });

  it.each([
    ["problems", parked("order/b", { problem: "The card is stolen." })],
    ["sagas", parked("parcel/b")],
    ["steps", parked("order/b", { step: "ship" })],
  ])("is told apart for other %s", (_, other) => {
    const lines = told(parked("order/a"), other);
    expect(lines).toContain("    backstep retry order/a --stage dev");
    expect(lines).toContain(`    backstep ${other.command} --stage dev`);
    expect(lines.join("\n")).not.toContain("all of them");
  });

  it("names no command for many where the step goes on trying", () => {
    const lines = told(parked("order/a", retrying), parked("order/b", retrying));
    expect(lines.filter((line) => line.includes("retry order/"))).toHaveLength(2);
    expect(lines.join("\n")).not.toContain("all of them");
  });

  it("names the command for all instances of a version that is missing, whatever their step", () => {
    const whole = (id: string): Finding => ({
      cause: "retiredVersion",
      instance: `order/${id}`,
      problem: "Gone.",
      fix: "Declare it.",
      command: `retry order/${id}`,
      isSafe: false,
    });
    expect(told(whole("a"), whole("b")).at(-1)).toBe(
      "    or all of them: backstep retry --saga order --dry-run --stage dev",
    );
  });

  it("prints what must be given before a command above it", () => {
    expect(told(parked("order/a", { first: ["deploy"], alternatives: [] })).slice(-2)).toEqual([
      "    backstep deploy --stage dev",
      "    backstep retry order/a --stage dev",
    ]);
  });

  it("counts the instances of the problems that are not shown", () => {
    const others = ["a", "b", "c", "d", "e", "f"].map((id) => parked(`order/${id}`, { problem: id }));
    expect(told(...others, parked("order/g", { problem: "f" })).at(-1)).toBe(
      "  and 2 more: backstep stuck --stage dev",
    );
  });
});
