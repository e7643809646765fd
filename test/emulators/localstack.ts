import { said } from "./emulator-process.js";
import { type Emulator, services } from "./target.js";

/** The last image that runs without an account. */
const image = "localstack/localstack:4.14.0";

/** Loaded late: it needs a newer Node than we do. */
const load = () => import("@testcontainers/localstack");

/** LocalStack in a container. */
export const localStack: Emulator = {
  name: "LocalStack",
  services,
  lacks: {},
  missing: async () => {
    if ((await said("docker", "info")) === undefined) return "no Docker engine answers";
    return load().then(
      () => undefined,
      (error) => `Node ${process.versions.node} cannot load testcontainers (${error})`,
    );
  },
  start: async () => {
    const { LocalstackContainer } = await load();
    const container = await new LocalstackContainer(image).start();
    return { endpoint: container.getConnectionUri(), stop: async () => void (await container.stop()) };
  },
};
