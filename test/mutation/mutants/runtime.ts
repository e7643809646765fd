import type { Mutant } from "../mutant.js";

const run = "src/runtime/instance-run.ts";
const client = "src/runtime/client.ts";
const change = "src/core/journal/apply-change.ts";

/** Workers, clients and the watchdog go wrong. */
export const runtimeMutants: readonly Mutant[] = [
  {
    name: "outcome-written-blindly",
    bug: "An outcome that lost a race is appended all the same: it completes what was cancelled.",
    breaks: "G1",
    file: "src/runtime/journal-writer.ts",
    find: `\
      await this.reload();
      if (current.kind === "outcome")`,
    replace: `\
      await this.reload();
      const blind = { ...entry, n: this.state.n + 1 };
      if (current.kind === "outcome" && (await this.around.store.append(this.ref, blind)) === "appended") {
        await this.reload();
        this.own.add(blind.n);
        return true;
      }
      if (current.kind === "outcome")`,
  },
  {
    name: "interrupted-is-forgotten",
    bug: "A redelivered event makes its dead worker's call again as the same attempt: a refusal counts.",
    breaks: "G3",
    file: run,
    find: `const isUncertain = this.receives > 1 || this.event.kind === "watch";`,
    replace: `const isUncertain = this.event.kind === "watch";`,
  },
  {
    name: "mail-in-passing-uses-up-the-event",
    bug: "A lane event that takes mail on its way does not make its call, which then counts as interrupted.",
    breaks: "G2",
    file: run,
    find: "const hasMoved = await writer.apply(registered, input);",
    replace: `\
        const hasMoved = await writer.apply(registered, input);
        if (hasMoved && input.kind === "mail") this.carried.clear();`,
  },
  {
    name: "dead-letter-parks-what-moved-on",
    bug: "A dead letter parks an instance that has moved on since, while another lane works it.",
    breaks: "G8",
    file: run,
    find: "if (hasMovedOn || !hasWork) return this.callWatchdog();",
    replace: "if (!hasWork) return this.callWatchdog();",
  },
  {
    name: "dead-letter-leaves-mail-unwatched",
    bug: "A dead letter of an instance that moved on has nobody look at the mail that it did not take.",
    breaks: "G7",
    file: run,
    find: "if (hasMovedOn || !hasWork) return this.callWatchdog();",
    replace: "if (hasMovedOn || !hasWork) return;",
  },
  {
    name: "dead-letter-notes-no-call",
    bug: "A dead letter parks without noting its calls: let go on, each is made only when it is late.",
    breaks: "G8",
    file: run,
    find: `if (!("code" in registered)) await this.layDown(writer, registered);`,
    replace: "",
  },
  {
    name: "two-lost-races-are-being-stuck",
    bug: "A worker that loses two domain events in a row to another one calls the engine broken.",
    breaks: "G9",
    file: run,
    find: "unmoved?.kind === kind && unmoved.n === n",
    replace: "unmoved?.kind === kind",
  },
  {
    name: "nobody-looks-at-what-wakes-again",
    bug: "A late outcome sets going what was parked, and its head has no watch time: its worker dies.",
    breaks: "G8",
    file: "src/runtime/journal-writer.ts",
    find: "if (standsStill(this.state) || this.state.ended !== undefined) {",
    replace: "if (this.state.n < 0) {",
  },
  {
    name: "turning-back-ends-the-park",
    bug: "What was parked as a whole goes on by itself once it turns backward.",
    breaks: "G8",
    file: change,
    find: `draft.direction = "backward";`,
    replace: `draft.direction = "backward"; delete draft.parked;`,
  },
  {
    name: "wake-before-the-row",
    bug: "A domain event's wake is sent before its row; writing fails, and the repeated wake is swallowed.",
    breaks: "G7",
    file: client,
    find: "  const written = await store.putMail(ref, mail);",
    replace: `\
  await keepWatched(ports, ref);
  const early = { kind: "mail", seq: 0, cause: mail.id, gen: 0, hops: 0 } as const;
  await queue.send(registry.latest(saga).plan.lane, envelope(ref, clock, early));
  const written = await store.putMail(ref, mail);`,
  },
  {
    name: "command-without-watch-time",
    bug: "A command leaves the instance unwatched; its wake is lost, and nobody obeys.",
    breaks: "G8",
    file: client,
    find: "projectionOf(decision.state, head.settled, now)",
    replace: "projectionOf(decision.state, head.settled, undefined)",
  },
  {
    name: "watchdog-resends-without-gen",
    bug: "What the watchdog sends again after a purge is swallowed for five minutes.",
    breaks: "G8",
    file: "src/runtime/wake.ts",
    find: "gen: 1 + resends",
    replace: "gen: 1",
  },
  {
    name: "watchdog-always-wakes-as-timer",
    bug: "The watchdog's wake does not carry a call whose event was lost: nobody ever makes it.",
    breaks: "G8",
    file: "src/runtime/wake.ts",
    find: `const kind = isTimer(head) && resends === 0 ? "timer" : "watch";`,
    replace: `const kind = "timer";`,
  },
  {
    name: "watchdog-looks-not-back",
    bug: "A domain event that came while its instance was closed by a dying worker is never seen.",
    breaks: "G7",
    file: "src/runtime/watchdog.ts",
    find: "if (!(await this.hasUnseenMail(head))) return;",
    replace: "if ((await this.hasUnseenMail(head)) || true) return;",
  },
  {
    name: "epoch-not-raised-on-undo",
    bug: "A step that was undone and is replayed keeps its key: its tombstone refuses it.",
    breaks: "G2",
    file: change,
    find: `\
  close(draft, step);
  raiseEpoch(draft, step);`,
    replace: "close(draft, step);",
  },
  {
    name: "undo-under-the-forward-key",
    bug: "A compensation has the key of its step: taken for the forward call again, it undoes nothing.",
    breaks: "G2",
    file: "src/core/keys.ts",
    find: "!undo`",
    replace: "`",
  },
];
