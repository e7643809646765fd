import { describe, expect, it } from "vitest";
import { complete, type Names } from "../../../../src/cli/completion/complete.js";
import { wordsOf } from "../../../../src/cli/completion/complete-verb.js";
import { commonOptions } from "../../../../src/cli/program.js";
import { verbs } from "../../../../src/cli/verbs.js";
import { statuses } from "../../../../src/core/journal/status.js";

const names: Names = {
  sagas: async () => ["order", "refund"],
  events: async () => ["payment.received"],
  steps: async () => ["reserve", "capture"],
  lanes: async () => ["main", "slow"],
  instances: async () => ["order/o-2", "order/o-1", "refund/r-1"],
  stages: async () => ["dev", "prod"],
};

/** What is offered for a line, without what it means. */
async function offered(line: string): Promise<readonly string[] | "files"> {
  const completion = await complete(wordsOf(line), { verbs, commonOptions }, names);
  return completion === "files" ? completion : completion.map(({ value }) => value);
}

describe("complete", () => {
  it("offers every command, and what each is for", async () => {
    const completion = await complete([""], { verbs, commonOptions }, names);
    expect(completion).toEqual([
      ...verbs.map(({ name, summary }) => ({ value: name, meaning: summary })),
      { value: "help", meaning: "print help for a command" },
    ]);
  });

  it.each([
    ["backstep sig", ["signal"]],
    ["npx backstep sig", ["signal"]],
    ["FORCE_COLOR=1 ./node_modules/.bin/backstep sig", ["signal"]],
    ["backstep help sig", ["signal"]],
    ["backstep start ", ["order", "refund"]],
    ["backstep lint re", ["refund"]],
    ["backstep list --saga o", ["order"]],
    ["backstep signal ", ["payment.received"]],
    ["backstep show order/", ["order/o-2", "order/o-1"]],
    ["backstep --json cancel re", ["refund/r-1"]],
    ["backstep --store x.db show re", ["refund/r-1"]],
    ["backstep list --status ", statuses],
    ["backstep list --status pa", ["parked", "paused"]],
    ["backstep list --status=pa", ["--status=parked", "--status=paused"]],
    ["backstep completion ", ["bash", "zsh", "fish"]],
    ["backstep list --store ", "files"],
    ["backstep list --stage ", ["dev", "prod"]],
    ["backstep list --stage=p", ["--stage=prod"]],
    ["backstep start order --input @or", "files"],
    ["backstep init ", "files"],
    ["backstep tail order/o-1 refund/", ["refund/r-1"]],
    ["backstep timers mo", ["move"]],
    ["backstep timers move refund/", ["refund/r-1"]],
    ["backstep timers move refund/r-1 re", ["reserve"]],
    ["backstep resolve refund/r-1 ", ["reserve", "capture"]],
    ["backstep replay refund/r-1 --from c", ["capture"]],
    ["backstep retry --step c", ["capture"]],
    ["backstep lanes set ", ["main", "slow"]],
    ["backstep quarantine ", ["list", "show", "drop", "requeue"]],
    ["backstep start order --input ", []],
    ["backstep list --nope=p", []],
    ["backstep nope ", []],
  ])("completes %j", async (line, values) => {
    expect(await offered(line)).toEqual(values);
  });

  it("offers the options that are left, where an argument can be no more", async () => {
    const all = await offered("backstep list ");
    expect(all).toEqual(expect.arrayContaining(["--saga", "--status", "--json", "--help"]));
    const rest = await offered("backstep list --json --saga order --");
    expect(rest).toContain("--status");
    expect(rest).not.toContain("--json");
    expect(rest).not.toContain("--saga");
  });

  it("offers an argument after the value of an option, not as that value", async () => {
    expect(await offered("backstep start --id o-1 ")).toEqual(["order", "refund"]);
    expect(await offered("backstep start order --id ")).toEqual([]);
  });

  it("asks for no names where none is wanted", async () => {
    const asked = () => Promise.reject(new Error("asked"));
    const words = ["list", "--status", ""];
    const nobody = {
      sagas: asked,
      events: asked,
      steps: asked,
      lanes: asked,
      instances: asked,
      stages: asked,
    };
    expect(await complete(words, { verbs, commonOptions }, nobody)).toHaveLength(statuses.length);
  });
});
