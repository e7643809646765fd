import { placedNodes } from "../../core/definition/placed-nodes.js";
import type { Session } from "../session.js";
import type { Names } from "./complete.js";

/** How many of the newest instances are offered. */
const instancesMax = 1_000;

/** Names from the configuration and the store; none where one cannot be read. Makes neither. */
export function sessionNames(session: Session): Names {
  async function heads() {
    const client = await session.reader().catch(() => undefined);
    return (await client?.list({ limit: instancesMax }))?.heads ?? [];
  }

  async function declared() {
    return (await session.anyConfig())?.config.sagas ?? [];
  }

  return {
    async sagas() {
      const sagas = await declared();
      const names =
        sagas.length > 0 ? sagas.map(({ name }) => name) : (await heads()).map(({ origin }) => origin.saga);
      return [...new Set(names)];
    },
    async events() {
      const nodes = (await declared()).flatMap((saga) => placedNodes(saga));
      const names = nodes.flatMap(({ node }) =>
        node.kind === "wait" ? Object.values(node.events).map(({ event }) => event.name) : [],
      );
      return [...new Set(names)];
    },
    async instances() {
      return (await heads()).map(({ origin: { saga, id } }) => `${saga}/${id}`);
    },
  };
}
