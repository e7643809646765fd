/** One documented error: what it means, what to do, whether waiting helps. */
export interface CatalogueEntry {
  /** What the code means, for the reference page. */
  readonly summary: string;
  /** One imperative sentence, unless the place that throws knows a better one. */
  readonly fix: string;
  readonly retryable: boolean;
}

/** Every code that a `SagaError` can have. `docs/reference/errors.md` is generated from it. */
export const errorCatalogue = {
  DEFINITION_INVALID: {
    summary: "A saga, step or event definition breaks a rule that `build()` checks.",
    fix: "Correct the definition.",
    retryable: false,
  },
  DURATION_INVALID: {
    summary: "A duration has an unknown unit, is negative, not a number, or longer than ten years.",
    fix: "Write an object such as { minutes: 30 }, of days, hours, minutes, seconds or milliseconds.",
    retryable: false,
  },
  NOT_JSON: {
    summary: "A value that must be kept in the journal cannot be written as JSON.",
    fix: "Return plain objects, arrays, strings, finite numbers, booleans or null.",
    retryable: false,
  },
  SCHEMA_MISMATCH: {
    summary: "An input, payload, output or value does not satisfy its schema.",
    fix: "Send a value of the shape that the definition declares.",
    retryable: false,
  },
  JOURNAL_CORRUPT: {
    summary:
      "A journal has a gap, an entry of an unreadable shape, or one that contradicts the entries before it.",
    fix: "Restore the instance from a backup; it is left as it is.",
    retryable: false,
  },
  INVARIANT_BROKEN: {
    summary: "A state that can never be was about to be written; nothing was written.",
    fix: "Report it with the instance's journal: backstep show <saga>/<id> --journal --json.",
    retryable: false,
  },
  COMMAND_REFUSED: {
    summary: "The instance is in a state in which this command cannot be carried out.",
    fix: "Look at it first: backstep show <saga>/<id>.",
    retryable: false,
  },
  SAGA_UNKNOWN: {
    summary: "No saga of that name or version is declared in the configuration.",
    fix: "Add it to `sagas` in backstep.config.ts, or correct the name.",
    retryable: false,
  },
  EVENT_UNKNOWN: {
    summary: "No declared saga waits for a domain event of that name.",
    fix: "Correct the event's name, or add a saga that waits for it.",
    retryable: false,
  },
  INSTANCE_UNKNOWN: {
    summary: "There is no instance of that name.",
    fix: "List what there is: backstep list.",
    retryable: false,
  },
  INSTANCE_ID_INVALID: {
    summary:
      "An instance id is empty, longer than 200 characters, or has characters that cannot be part of one.",
    fix: "Use letters, digits and . _ : @ + - only, at most 200 characters.",
    retryable: false,
  },
  EVENT_ID_INVALID: {
    summary: "The id of a domain event is empty, too long, or has characters that cannot be part of one.",
    fix: "Use printable ASCII without blanks, at most 300 characters.",
    retryable: false,
  },
  START_CONFLICT: {
    summary: "An instance of this id was started before with another input; the first one stands.",
    fix: "Use another id for another input.",
    retryable: false,
  },
  EVENT_CONFLICT: {
    summary: "A domain event of this id was accepted before with another payload; the first one stands.",
    fix: "Use another event id for another payload.",
    retryable: false,
  },
  WRITE_CONFLICT: {
    summary: "The instance was changed by others at every attempt of this command.",
    fix: "Try again.",
    retryable: true,
  },
  VERSION_CONFLICT: {
    summary:
      "A saga declares a version twice, or the definition of a running instance's version has changed.",
    fix: "Give the change a new version, and keep the old one declared until its instances have ended.",
    retryable: false,
  },
  CONFIG_INVALID: {
    summary: "The configuration file cannot be loaded or does not have the shape of `defineConfig`.",
    fix: "Export default defineConfig({ sagas, services }) from it.",
    retryable: false,
  },
  CONFIG_NOT_FOUND: {
    summary: "There is no configuration file.",
    fix: "Create backstep.config.ts here, or name one with --config <file>.",
    retryable: false,
  },
  LOCK_INVALID: {
    summary:
      "The file sagas.lock.json cannot be read, or does not have the shape that `backstep lock` writes.",
    fix: "Restore it from version control, or delete it and run backstep lock.",
    retryable: false,
  },
  LOCK_OUTDATED: {
    summary: "The file sagas.lock.json does not say what `backstep lock` would write.",
    fix: "Run backstep lock and commit sagas.lock.json.",
    retryable: false,
  },
  EXPLORATION_FAILED: {
    summary: "`explore` found faults after which a guarantee or an invariant of the saga does not hold.",
    fix: "Repeat the faults in a test with `reproduce`, and correct the saga or its participants.",
    retryable: false,
  },
  EXPLORATION_NOT_FOUND: {
    summary: "There is no backstep.explore.ts, or it does not say how the saga is explored.",
    fix: "Export [exploration(saga, { input, services })] from backstep.explore.ts beside the configuration.",
    retryable: false,
  },
  SIMULATION_FAILED: {
    summary: "`simulate` played a world in which a guarantee or an invariant does not hold.",
    fix: "Play the world again with its seed, and correct the saga or its participants.",
    retryable: false,
  },
  SIMULATION_IDLE: {
    summary:
      "The worlds of `simulate` never met a kind of fault, a lost race or a dead letter: it is untested.",
    fix: "Play more worlds, raise the rate of that kind in `faults`, or set it to 0 where it cannot happen.",
    retryable: false,
  },
  STORE_UNREADABLE: {
    summary:
      "The file is not a Backstep store, is torn, or was written by another version; it is left as it is.",
    fix: "Name another file with --store <file>, or move this one away.",
    retryable: false,
  },
  STORE_LOCKED: {
    summary: "Another engine works on this file.",
    fix: 'Stop the other engine, stand by for it (--stand-by, ifLocked: "wait"), or name another file.',
    retryable: true,
  },
  ENVELOPE_INVALID: {
    summary: "A message in a lane is not an envelope of a version that this code reads; it is kept aside.",
    fix: "Deploy the version that wrote it, or drop it after a look.",
    retryable: false,
  },
  GUARD_BUSY: {
    summary: "Another call under the same key may still be at work at the participant.",
    fix: "Try again later; the other call's lease ends at `details.until`.",
    retryable: true,
  },
  GUARD_FENCED: {
    summary:
      "A call answered after its lease, when another had taken over or undone; it may have had its effect.",
    fix: "Try again for the answer that stands, and make the lease longer than the longest call.",
    retryable: true,
  },
  TEST_INVALID: {
    summary: "A test uses what backstep/testing gives it in a way that cannot be carried out.",
    fix: "Correct the test.",
    retryable: false,
  },
  HISTORY_DIFFERS: {
    summary: "A run differs from a recorded history, or today's definitions would decide one otherwise.",
    fix: "Give the change a new version; where it is meant, such as other retries, record them anew.",
    retryable: false,
  },
  HISTORY_INVALID: {
    summary: "A file is missing, or is no recorded history that this code can read.",
    fix: "Correct its name, record it anew, or remove the file.",
    retryable: false,
  },
  PAYLOAD_TOO_LARGE: {
    summary: "A value is larger than the store, the queue or the bus behind it takes.",
    fix: "Keep large values elsewhere, and pass a reference to them.",
    retryable: false,
  },
  ITEM_UNREADABLE: {
    summary: "An item of the table is not of the shape that was written: somebody has edited it.",
    fix: "Undo the edit, or restore the table to a time before it.",
    retryable: false,
  },
  ENVIRONMENT_INVALID: {
    summary: "An environment variable of a function is missing or malformed.",
    fix: "Set it as the deployment does.",
    retryable: false,
  },
  AWS_DENIED: {
    summary: "AWS denies a call for lack of permission.",
    fix: "Allow the action on the resource in the caller's policy.",
    retryable: false,
  },
  TABLE_INVALID: {
    summary: "The table does not exist, or is not as the store needs it.",
    fix: "Deploy the stack again, or correct the table's name.",
    retryable: false,
  },
  QUEUE_UNKNOWN: {
    summary: "A queue or an event bus does not exist.",
    fix: "Deploy the stack again, or correct its name.",
    retryable: false,
  },
  WAIT_TIMED_OUT: {
    summary: "An instance had not ended when the time to wait for it was over.",
    fix: "Wait longer, or look where it stands: backstep show <saga>/<id>.",
    retryable: true,
  },
  TOPOLOGY_INVALID: {
    summary: "What would be deployed breaks a limit of AWS or a rule that the guarantees stand on.",
    fix: "Correct the configuration as each line says.",
    retryable: false,
  },
  BUNDLE_FAILED: {
    summary: "A function cannot be bundled.",
    fix: "Correct the file and line that are named.",
    retryable: false,
  },
  PACKAGE_MISSING: {
    summary: "A package of the AWS SDK, which only deploying and deployed stages need, is not installed.",
    fix: "Install it.",
    retryable: false,
  },
  AWS_UNREACHABLE: {
    summary: "AWS, or the endpoint given in its place, does not answer.",
    fix: "Start what should listen there, or correct --endpoint or AWS_ENDPOINT_URL.",
    retryable: true,
  },
  CREDENTIALS_MISSING: {
    summary: "There are no credentials for AWS, or AWS does not know them, or they have expired.",
    fix: "Log in, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
    retryable: false,
  },
  BUCKET_INVALID: {
    summary: "The bucket for code belongs to another account, or cannot be used.",
    fix: "Name a bucket of yours in aws.assetBucket of the configuration.",
    retryable: false,
  },
  STACK_INVALID: {
    summary: "The stack is in a state that it cannot be deployed from.",
    fix: "Destroy it, then deploy again.",
    retryable: false,
  },
  DEPLOY_FAILED: {
    summary: "CloudFormation could not make the stack what it should be; it was rolled back.",
    fix: "Mend the first cause, then deploy again.",
    retryable: false,
  },
  DEPLOY_REFUSED: {
    summary: "The deployment would leave open instances without the version that they were started with.",
    fix: "Declare the version again until its instances have ended, or add --force: they are then parked.",
    retryable: false,
  },
  STAGE_UNKNOWN: {
    summary: "The stage is not deployed, as far as can be seen from here.",
    fix: "Deploy it: backstep deploy --stage <stage>.",
    retryable: false,
  },
  LANE_UNKNOWN: {
    summary: "There is no lane of that name.",
    fix: "List what there is: backstep backlog.",
    retryable: false,
  },
  MESSAGE_UNKNOWN: {
    summary: "No message of that id is kept, or somebody has done with it.",
    fix: "List what there is: backstep quarantine list.",
    retryable: false,
  },
  RUN_UNKNOWN: {
    summary: "There is no record of a run over many instances that could be continued.",
    fix: "Start it anew, without --continue.",
    retryable: false,
  },
  USAGE: {
    summary: "The command line is not one that the command takes.",
    fix: "See backstep <command> --help.",
    retryable: false,
  },
} as const satisfies Record<string, CatalogueEntry>;

/** A code of the catalogue. */
export type ErrorCode = keyof typeof errorCatalogue;

/** The reference page of all codes, as Markdown. */
export function renderErrorReference(catalogue: Readonly<Record<string, CatalogueEntry>>): string {
  const rows = Object.entries(catalogue).map(
    ([code, { summary, fix, retryable }]) =>
      `| \`${code}\` | ${summary} | ${fix} | ${retryable ? "yes" : "no"} |`,
  );
  return [
    "# Errors",
    "",
    "Match a `SagaError` by its `code`. Generated from `src/errors/catalogue.ts` by `npm run docs:errors`.",
    "",
    "| code | meaning | fix | may succeed later |",
    "|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}
