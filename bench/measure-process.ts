import { fork } from "node:child_process";
import { once } from "node:events";
import { type Figures, type MeasureName, measures, type OptionsOf } from "./measures.js";

/** Begins the arguments of a process that makes one measurement and is not the bench itself. */
const measureFlag = "--as-measure";

/**
 * Makes one run in a fresh process.
 * @param execArgv options of Node for that process
 * @throws Error if the process fails; it has said why on stderr
 */
export async function runMeasure<Name extends MeasureName>(
  name: Name,
  options: OptionsOf<Name>,
  execArgv: readonly string[] = [],
): Promise<Figures<Name>> {
  const args = [measureFlag, name, JSON.stringify(options)];
  const child = fork(process.argv[1] ?? "", args, { execArgv: ["--enable-source-maps", ...execArgv] });
  let figures: Figures<Name> | undefined;
  child.on("message", (message) => {
    figures = message as Figures<Name>;
  });
  const [code, signal] = await once(child, "exit");
  if (code === 0 && figures !== undefined) return figures;
  throw new Error(`The run "${name}" ended with ${signal ?? `exit code ${code}`} and without a figure.`);
}

/** Makes the run if this process was started for one. @returns whether it was */
export async function runAsMeasure(args: readonly string[]): Promise<boolean> {
  const [flag, name = "", options = "{}"] = args;
  if (flag !== measureFlag) return false;
  const measure = measures[name as MeasureName] as (given: unknown) => Promise<object>;
  process.send?.(await measure(JSON.parse(options)));
  process.disconnect();
  return true;
}
