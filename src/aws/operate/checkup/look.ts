import type { Cause, Checkup, Finding, Mend } from "../../../core/diagnosis/finding.js";
import { saidOf } from "../said-of.js";

/** A part of a checkup. */
export interface Look {
  /** What is looked at, as the beginning of a sentence: `The queues`. */
  readonly what: string;
  /** It throws where that cannot be seen. */
  look(): Promise<Partial<Checkup>>;
}

/** Looks at everything; what cannot be seen is skipped with the reason. */
export async function takeLooks(looks: readonly Look[]): Promise<Checkup> {
  const taken = await Promise.all(
    looks.map(async ({ what, look }): Promise<Partial<Checkup>> => {
      try {
        return await look();
      } catch (error) {
        return { skipped: [`${what} cannot be looked at: ${saidOf(error)}`] };
      }
    }),
  );
  return {
    findings: taken.flatMap(({ findings = [] }) => findings),
    skipped: [...new Set(taken.flatMap(({ skipped = [] }) => skipped))],
  };
}

/** What a person must decide or mend. */
export function finding(cause: Cause, problem: string, fix: string, command?: string): Finding {
  return { cause, problem, fix, ...(command === undefined ? {} : { command }), isSafe: false };
}

/** What is not as the stack itself has made it: a deployment changes nothing there. */
export function changedByHand(cause: Cause, problem: string, mend: Mend): Finding {
  const fix = "Somebody has changed it by hand: set it back to what its deployment says.";
  return { cause, problem, fix, command: "doctor --fix", isSafe: true, mend };
}

const again = "destroy the stage, which keeps its table, and deploy it";

/** What is not as the configuration has it: CloudFormation mends only what a template changes. */
export function notAsDeployed(cause: Cause, problem: string, byHand = again): Finding {
  const fix = `Deploy it again; if nothing has changed for CloudFormation, ${byHand}.`;
  return finding(cause, problem, fix, "deploy");
}
