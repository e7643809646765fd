/**
 * A project whose sagas park by the `sku`: `stuck` at the first attempt of the pivot, `broken` at each,
 * `sticky` on the way back.
 */
export const parkingProject = {
  "backstep.config.ts": `
    import { defineConfig } from "backstep";
    import { order, refund } from "./sagas.js";

    export default defineConfig({ sagas: [order, refund], services: () => ({}) });
  `,
  "sagas.ts": `
    import { defineEvent, defineSaga } from "backstep";
    import { z } from "zod";

    const Paid = defineEvent({ name: "paid", payload: z.object({ orderId: z.string() }) });
    const once = { attempts: 1 };

    const first = (name: string) =>
      defineSaga({
        name,
        version: 1,
        input: z.object({ orderId: z.string(), sku: z.string() }),
        id: (input) => input.orderId,
        tags: ({ sku }) => ({ sku }),
      }).step("reserve", {
        output: z.object({ attempt: z.int() }),
        run: ({ attempt }) => ({ attempt }),
        compensate: ({ input }) => {
          if (input.sku === "sticky") throw new Error("the shelf is locked");
        },
        compensateRetry: once,
      });

    export const order = first("order")
      .waitFor("payment", {
        event: Paid,
        id: ({ orderId }) => orderId,
        within: { hours: 1 },
        onTimeout: "compensate",
        compensate: "none",
      })
      .build();

    export const refund = first("refund")
      .pivot("capture", {
        output: z.object({ captureId: z.string() }),
        run: ({ input, attempt }) => {
          const isAway = input.sku === "broken" || (input.sku === "stuck" && attempt < 2);
          if (isAway) throw new Error("the bank is away");
          return { captureId: "c-" + input.orderId };
        },
        retry: once,
      })
      .step("ship", { run: () => {} })
      .build(({ results }) => results.capture);
  `,
} as const;
