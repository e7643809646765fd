import type { Emulator, Endpoint, Service, TargetData } from "./target.js";

/** A target that this process or run has started. */
export interface StartedTarget {
  readonly data: TargetData;
  stop(): Promise<void>;
}

/** Starts emulators and makes one target of them. */
export async function startTarget(...emulators: readonly Emulator[]): Promise<StartedTarget> {
  const running = await Promise.all(emulators.map((emulator) => emulator.start()));
  const endpoints: Partial<Record<Service, Endpoint>> = {};
  const names: Partial<Record<Service, string>> = {};
  for (const [at, emulator] of emulators.entries()) {
    for (const service of emulator.services) {
      endpoints[service] = running[at]?.endpoint ?? "";
      names[service] = emulator.name;
    }
  }
  return {
    data: {
      name: emulators.map(({ name }) => name).join(" + "),
      endpoints,
      emulators: names,
      lacks: Object.assign({}, ...emulators.map(({ lacks }) => lacks)),
    },
    stop: async () => void (await Promise.all(running.map((each) => each.stop()))),
  };
}
