import { describe, expect, it, vi } from "vitest";
import type { RepairWorld } from "./repair-world.js";
import { type Way, ways } from "./ways-to-break.js";

/** How long something may take that was brought about. */
export const patience = { timeout: 20_000, interval: 50 };

/** What `doctor --json` says of one thing. */
interface Found {
  readonly cause: string;
  readonly instance: string | null;
  readonly problem: string;
  readonly command: string | null;
  readonly alternatives: readonly string[];
}

/** Where things are broken. */
export interface RepairPlace {
  readonly world: () => RepairWorld;
  /** Whether commands can be given: that needs transactions. */
  readonly canCommand: boolean;
  readonly isStage: boolean;
}

/** Every way to break it: it is named, what is printed is typed, and the instance ends. */
export function describeRepairs({ world, canCommand, isStage }: RepairPlace): void {
  describe.each(ways.map((way, at) => ({ way, id: `b-${at}` })))("$way.cause", ({ way, id }) => {
    const reason = (isStage ? way.not?.stage : way.not?.engine) ?? (way.givesCommand && !canCommand);
    // It cannot be made there, or its command needs transactions that the emulator lacks.
    it.skipIf(reason)(`${way.title}${typeof reason === "string" ? ` (not here: ${reason})` : ""}`, () =>
      repair(world(), way, id),
    );
  });

  it("unreadableMessage: a message that is no event is kept, and dropped by hand", async () => {
    const { run, type, poison } = world();
    await run("start", "invoice", "--input", '{"orderId":"q-1"}');
    await poison('{"saga":"invoice","id":"q-1"}');
    // A file does not say whose it is.
    const look = () => run("doctor", ...(isStage ? ["invoice/q-1"] : []), "--json");
    const found = await vi.waitFor(async () => {
      const { findings }: { findings: readonly Found[] } = JSON.parse((await look()).out);
      return findings.find(({ cause }) => cause === "unreadableMessage") ?? expect.fail("nothing is kept");
    }, patience);
    expect(await type(found.command ?? "")).toMatchObject({ code: 0 });
    const [message] = JSON.parse((await run("quarantine", "list", "--json")).out);
    await run("quarantine", "drop", message.id, "--reason", "a test", "--yes");
    expect((await look()).out).not.toContain("unreadableMessage");
  });

  it("unreadable: what somebody has edited is named, and left as it is", async () => {
    const { run, edit } = world();
    await run("start", "order", "--input", '{"orderId":"e-1"}');
    await run("wait", "order/e-1", "--timeout", "20s");
    await edit("order", "e-1");
    const { code, out } = await run("doctor", "order/e-1", "--fix");
    expect({ code, out }).toEqual({
      code: 1,
      out: expect.stringMatching(/^unreadable {2}.*\n {2}order\/e-1: .*entry 1/),
    });
    expect(out).not.toContain("Woken");
  });
}

async function repair(world: RepairWorld, way: Way, id: string): Promise<void> {
  const name = `${way.saga}/${id}`;
  await way.break(world, id);
  const found = await vi.waitFor(async () => {
    const { out, err } = await world.run("doctor", name, "--json");
    expect(err).toBe("");
    const { findings }: { findings: readonly Found[] } = JSON.parse(out);
    const { cause, problem } = way;
    const told = expect.objectContaining({ cause, problem: expect.stringMatching(problem) });
    expect(findings).toContainEqual(told);
    return findings;
  }, patience);
  await expectStuck(world, way, name);
  const line = printed(found, way);
  // What a person reads has the command on a line of its own.
  const { code, out } = await world.run("doctor", name);
  expect({ code, lines: out.split("\n").map((each) => each.trim().replace(/^or /, "")) }).toMatchObject({
    code: 1,
    lines: expect.arrayContaining([line]),
  });
  if (way.mend === undefined) world.moods.delete(id);
  else await way.mend(world, id);
  const typed = await world.type(line.replace(...(way.fill ?? ["", ""])));
  expect(typed).toMatchObject({ code: 0 });
  await way.after?.(world, id);
  const ended = await world.run("wait", name, "--for", way.end, "--timeout", "20s");
  expect(ended).toMatchObject({ code: 0, out: expect.stringContaining(way.end) });
  expect(await world.run("doctor", name)).toMatchObject({
    code: 0,
    out: expect.stringContaining("Nothing keeps"),
  });
}

function printed(found: readonly Found[], { cause, choose }: Way): string {
  const lines = found.flatMap(({ command, alternatives }) => [command ?? "", ...alternatives]);
  const own = found.find((each) => each.cause === cause)?.command ?? undefined;
  const line = choose === undefined ? own : lines.find((each) => choose.test(each));
  return line ?? expect.fail(`no command among ${lines.join("; ")}`);
}

async function expectStuck({ run }: RepairWorld, { reason }: Way, name: string): Promise<void> {
  const { code, out } = await run("stuck", "--json", "--limit", "1000");
  const listed: readonly { saga: string; id: string; reason: string }[] = JSON.parse(out);
  const own = listed.find(({ saga, id }) => `${saga}/${id}` === name);
  if (reason === undefined) return;
  expect({ code, reason: own?.reason }).toEqual({ code: 1, reason: expect.stringMatching(reason) });
}
