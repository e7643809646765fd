import { describe, expect, it } from "vitest";
import { faultPoints } from "../../../../src/ports/fault-points.js";
import { unclaimed } from "../../../../src/testing/checks/unclaimed.js";
import { one, type Script, type Setup, setups } from "../../runtime/shop.js";
import { openWorld, wrongs } from "./worlds.js";

type World = ReturnType<typeof openWorld>;
const start = async ({ world }: World) => {
  await world.start("shop", { id: "o-1" });
  await world.settle();
};

/** What happens in a world, and how its instance ends. */
interface Story {
  readonly script?: Script;
  readonly ends: string;
  readonly tell: (open: World) => Promise<void>;
}

const stories: Readonly<Record<string, Story>> = {
  paid: {
    ends: "completed",
    tell: async (open) => {
      await start(open);
      await open.pay();
    },
  },
  "paid early": {
    ends: "completed",
    tell: async (open) => {
      await open.pay();
      await start(open);
    },
  },
  unpaid: { ends: "compensated", tell: start },
  "paid late": {
    ends: "compensated",
    tell: async (open) => {
      await start(open);
      await open.world.advance({ minutes: 40 });
      await open.pay();
    },
  },
  refused: { script: { order: ["no"] }, ends: "compensated", tell: start },
  flaky: {
    script: {
      reserve: ["boom", "hang", "ok"],
      ship: ["boom", "ok"],
      find: ["unknown", "ok"],
      capture: ["boom"],
    },
    ends: "completed",
    tell: async (open) => {
      await start(open);
      await open.world.advance({ minutes: 5 });
      await open.pay();
    },
  },
  "parked going forward, and retried": {
    script: { ship: ["boom", "boom", "boom", "ok"] },
    ends: "completed",
    tell: async (open) => {
      await start(open);
      await open.pay();
      await open.world.advance({ minutes: 30 });
      await open.command(one, { kind: "retry" });
    },
  },
  "parked going backward": { script: { unorder: ["boom"] }, ends: "parked", tell: start },
  "parked going backward, and waived": {
    script: { unorder: ["boom"] },
    ends: "compensated",
    tell: async (open) => {
      await start(open);
      await open.world.advance({ hours: 1 });
      await open.command(one, { kind: "waive", step: "order" });
    },
  },
  "parked going forward, and resolved": {
    script: { ship: ["no"] },
    ends: "completed",
    tell: async (open) => {
      await start(open);
      await open.pay();
      await open.command(one, { kind: "resolve", step: "ship", output: { ref: "by hand" } });
    },
  },
  cancelled: {
    ends: "compensated",
    tell: async (open) => {
      await start(open);
      await open.command(one, { kind: "cancel" });
    },
  },
  terminated: {
    ends: "terminated",
    tell: async (open) => {
      await start(open);
      await open.command(one, { kind: "terminate" });
    },
  },
  paused: {
    ends: "paused",
    tell: async (open) => {
      await start(open);
      await open.command(one, { kind: "pause" });
      await open.pay();
    },
  },
  "past its deadline": {
    script: { order: ["boom"] },
    ends: "compensated",
    tell: async (open) => {
      await start(open);
      await open.command(one, { kind: "moveTimer", step: "order", dueAt: 8e15 });
    },
  },
  "moved, fired and cancelled in its timer": {
    ends: "compensated",
    tell: async (open) => {
      await start(open);
      const later = open.world.clock.now() + 3_600_000;
      await open.command(one, { kind: "moveTimer", step: "payment", dueAt: later });
      await open.command(one, { kind: "cancelTimer", step: "payment" });
      await open.world.advance({ minutes: 90 });
      await open.command(one, { kind: "fireTimer", step: "payment" });
    },
  },
  "replayed after its end": {
    ends: "completed",
    tell: async (open) => {
      await start(open);
      await open.world.advance({ hours: 1 });
      await open.command(one, { kind: "replay" });
      await open.pay("p-2");
    },
  },
  "replayed in the middle, undone first": {
    ends: "completed",
    tell: async (open) => {
      await start(open);
      await open.command(one, { kind: "pause" });
      await open.command(one, { kind: "replay", from: "order", compensateFirst: true });
      await open.pay();
    },
  },
};

const fairs: Readonly<
  Record<string, { readonly script?: Script; readonly ends: string; readonly big?: boolean }>
> = {
  calm: { ends: "completed" },
  big: { ends: "completed", big: true },
  "refused in one branch": { script: { left2: ["no"], right: ["boom"] }, ends: "compensated" },
  "broken in its atMostOnce step": { script: { once: ["boom"] }, ends: "compensated" },
  "refused in its optional step": { script: { extra: ["no"] }, ends: "completed" },
  "refused once and then not": { script: { dun: ["no", "ok"] }, ends: "completed" },
  "refused for good": { script: { dun: ["no"] }, ends: "compensated" },
  "refused at last": { script: { last: ["no"] }, ends: "compensated" },
  "without an answer of a read": { script: { look: ["hang"] }, ends: "compensated" },
};

async function play(setup: Setup, story: Story, more: Parameters<typeof openWorld>[2] = {}) {
  const open = openWorld(setup, story.script, more);
  await story.tell(open);
  await open.world.advance({ hours: 12 });
  return open;
}

const fairStory = ({ script = {}, ends, big = false }: (typeof fairs)[string]): Story => ({
  script,
  ends,
  tell: async ({ world }) => {
    await world.start("fair", { id: "f", big });
  },
});

describe.each(setups)("the evidence of sound stories ($name)", (setup) => {
  const all = { ...stories, ...Object.fromEntries(Object.entries(fairs).map(([k, v]) => [k, fairStory(v)])) };

  it.each(Object.keys(all))("shows no violation: an instance that is %s", async (name) => {
    const story = all[name] as Story;
    const open = await play(setup, story);
    const evidence = open.evidence();
    expect(evidence.instances.map(({ head }) => head?.status)).toEqual([story.ends]);
    expect(wrongs(evidence)).toEqual([]);
    expect(wrongs({ ...evidence, healed: false })).toEqual([]);
    expect(unclaimed(evidence)).toEqual([]);
  });

  it.each(faultPoints)("shows no violation after a crash: %s, at every fourth passing", async (point) => {
    for (const name of ["paid", "unpaid", "flaky", "refused at last"]) {
      let passed = 0;
      for (let k = 1; k === 1 || passed >= k; k += 4) {
        passed = 0;
        const at = (here: string) => {
          passed += here === point ? 1 : 0;
          if (here === point && passed === k) throw new Error("dies");
        };
        const open = await play(setup, all[name] as Story, { faults: { at }, visibility: { minutes: 1 } });
        expect({ name, k, wrong: wrongs(open.evidence()) }).toEqual({ name, k, wrong: [] });
      }
    }
  });
});
