import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Lanes } from "backstep";
import { afterAll, describe, expect, it, vi } from "vitest";
import { templateText } from "../../src/aws/cloud-formation/template.js";
import { renderSample } from "../unit/aws/cloud-formation/samples.js";

vi.setConfig({ testTimeout: 60_000 }); // it takes seconds to load its schemas

const command = process.env.CFN_LINT_BIN ?? "cfn-lint";
const version = spawnSync(command, ["--version"], { encoding: "utf8" });
const missing = "needs cfn-lint: pip install cfn-lint==1.58.0, and name it in CFN_LINT_BIN";

/** AWS's own schemas of its resources, in a large region and a small one. */
const regions = ["us-east-1", "eu-south-2"];

const folder = mkdtempSync(join(tmpdir(), "backstep-cfn-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What cfn-lint finds, one a line; empty if there is nothing. */
function lint(text: string): string {
  const file = join(folder, "template.json");
  writeFileSync(file, text);
  const args = ["--regions", ...regions, "--format", "parseable", "--", file];
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (error) throw error;
  return stdout + stderr;
}

// It comes from PyPI and is not everywhere. One that was named must run.
describe.skipIf(version.status !== 0 && process.env.CFN_LINT_BIN === undefined)(
  `cfn-lint, which ${missing}`,
  () => {
    it.each<Lanes>(["shared", "per-step"])("finds nothing in the sample (lanes: %s)", (lanes) => {
      expect(lint(templateText(renderSample(lanes).template))).toBe("");
    });

    it("finds a setting that there is not, a value out of range and a reference to nothing", () => {
      const faults = [
        ['"BatchSize"', '"BatchSizes"'],
        ['"MaximumRetryAttempts":0', '"MaximumRetryAttempts":500'],
        ['"Ref":"TimersQueue"', '"Ref":"TimerQueue"'],
      ] as const;
      const planted = faults.reduce(
        (text, [from, to]) => {
          expect(text).toContain(from);
          return text.replace(from, to);
        },
        templateText(renderSample("shared").template),
      );
      const found = lint(planted);
      for (const rule of ["E3002", "E3034", "E1020"]) expect(found).toContain(rule);
    });
  },
);
