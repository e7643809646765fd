import { type Duration, defineEvent, defineSaga, needs } from "backstep";
import { createMemoryWorld } from "backstep/testing";
import { z } from "zod";

const payload = z.object({ id: z.string() });
const Paid = defineEvent({ name: "stay.paid", payload });
const Ended = defineEvent({ name: "stay.ended", payload });
const Cancelled = defineEvent({ name: "stay.cancelled", payload });

/** What may differ between two definitions of the same version. */
export interface StayOptions {
  readonly version?: number;
  /** Attempts of `room`, which fails three times. Default 4. */
  readonly attempts?: number;
  /** The pause before its second attempt. Default one second. */
  readonly pause?: Duration;
  /** Default 10 seconds. */
  readonly timeout?: Duration;
  /** Default 30 minutes. */
  readonly within?: Duration;
  /** Default `"compensate"`. */
  readonly onTimeout?: "compensate" | "park";
  /** Default none. */
  readonly deadline?: Duration;
  /** Whether the room is given back. Default true. */
  readonly back?: boolean;
  /** Whether the second step is `breakfast`; else it is `dinner`. Default true. */
  readonly breakfast?: boolean;
  /** The domain event of a stay that did not take place. Default `stay.ended`. */
  readonly tells?: "stay.ended" | "stay.cancelled";
}

/** Room → breakfast → wait for the payment. */
export function stayWith(options: StayOptions = {}) {
  const { version = 1, attempts = 4, pause = { seconds: 1 }, timeout = { seconds: 10 } } = options;
  const { within = { minutes: 30 }, onTimeout = "compensate", back = true, breakfast = true } = options;
  const begun = defineSaga({
    name: "stay",
    version,
    input: payload,
    services: needs<{ readonly book: () => void }>(),
    id: ({ id }) => id,
    ...(options.deadline === undefined ? {} : { deadline: options.deadline }),
  }).step("room", {
    run: ({ services }) => services.book(),
    compensate: back ? () => undefined : "none",
    retry: { attempts, backoff: { initial: pause } },
    timeout,
  });
  const second = breakfast ? "breakfast" : "dinner";
  return begun
    .step(second, { run: () => undefined, compensate: () => undefined })
    .waitFor("payment", { event: Paid, id: ({ id }) => id, within, onTimeout, compensate: "none" })
    .onEnd({
      compensated: {
        emit: options.tells === "stay.cancelled" ? Cancelled : Ended,
        payload: ({ input }) => ({ id: input.id }),
      },
    })
    .build();
}

/** Plays a stay whose room is found at the fourth attempt and which is never paid. */
export async function playStay(options: StayOptions = {}, seed = 1) {
  let calls = 0;
  const book = () => {
    calls += 1;
    if (calls < 4) throw new Error("no answer from the hotel");
  };
  const world = createMemoryWorld({ sagas: [stayWith(options)], services: { book }, seed });
  await world.start("stay", { id: "s-1" });
  await world.advance({ hours: 1 });
  return world.client.get({ saga: "stay", id: "s-1" });
}
