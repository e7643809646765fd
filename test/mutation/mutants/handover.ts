import type { Mutant, Patch } from "../mutant.js";

const file = "src/runtime/handover.ts";

/** Domain events are left to the handover. No bug by itself: it lets the order of the handover count. */
const publishLater: Patch = {
  file: "src/runtime/journal-writer.ts",
  find: `\
        await this.pass("afterAppend");
        if (entry.publish !== undefined) await this.publish(entry);`,
  replace: `await this.pass("afterAppend");`,
};

const effectsInOrder = `\
    await writer.publishOwed();
    const isOnQueue = wakeAt !== undefined && (await this.sendTimer(plan, wakeAt, now));
    const isSent = await this.sendNext(plan, calls);`;

/** Effects, head and acknowledgement in another order, or not at all. */
export const handoverMutants: readonly Mutant[] = [
  {
    name: "acknowledge-before-effects",
    bug: "An event is acknowledged when it comes: its worker dies, and mail is unread for a wait of days.",
    breaks: "G8",
    file: "src/runtime/worker.ts",
    find: "await run.work(delivery.receives === 1 ? delivery.started : undefined);",
    replace: "run.work().catch(() => undefined);",
  },
  {
    name: "next-event-before-publishing",
    bug: "The next lane's worker settles effects that a dead worker, or one whose bus failed, never sent.",
    breaks: "G7",
    file,
    find: effectsInOrder,
    replace: `\
    const isOnQueue = wakeAt !== undefined && (await this.sendTimer(plan, wakeAt, now));
    const isSent = await this.sendNext(plan, calls);
    await writer.publishOwed();`,
    also: [publishLater],
  },
  {
    name: "head-before-effects",
    bug: "The head says that effects are sent before they are: its writer dies, and they are owed by nobody.",
    breaks: "G7",
    file,
    find: effectsInOrder,
    replace: `\
    if (!(await this.writeHead(wakeAt))) return false;
${effectsInOrder}`,
    also: [publishLater],
  },
  {
    name: "publishes-nothing-owed",
    bug: "Domain events of an entry whose writer died are never sent.",
    breaks: "G7",
    file: "src/runtime/journal-writer.ts",
    find: "for (const entry of this.entries) if (this.isOwed(entry)) await this.publish(entry);",
    replace: "",
  },
  {
    name: "every-wake-proves-what-was-sent",
    bug: "A command's wake counts as proof of earlier effects, which a dead worker of another lane owes.",
    breaks: "G7",
    file: "src/runtime/journal-writer.ts",
    find: `this.owedFrom = event.kind === "lane" ? Math.max(event.seq, settled) : settled;`,
    replace: "this.owedFrom = Math.max(event.seq, settled);",
  },
  {
    name: "no-look-into-the-mailbox-after-the-head",
    bug: "Mail that came while the head was closed is seen by nobody; its wake is lost as well.",
    breaks: "G7",
    file,
    find: "return writer.hasLooked || !(await this.hasNewMail(plan));",
    replace: "return true;",
  },
  {
    name: "no-look-into-the-mailbox-after-a-head-that-came-along",
    bug: "Mail that came while an entry took its head along is seen by nobody; its wake is lost as well.",
    breaks: "G7",
    file: "src/runtime/journal-writer.ts",
    find: "this.hasLooked = false;",
    replace: "",
  },
  {
    name: "timer-on-the-queue-is-unwatched",
    bug: "The watch time leaves out a timer that is on the queue: its wake is lost, and it never fires.",
    breaks: "G8",
    file,
    find: "const times = wakeAt === undefined ? [] : [isOnQueue ? wakeAt + timerGraceMs : wakeAt];",
    replace: "const times = wakeAt === undefined || isOnQueue ? [] : [wakeAt];",
  },
  {
    name: "far-watch-time-is-kept",
    bug: "After a hop the head keeps a watch time that is days away; the event is lost, and nobody looks.",
    breaks: "G8",
    file,
    find: "stored <= Math.min(watchAt + this.around.settings.healMs, latest)",
    replace: "true",
  },
  {
    name: "fused-call-is-given-away",
    bug: "A redelivery sends an event for a call that the worker before it is making: it is made twice.",
    breaks: "G3",
    file,
    find: "return since > seq ? !(fuse && lane === this.writer.lane) : this.isSole(plan);",
    replace: "return since > seq || this.isSole(plan);",
  },
  {
    name: "relay-with-gen-0",
    bug: "A resent event sends the next one under a name that its lane swallows for five minutes.",
    breaks: "G8",
    file,
    find: "{ kind, seq: state.n, cause, gen, hops: hops + 1 }",
    replace: "{ kind, seq: state.n, cause, gen: 0, hops: hops + 1 }",
  },
  {
    name: "timer-not-re-armed",
    bug: "A wake that came early is sent again under its old name and swallowed: the timer is a minute late.",
    breaks: "G8",
    file,
    find: "const next = isEarly ? gen + 1 : gen;",
    replace: "const next = gen;",
  },
];
