import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dynalite } from "./dynalite.js";
import { dynamoDbLocal } from "./dynamo-db-local.js";
import { dynamoDbProbes } from "./dynamo-db-probes.js";
import { fauxqs } from "./fauxqs.js";
import { ministack } from "./ministack.js";
import { type ProbedEmulator, probedEmulators, renderProbes } from "./probe.js";
import { sqsProbes } from "./sqs-probes.js";
import { openTargets } from "./targets.js";

const probes = [...dynamoDbProbes, ...sqsProbes];
const known: readonly string[] = [...probedEmulators, "AWS"];

for (const target of await openTargets()) {
  describe(`${target.name}, as docs/reference/emulators.md says`, () => {
    for (const probe of probes) {
      const emulator = target.emulators[probe.service];
      if (emulator === undefined || !known.includes(emulator)) continue;
      const expected = probe.but[emulator as ProbedEmulator] ?? probe.aws;
      test(`${emulator}, ${probe.behaviour}: ${expected}`, async () => {
        expect(await probe.observe(target)).toBe(expected);
      }, 30_000);
    }
  });
}

test("docs/reference/emulators.md has the table of these probes", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/reference/emulators.md"), "utf8");
  const table = page.split("\n").filter((line) => line.startsWith("|"));
  expect(table.join("\n")).toBe(renderProbes(probes, [dynalite, fauxqs, ministack, dynamoDbLocal]));
});
