import { defineEvent, defineSaga, StepRefused } from "backstep";
import { z } from "zod";

/** Domain events that the sample sagas wait for and emit. */
export const paid = defineEvent({ name: "paid", payload: z.object({ id: z.string(), cents: z.int() }) });
export const failed = defineEvent({ name: "payment.failed", payload: z.object({ id: z.string() }) });
export const shipped = defineEvent({ name: "shipped", payload: z.object({ id: z.string() }) });
export const unshipped = defineEvent({ name: "unshipped", payload: z.object({ id: z.string() }) });
export const ended = defineEvent({ name: "ended", payload: z.object({ id: z.string(), how: z.string() }) });

const input = z.object({ id: z.string() });
const output = z.object({ ref: z.string() });
const run = () => ({ ref: "r" });
const undo = () => undefined;
const refuse = () => {
  throw new StepRefused("no");
};

/** Three steps, no pivot. */
export const linear = defineSaga({ name: "linear", version: 1, input, id: ({ id }) => id })
  .step("a", { run, output, compensate: undo })
  .step("b", { run, output, compensate: undo, retry: { attempts: 2 } })
  .step("c", { run, output, compensate: undo, probe: () => "absent", retry: { attempts: 1 } })
  .build(({ results }) => ({ last: results.c.ref }));

/** A wait, a pivot with a probe, and a step after it. */
export const shop = defineSaga({
  name: "shop",
  version: 1,
  input,
  id: ({ id }) => id,
  deadline: { hours: 2 },
})
  .step("reserve", { run, output, compensate: undo, retry: { attempts: 3, refused: [{ seconds: 5 }] } })
  .step("look", { run: () => 1, output: z.number(), compensate: "readOnly" })
  .waitFor("payment", {
    event: paid,
    id: ({ id }) => id,
    within: { minutes: 30 },
    onLate: undo,
    compensate: undo,
  })
  .pivot("capture", { run, output, probe: () => "unknown", retry: { attempts: 2 } })
  .step("ship", { run, output, retry: { attempts: 2 } })
  .emit("tell", shipped, ({ input }) => ({ id: input.id }))
  .onEnd({ compensated: { emit: ended, payload: ({ input }) => ({ id: input.id, how: "compensated" }) } })
  .build(({ results }) => ({ ref: results.ship.ref }));

/**
 * Every other kind of node: parallel, choice, sleep, emit with a way back, several events, optional, at most
 * once.
 */
export const wide = defineSaga({ name: "wide", version: 1, input, id: ({ id }) => id })
  .emit("announce", shipped, ({ input }) => ({ id: input.id }), {
    event: unshipped,
    payload: ({ input }) => ({ id: input.id }),
  })
  .parallel(
    "fork",
    (b) =>
      b.step("left", { run, output, compensate: undo }).step("left2", { run: refuse, compensate: "none" }),
    (b) => b.step("right", { run, output, compensate: undo, optional: true }).sleep("nap", { minutes: 5 }),
    (b) =>
      b.waitFor("reply", {
        events: { good: { event: paid, id: ({ id }) => id }, bad: { event: failed, id: ({ id }) => id } },
        within: { minutes: 10 },
        onTimeout: "continue",
        compensate: undo,
      }),
  )
  .choice("which", {
    when: ({ input }) => input.id !== "",
    then: (b) => b.step("yes", { run, output, compensate: undo, atMostOnce: true }),
    otherwise: (b) => b.step("no", { run, output, compensate: undo }),
  })
  .sleep("pause", { until: ({ now }) => now + 60_000 })
  .waitFor("second", {
    event: paid,
    id: ({ id }) => id,
    onTimeout: "park",
    within: { hours: 1 },
    compensate: undo,
  })
  .build();
