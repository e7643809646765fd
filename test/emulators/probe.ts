import type { Emulator, Service, Target } from "./target.js";

/** The emulators that the probes know, as columns of the table. */
export const probedEmulators = ["dynalite", "fauxqs", "MiniStack", "DynamoDB Local"] as const;
export type ProbedEmulator = (typeof probedEmulators)[number];

/** A behaviour in which some emulator is not like AWS. */
export interface Probe {
  readonly service: Service;
  /** What is tried, as the first column says it. */
  readonly behaviour: string;
  /** What AWS answers, as it documents. */
  readonly aws: string;
  /** What others answer; those that are not named answer as AWS does. */
  readonly but: Readonly<Partial<Record<ProbedEmulator, string>>>;
  /** What our tests do about it. */
  readonly tests: string;
  /** Tries it, and says in the words of the table what came. */
  observe(target: Target): Promise<string>;
}

/** The name of the error that a call fails with; `otherwise` if it does not fail. */
export async function errorOf(call: Promise<unknown>, otherwise: string): Promise<string> {
  return call.then(
    () => otherwise,
    (error: Error) => error.name,
  );
}

/** The table of what the probes prove, as the documentation has it. */
export function renderProbes(probes: readonly Probe[], emulators: readonly Emulator[]): string {
  const cells = (probe: Probe) => {
    const others = probedEmulators.map((name) => {
      const emulator = emulators.find((each) => each.name === name);
      if (!emulator?.services.includes(probe.service)) return "-";
      return probe.but[name] ?? "as AWS";
    });
    return [probe.behaviour, probe.aws, ...others, probe.tests];
  };
  const rows = [["Behaviour", "AWS", ...probedEmulators, "Our tests"], ...probes.map(cells)];
  const [head = "", ...lines] = rows.map((row) => `| ${row.join(" | ")} |`);
  return [head, `|${"---|".repeat(probedEmulators.length + 3)}`, ...lines].join("\n");
}
