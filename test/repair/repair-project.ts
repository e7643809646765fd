/** The files of a project whose steps do what somebody's mood says, by the id of the order. */
export const repairProject = {
  "backstep.config.ts": config("old1"),
  "sagas/sagas.ts": `
    import { defineEvent, defineSaga, needs, StepRefused } from "backstep";
    import { z } from "zod";

    type Moods = Map<string, string>;
    const services = needs<{ moods: Moods }>();
    const input = z.object({ orderId: z.string() });
    const id = ({ orderId }: { orderId: string }) => orderId;
    const soon = { initial: { milliseconds: 5 } };

    function fail(mood: string | undefined): void {
      if (mood === "broken") throw new Error("no answer", { cause: new TypeError("the socket is closed") });
      if (mood === "denied") {
        const message = "User is not authorized to perform: s3:PutObject";
        throw Object.assign(new Error(message), { name: "AccessDenied" });
      }
      if (mood === "sold out" || mood === "sticky") throw new StepRefused("sold out");
    }

    export const order = defineSaga({ name: "order", version: 1, input, services, id })
      .step("reserve", {
        run: async ({ services: { moods }, input: { orderId } }) => {
          while (moods.get(orderId) === "slow") await new Promise((resolve) => setTimeout(resolve, 5));
        },
        compensate: ({ services: { moods }, input: { orderId } }) => {
          if (moods.get(orderId) === "sticky") throw new Error("the shelf is locked");
        },
        compensateRetry: { attempts: 2, backoff: soon },
      })
      .pivot("charge", {
        output: z.object({ receipt: z.string() }),
        run: ({ services: { moods }, input: { orderId } }) => {
          fail(moods.get(orderId));
          return { receipt: "r-" + orderId };
        },
        retry: { attempts: 2, backoff: soon },
      })
      .step("ship", {
        output: z.object({ tracking: z.string() }),
        run: async ({ services: { moods }, input: { orderId } }) => {
          if (moods.get(orderId) === "hung") await new Promise(() => {});
          if (moods.get(orderId) === "unshipped") throw new Error("the carrier is closed");
          return { tracking: "t-" + orderId };
        },
        retry: { attempts: 2, backoff: soon },
      })
      .build(({ results }) => results.ship);

    export const Paid = defineEvent({ name: "paid", payload: z.object({ orderId: z.string() }) });

    export const invoice = defineSaga({ name: "invoice", version: 1, input, services, id })
      .waitFor("payment", {
        event: Paid,
        id: ({ orderId }) => orderId,
        within: { minutes: 30 },
        onTimeout: "continue",
        compensate: "none",
      })
      .build();

    export const parcel = defineSaga({ name: "parcel", version: 1, input, services, id })
      .step("send", {
        run: ({ services: { moods }, input: { orderId } }) => {
          if (moods.get(orderId) === "broken") throw new Error("the road is closed");
        },
        compensate: "none",
        retry: {
          attempts: "unlimited",
          backoff: { initial: { milliseconds: 2 }, factor: 6, max: { hours: 1 } },
        },
      })
      .build();

    function old(version: number) {
      return defineSaga({ name: "old", version, input, services, id })
        .step("act", { run: () => {}, compensate: "none" })
        .build();
    }
    export const old1 = old(1);
    export const old2 = old(2);
  `,
} as const;

/** The configuration, with one version of the saga that has two. */
export function config(old: "old1" | "old2" | "old1, old2"): string {
  return `
    import { defineConfig } from "backstep";
    import { invoice, old1, old2, order, parcel } from "./sagas/sagas.js";

    export default defineConfig({
      name: "shop",
      sagas: [order, invoice, parcel, ${old}],
      services: () => ({ moods: new Map([["k-1", process.env["MOOD"] ?? "fine"]]) }),
    });
  `;
}
