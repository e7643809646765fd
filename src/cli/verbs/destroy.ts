import { deployPackages, endpointOption } from "../deploy/deploy-place.js";
import type { DoomedStage } from "../deploy/destroy-stage.js";
import { untilStopped } from "../deploy/stopped.js";
import { loadAws } from "../load-aws.js";
import { onSignals } from "../signals.js";
import type { Answer, Verb } from "../verb.js";

/** `backstep destroy`: removes a stage from AWS. */
export const destroy: Verb = {
  name: "destroy",
  summary: "remove a deployed stage; its table is kept",
  options: [
    endpointOption,
    { flags: "--delete-data", meaning: "delete the table too, with every instance" },
    { flags: "--yes", meaning: "do not ask; needed where there is no terminal" },
  ],
  examples: ["backstep destroy --stage dev", "backstep destroy --stage dev --delete-data --yes"],
  notes:
    "The stage is dev unless --stage names another. Events and timers on their way go with the queues;\n" +
    "a later deployment of the stage takes the table in again, and its watchdog wakes what is open.\n" +
    "Exits with 3 where there is nothing, with 1 where the answer to the question is no.",
  async run(_args, { endpoint, deleteData, yes }, session) {
    const stage = session.options.stage ?? "dev";
    const { findDoomed } = await loadAws(() => import("../deploy/destroy-stage.js"), deployPackages);
    const forget = onSignals(session);
    try {
      return await untilStopped(session, `destroy --stage ${stage}`, async () => {
        const isDataToo = deleteData === true;
        const doomed = await findDoomed(session, stage, { endpoint, isDataToo });
        if (doomed.open !== undefined) session.tell(`${doomed.open} ${fateOf(isDataToo)}`);
        const isSure = yes === true || (await session.confirm(question(doomed, isDataToo)));
        if (isSure) await doomed.destroy();
        return answer(doomed, stage, { destroyed: isSure, isDataToo });
      });
    } finally {
      forget();
    }
  },
};

function fateOf(isDataToo: boolean): string {
  return isDataToo
    ? "They are deleted as they are: nothing is undone."
    : "They stand still until the stage is deployed again.";
}

function question({ stack, region, account, table }: DoomedStage, isDataToo: boolean): string {
  const where = `the stack ${stack} in ${region}, account ${account}`;
  if (table === undefined) return `Destroy ${where}?`;
  return isDataToo
    ? `Destroy ${where}, and delete the table ${table} with every instance for ever?`
    : `Destroy ${where}? The table ${table} is kept.`;
}

interface Verdict {
  readonly destroyed: boolean;
  readonly isDataToo: boolean;
}

function answer(doomed: DoomedStage, stage: string, { destroyed, isDataToo }: Verdict): Answer {
  const { stack, region, account, table } = doomed;
  const kept = destroyed && isDataToo ? null : (table ?? null);
  return {
    json: { stage, stack, region, account, destroyed, keptTable: kept },
    text: ({ colors }) => {
      if (!destroyed) return "Nothing was changed.";
      const done = `${colors.green("Destroyed")} the stack ${colors.bold(stack)}`;
      if (table === undefined) return `${done}.`;
      if (kept === null) return `${done}, and its table with all data.`;
      return `${done}. Kept: the table ${kept}. Delete it: backstep destroy --stage ${stage} --delete-data`;
    },
    ...(destroyed ? {} : { exitCode: 1 as const }),
  };
}
