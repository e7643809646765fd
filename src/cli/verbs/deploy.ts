import type { StackChange } from "../../aws/deploy/change-set.js";
import { deployPackages, endpointOption } from "../deploy/deploy-place.js";
import type { Deployment } from "../deploy/deploy-stage.js";
import { untilStopped } from "../deploy/stopped.js";
import { exampleOf } from "../example-of.js";
import { loadAws } from "../load-aws.js";
import { onSignals } from "../signals.js";
import type { Style } from "../style.js";
import { renderTable } from "../table.js";
import type { Answer, Verb } from "../verb.js";

/** `backstep deploy`: makes a stage on AWS what the configuration says. */
export const deploy: Verb = {
  name: "deploy",
  summary: "deploy the sagas to AWS, as a CloudFormation stack",
  options: [
    endpointOption,
    { flags: "--dry-run", meaning: "say what would change, and change nothing" },
    {
      flags: "--force",
      meaning: "also where open instances lose the version that they run: they are parked",
    },
  ],
  examples: [
    "backstep deploy",
    "backstep deploy --stage live --dry-run",
    "backstep deploy --endpoint http://127.0.0.1:4566",
  ],
  notes:
    "The stage is dev unless --stage names another. The functions are bundled from functions/, where it\n" +
    "has a file for them, else from the configuration alone. Where the stage is, is then said in\n" +
    ".backstep/<stage>.json. The first deployment to a region makes a bucket for code.\n" +
    "A deployment that fails is rolled back; one that was stopped is followed by the next.",
  async run(_args, options, session) {
    const stage = session.options.stage ?? "dev";
    const { deployStage } = await loadAws(() => import("../deploy/deploy-stage.js"), deployPackages);
    const { endpoint, force } = options;
    const isDry = options.dryRun === true;
    const startedAt = session.clock.now();
    const forget = onSignals(session);
    try {
      return await untilStopped(session, `deploy --stage ${stage}`, async () => {
        const done = await deployStage(session, { stage, endpoint, isDry, isForced: force === true });
        const seconds = (session.clock.now() - startedAt) / 1_000;
        return isDry ? planned(done, seconds) : await deployed(done, seconds);
      });
    } finally {
      forget();
    }
  },
};

function planned(done: Deployment, seconds: number): Answer {
  const { changes, topology } = done;
  const text = (style: Style) => {
    if (changes.length === 0) return `The stack ${topology.stack} is as it would be: nothing would change.`;
    const rows = changes.map(({ action, type, resource }) => [action, type, resource]);
    const table = renderTable([["ACTION", "TYPE", "RESOURCE"], ...rows], { width: style.width });
    return `${table}\n${countText(changes)}. Nothing was changed.`;
  };
  return { json: { ...jsonOf(done, seconds), changed: false, dryRun: true }, text };
}

async function deployed(done: Deployment, seconds: number): Promise<Answer> {
  const { changes } = done;
  const start = await startLine(done);
  const text = ({ colors }: Style) => {
    const { stack, stage, table, bus, functions } = done.topology;
    const lanes = functions.filter(({ kind }) => kind === "lane").map(({ lane }) => lane);
    if (changes.length === 0) return `The stack ${colors.bold(stack)} is up to date: nothing was changed.`;
    const place = `to ${done.region}, account ${done.account}, in ${seconds.toFixed(0)} s`;
    return [
      `${colors.green("Deployed")} ${colors.bold(stack)} ${place}: ${countText(changes)}`,
      `Table ${table.name}, bus ${bus.name}, ${lanes.length === 1 ? "lane" : "lanes"} ${lanes.join(", ")}`,
      `Start an instance: ${start}`,
      `Follow it: backstep tail --stage ${stage}`,
    ].join("\n");
  };
  return { json: { ...jsonOf(done, seconds), changed: changes.length > 0, dryRun: false }, text };
}

function jsonOf({ topology, region, account, changes, outputs, bundles }: Deployment, seconds: number) {
  return {
    stage: topology.stage,
    stack: topology.stack,
    region,
    account,
    changes,
    outputs,
    bundles: bundles.map(({ entry, bytes, sha256 }) => ({ entry, bytes, sha256 })),
    seconds,
  };
}

/** The command that starts an instance of the first saga. */
async function startLine({ config, topology }: Deployment): Promise<string> {
  const saga = config.sagas.find(({ name }) => name === topology.sagas[0]?.saga);
  const input = saga === undefined ? "{}" : await exampleOf(saga.input);
  return `backstep start ${saga?.name ?? "<saga>"} --input '${input}' --stage ${topology.stage}`;
}

const pasts = {
  add: "added",
  import: "taken in",
  modify: "modified",
  replace: "replaced",
  remove: "removed",
} as const satisfies Record<StackChange["action"], string>;

/** `12 added, 1 removed`. */
function countText(changes: readonly StackChange[]): string {
  const counts = Object.entries(pasts).map(([action, past]) => {
    return [changes.filter((change) => change.action === action).length, past] as const;
  });
  return counts
    .filter(([count]) => count > 0)
    .map(([count, past]) => `${count} ${past}`)
    .join(", ");
}
