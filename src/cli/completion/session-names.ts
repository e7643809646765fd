import { placedNodes } from "../../core/definition/placed-nodes.js";
import type { Session } from "../session.js";
import { recordedStages } from "../stage/recorded-stages.js";
import type { Names } from "./complete.js";

/** How many of the newest instances are offered. */
const instancesMax = 1_000;

/** How long a deployed stage may take to list them, milliseconds: whoever types does not wait longer. */
const patienceMs = 700;

/**
 * Names from the configuration, and from the store or the stage; none where one cannot be read. Makes none of
 * them.
 */
export function sessionNames(session: Session): Names {
  async function heads() {
    return (await Promise.race([listed(), impatience()])) ?? [];
  }

  async function listed() {
    const client = await session.reader().catch(() => undefined);
    return (await client?.list({ limit: instancesMax }))?.heads;
  }

  function impatience(): Promise<undefined> {
    return new Promise((resolve) => {
      if (session.options.stage !== undefined) session.clock.after(patienceMs, () => resolve(undefined));
    });
  }

  async function declared() {
    return (await session.anyConfig())?.config.sagas ?? [];
  }

  async function nodes() {
    return (await declared()).flatMap((saga) => placedNodes(saga));
  }

  return {
    async sagas() {
      const sagas = await declared();
      const names =
        sagas.length > 0 ? sagas.map(({ name }) => name) : (await heads()).map(({ origin }) => origin.saga);
      return [...new Set(names)];
    },
    async steps() {
      return [...new Set((await nodes()).map(({ node }) => node.name))];
    },
    async lanes() {
      const { createRegistry } = await import("../../runtime/registry.js");
      return createRegistry(await declared()).lanes;
    },
    async events() {
      const names = (await nodes()).flatMap(({ node }) =>
        node.kind === "wait" ? Object.values(node.events).map(({ event }) => event.name) : [],
      );
      return [...new Set(names)];
    },
    stages: () => recordedStages(session.project.root),
    async instances() {
      return (await heads()).map(({ origin: { saga, id } }) => `${saga}/${id}`);
    },
  };
}
