import { readdirSync, readFileSync } from "node:fs";
import { defineConfig, defineEvent, defineSaga } from "backstep";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { parseAwsSettings } from "../../../../src/core/topology/aws-settings.js";
import { compileTopology } from "../../../../src/core/topology/compile-topology.js";

const root = new URL("../../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const guide = read("docs/guide/deploy.md");

/** The rows of a section's first table, without its head: the text of each cell. */
function rowsOf(heading: string): string[][] {
  const [, section = ""] = guide.split(`\n## ${heading}\n`);
  const lines =
    section
      .split("\n## ")[0]
      ?.split("\n")
      .filter((line) => line.startsWith("|")) ?? [];
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe("the guide to deploying", () => {
  it("has every setting, and its default", () => {
    const [, members = ""] = read("src/core/topology/aws-settings.ts").split(
      "export interface AwsSettings {",
    );
    const names = [...(members.split("\n}")[0] ?? "").matchAll(/readonly (\w+)\?:/g)].map(([, name]) => name);
    expect(names).toContain("memory");
    const told = new Map(rowsOf("Settings").map(([name, , initial]) => [name?.replaceAll("`", ""), initial]));
    expect([...told.keys()]).toEqual(names);
    for (const [name, initial] of Object.entries(parseAwsSettings(undefined))) {
      expect([name, told.get(name)]).toEqual([name, defaultText(initial)]);
    }
  });

  it("says of every alarm what to do", () => {
    const alarms = sample().alarms.map(({ id }) => id);
    const told = rowsOf("Alarms").flatMap(([names = ""]) => [...names.matchAll(/`([^`]+)`/g)]);
    const patterns = told.map(([, name = ""]) => new RegExp(`^${name.replace(/<.+>/, ".+")}$`));
    expect(alarms.filter((id) => !patterns.some((each) => each.test(id)))).toEqual([]);
    expect(patterns.filter((each) => !alarms.some((id) => each.test(id)))).toEqual([]);
  });

  it("counts the alarms of a stage with one lane, ingest and one subscriber", () => {
    expect(guide).toContain(`with one lane, ingest and one subscriber that is ${sample().alarms.length}.`);
  });

  it("lets a pipeline make every call that deploying makes", () => {
    const [, policy = "{}"] = /```json\n(.*?)```/s.exec(guide) ?? [];
    const statements: readonly { Action: string[] }[] = JSON.parse(policy).Statement;
    const allowed = statements.flatMap(({ Action }) => Action);
    const isAllowed = (action: string) => allowed.includes(action) || allowed.includes(serviceOf(action));
    const needed = deployCalls();
    expect(needed).toContain("cloudformation:ExecuteChangeSet");
    expect(needed.filter((action) => !isAllowed(action))).toEqual([]);
  });
});

/** A default as the guide writes it. */
function defaultText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const entries = Object.entries(value).map(([key, each]) => `${key}: ${each}`);
  return entries.length === 0 ? "none" : `\`{ ${entries.join(", ")} }\``;
}

function sample() {
  const Paid = defineEvent({ name: "paid", payload: z.object({ id: z.string() }) });
  const order = defineSaga({
    name: "order",
    version: 1,
    input: z.object({ id: z.string() }),
    id: ({ id }) => id,
  })
    .waitFor("payment", { event: Paid, id: ({ id }) => id, within: { hours: 1 }, compensate: "none" })
    .build();
  const aws = { subscribers: { mailing: ["saga.parked"] } };
  return compileTopology(defineConfig({ name: "shop", sagas: [order], aws }), { stage: "dev" });
}

/** Calls that IAM names otherwise than the SDK does. */
const actions: Readonly<Record<string, string>> = {
  "s3:HeadBucket": "s3:ListBucket",
  "s3:HeadObject": "s3:GetObject",
  "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
};

/** The actions of the calls in `src/aws/deploy`; who one is may be asked by everybody. */
function deployCalls(): string[] {
  const files = readdirSync(new URL("src/aws/deploy", root)).map((file) => read(`src/aws/deploy/${file}`));
  return files.flatMap((text) =>
    [...text.matchAll(/import \{([^}]+)\} from "@aws-sdk\/client-(\w+)"/g)]
      .flatMap(([, names = "", service]) =>
        [...names.matchAll(/(\w+)Command\b/g)].map(([, name]) => `${service}:${name}`),
      )
      .map((call) => actions[call] ?? call)
      .filter((call) => call !== "sts:GetCallerIdentity"),
  );
}

function serviceOf(action: string): string {
  return action.replace(/:.*/, ":*");
}
