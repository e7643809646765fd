import { join } from "node:path";
import { loadConfig } from "../../src/cli/load-config.js";
import { createLocalEngine } from "../../src/local/local-engine.js";
import type { CliProject } from "./cli-project.js";

/** What reads a parcel's address: it breaks on one without. */
export const brokenLabel = `
  export function labelOf(input: { card: string; address?: { street: string } }): string {
    try {
      return (input.address as { street: string }).street.toUpperCase();
    } catch (cause) {
      throw new Error("no label for card " + input.card, { cause });
    }
  }
`;

/** The same, mended. */
export const mendedLabel = `
  export function labelOf(input: { address?: { street: string } }): string {
    return (input.address?.street ?? "poste restante").toUpperCase();
  }
`;

/** The files of a project whose parcels park at their last step. */
export const parcelProject = {
  "backstep.config.ts": `
    import { defineConfig } from "backstep";
    import { parcel } from "./sagas/parcel.js";

    export default defineConfig({
      sagas: [parcel],
      services: () => ({ shipping: { book: (label: string) => "t-" + label } }),
    });
  `,
  "sagas/label.ts": brokenLabel,
  "sagas/parcel.ts": `
    import { defineEvent, defineSaga, needs } from "backstep";
    import { z } from "zod";
    import { labelOf } from "./label.js";

    const Paid = defineEvent({ name: "parcel.paid", payload: z.object({ id: z.string() }) });

    export const parcel = defineSaga({
      name: "parcel",
      version: 1,
      input: z.object({
        id: z.string(),
        card: z.string(),
        address: z.object({ street: z.string() }).optional(),
        isPrepaid: z.boolean(),
      }),
      services: needs<{ shipping: { book(label: string): string } }>(),
      id: (input) => input.id,
      tags: (input) => ({ customer: "c-" + input.id }),
      redact: ["card"],
    })
      .choice("unpaid", {
        when: ({ input }) => !input.isPrepaid,
        then: (b) =>
          b.waitFor("payment", {
            event: Paid,
            id: (paid) => paid.id,
            within: { hours: 1 },
            compensate: "none",
          }),
      })
      .pivot("charge", { run: () => {} })
      .step("ship", {
        run: ({ input, services }) => void services.shipping.book(labelOf(input)),
        retry: { attempts: 1 },
      })
      .build();
  `,
} as const;

/** A card number that nothing may show. */
export const card = "4111-1111-1111-1111";

/** Starts these parcels in the project's store, and lets an engine work them until nothing is left to do. */
export async function shipParcels(
  project: CliProject,
  parcels: readonly { readonly id: string; readonly isPrepaid?: boolean; readonly street?: string }[],
): Promise<void> {
  const { config } = await loadConfig(join(project.folder, "backstep.config.ts"));
  const file = join(project.folder, ".backstep/local.db");
  const engine = createLocalEngine({ sagas: config.sagas, services: await config.services(), file });
  await engine.start();
  for (const { id, isPrepaid = true, street } of parcels) {
    const address = street === undefined ? {} : { address: { street } };
    await engine.client.start("parcel", { id, card, isPrepaid, ...address });
  }
  await engine.idle();
  await engine.stop();
}
