/** The files of a project with one small saga: what happens depends on the `sku`. */
export const orderProject = {
  "backstep.config.ts": `
    import { defineConfig } from "backstep";
    import { order } from "./sagas/order.js";

    export default defineConfig({
      name: "shop",
      sagas: [order],
      services: () => {
        if (process.env["SERVICES"] === "down") throw new Error("the services are down");
        return { stock: new Map<string, number>() };
      },
    });
  `,
  "sagas/order.ts": `
    import { defineEvent, defineSaga, needs, StepRefused } from "backstep";
    import { z } from "zod";

    export const Paid = defineEvent({
      name: "payment.received",
      payload: z.object({ orderId: z.string(), cents: z.int() }),
    });

    const soon = { initial: { milliseconds: 10 } };

    export const order = defineSaga({
      name: "order",
      version: 1,
      input: z.object({ orderId: z.string(), sku: z.string() }),
      services: needs<{ stock: Map<string, number> }>(),
      id: (input) => input.orderId,
      deadline: { hours: 2 },
    })
      .step("reserve", {
        output: z.object({ reservation: z.string() }),
        run: ({ input }) => {
          if (input.sku === "gone") throw new StepRefused("sold out");
          return { reservation: "r-" + input.orderId };
        },
        compensate: ({ input }) => {
          if (input.sku === "sticky") throw new Error("the shelf is locked");
        },
        compensateRetry: { attempts: 2, backoff: soon },
      })
      .step("check", {
        run: ({ input, attempt }) => {
          if (input.sku === "flaky" && attempt < 3) {
            throw new Error("connection reset", { cause: new TypeError("socket closed") });
          }
        },
        compensate: "none",
        retry: { backoff: soon },
      })
      .waitFor("payment", {
        event: Paid,
        id: (payment) => payment.orderId,
        within: { minutes: 30 },
        onTimeout: "compensate",
        compensate: "none",
      })
      .pivot("capture", { run: () => {} })
      .step("ship", {
        output: z.object({ tracking: z.string() }),
        run: ({ input }) => ({ tracking: "track-" + input.orderId }),
      })
      .build(({ results }) => results.ship);
  `,
} as const;
