import { UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { loadConfig } from "../../src/cli/load-config.js";
import { type CliProject, createCliProject } from "../e2e/cli-project.js";
import { orderProject } from "../e2e/cli-sagas.js";
import { describeOnTargets } from "../emulators/targets.js";
import { answers, describeCommands, input } from "./cli-commands.js";
import { createCliWorld } from "./cli-world.js";
import { recordStage } from "./record-stage.js";
import { eventually, openStack, type Stack } from "./stack.js";

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

describe("on the embedded engine", () => {
  let project: CliProject;

  beforeAll(async () => {
    project = createCliProject(orderProject);
    await project.dev().line(/^Running order/);
  });
  afterAll(() => project.remove());

  const world = () => createCliWorld(project.folder, []);
  describeCommands({ name: "embedded", suffix: "", canCommand: true, world });
});

await describeOnTargets(["dynamoDb", "sqs"], (target) => {
  let project: CliProject;
  let stack: Stack;

  beforeAll(async () => {
    project = createCliProject(orderProject);
    const { config } = await loadConfig(`${project.folder}/backstep.config.ts`);
    stack = await openStack(target, { sagas: config.sagas, services: await config.services() });
    await recordStage(project.folder, target, stack);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await stack.close();
    await project.remove();
  });

  const canCommand = target.lacks.transactions === undefined;
  const place = ["--stage", "dev"];
  const world = () => createCliWorld(project.folder, place);
  describeCommands({ name: target.name, suffix: " --stage dev", canCommand, world });

  it("list and tail name what somebody has edited, and go on without it", async () => {
    const { run, follow } = world();
    await stack.client.start("order", { orderId: "edited", sku: "tea" });
    await run("wait", "order/edited", "--for", "waiting", "--timeout", "20s");
    const tail = follow("tail");
    await tail.until(/Following/);
    await target.clients.dynamoDb.send(
      new UpdateItemCommand({
        TableName: stack.environment.table,
        Key: { pk: { S: "i#order#edited" }, sk: { S: "z#head" } },
        UpdateExpression: "SET #status = :dancing",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: { ":dancing": { S: "dancing" } },
      }),
    );
    const listed = await eventually(async () => {
      const { out, err } = await run("list", "--json");
      return err.includes("edited") ? { out, err } : undefined;
    });
    expect(JSON.parse(listed.err.split("\n")[0] ?? "").notice).toContain("order/edited cannot be read");
    expect(JSON.parse(listed.out)).not.toContainEqual(expect.objectContaining({ id: "edited" }));
    await tail.until(/order\/edited cannot be read/);
    await run("start", "order", "--input", input("beside"));
    await tail.until(/order\/beside +waiting/);
    expect(await tail.stop()).toMatchObject({ code: 0 });
    expect(await run("show", "order/edited", "--json")).toMatchObject({
      code: 1,
      err: expect.stringContaining("ITEM_UNREADABLE"),
    });
  });

  it("audit finds what the index has lost and what nobody watches, and heals both", async () => {
    const { run } = world();
    for (const orderId of ["lost", "blind"]) {
      await run("start", "order", "--input", input(orderId));
      await run("wait", `order/${orderId}`, "--for", "waiting", "--timeout", "20s");
    }
    const forget = (id: string, expression: string) =>
      target.clients.dynamoDb.send(
        new UpdateItemCommand({
          TableName: stack.environment.table,
          Key: { pk: { S: `i#order#${id}` }, sk: { S: "z#head" } },
          UpdateExpression: expression,
        }),
      );
    await forget("lost", "REMOVE watch, watchSort");
    await forget("blind", "REMOVE watchAt");
    const found = async (...args: readonly string[]) => {
      const { code, out } = await run("audit", ...args, "--json");
      const gaps: readonly { readonly instance: string; readonly kind: string }[] = JSON.parse(out).gaps;
      return { code, kinds: gaps.map(({ kind }) => kind) };
    };
    expect(await found("order/lost")).toEqual({ code: 1, kinds: ["indexMissing"] });
    expect((await found("order/blind")).kinds).toContain("unwatched");
    expect(await found("order/lost", "--fix")).toEqual({ code: 0, kinds: ["indexMissing"] });
    expect(await found("order/blind", "--fix")).toMatchObject({ code: 0 });
    for (const name of ["order/lost", "order/blind"]) {
      await eventually(async () => ((await found(name)).kinds.length === 0 ? true : undefined));
    }
    const listed = JSON.parse((await run("list", "--limit", "1000", "--json")).out);
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(expect.arrayContaining(["lost", "blind"]));
  });

  it("quarantine shows, drops and sends again what a queue gave", async () => {
    const { run } = world();
    await run("start", "order", "--input", input("sent"));
    await run("wait", "order/sent", "--for", "waiting", "--timeout", "20s");
    const { entries } = await stack.client.get({ saga: "order", id: "sent" });
    const n = entries.length;
    const event = { v: 1, saga: "order", id: "sent", seq: n, cause: String(n), gen: 0, kind: "lane" };
    const about = { kind: "unreadable", receivedAt: Date.now(), source: "main", receives: 1 } as const;
    const reason = "of a later version";
    const body = JSON.stringify({ ...event, sentAt: Date.now(), hops: 0 });
    await stack.ports.store.quarantine({ ...about, reason, messageId: "noise-1", body: "noise" });
    await stack.ports.store.quarantine({ ...about, reason, messageId: "event-1", body });
    const kept: readonly { readonly id: string }[] = JSON.parse(
      (await run("quarantine", "list", "--json")).out,
    );
    const named = (part: string) => kept.find(({ id }) => id.includes(part))?.id ?? "";
    expect((await run("quarantine", "show", named("noise-1"))).out).toContain("noise");
    expect(await run("quarantine", "requeue", named("noise-1"))).toMatchObject({ code: 4, out: "" });
    const dropped = await run("quarantine", "drop", named("noise-1"), "--reason", "a test", "--yes");
    expect(dropped).toMatchObject({ code: 0 });
    expect(await run("quarantine", "requeue", named("event-1"))).toMatchObject({ code: 0 });
    expect((await run("quarantine", "list")).out).toBe("No message is kept.\n");
  });

  it("--json has the shape that it has on the embedded engine", () => {
    const here = answers.get(target.name) ?? new Map();
    expect(here.size).toBeGreaterThan(5);
    for (const [command, shape] of here) {
      expect({ command, shape }).toEqual({ command, shape: answers.get("embedded")?.get(command) });
    }
  });
});
