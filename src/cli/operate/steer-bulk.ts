import { setMaxListeners } from "node:events";
import { relative as relativePath } from "node:path";
import type { SagaClient } from "../../runtime/client.js";
import { type Steered, steerMany } from "../../runtime/operate/steer-many.js";
import { type Survey, survey } from "../../runtime/operate/survey.js";
import { SystemIds } from "../../system/system-ids.js";
import { usage } from "../parse.js";
import type { Session } from "../session.js";
import { onSignals } from "../signals.js";
import { unreadableText } from "../unreadable-text.js";
import type { Answer, VerbOptions } from "../verb.js";
import { readReason } from "./actor-options.js";
import { bulkAnswer, countsText } from "./bulk-answer.js";
import { givenAmong, readBulkFilter, readSpeed } from "./bulk-options.js";
import { filterOptions } from "./filters.js";
import { noticeUnknown } from "./notice-unknown.js";
import { createRunProgress, numeral } from "./run-progress.js";
import { findRun, forgetOldRuns, type RunRecord, writeRun } from "./run-record.js";
import type { Steering } from "./steering.js";

/** So many of those that cannot be read are named. */
const namedMax = 10;

/** Gives a command to every instance that fits, or goes on with that. @throws SagaError USAGE, RUN_UNKNOWN */
export async function steerBulk(steering: Steering, options: VerbOptions, session: Session): Promise<Answer> {
  const place = await placeOf(session);
  const record =
    options.continue === undefined
      ? await newRun(steering, place, options, session)
      : await oldRun(steering, place, options, session);
  const found = await look(record, session);
  tellUnreadable(found, session);
  if (found.total === 0) await noticeUnknown(session, record.where);
  const about = { record, found, session };
  const isStopped = session.stop.signal.aborted;
  if (isStopped || options.dryRun === true || found.total === 0) {
    // It was broken off behind its last instance: the next --continue is about another run.
    if (!isStopped && options.dryRun !== true && options.continue !== undefined) {
      await writeRun(session.project.root, { ...record, endedAt: isoNow(session) });
    }
    return bulkAnswer({ ...about, isDry: true });
  }
  const question = `${capital(record.verb)} ${countsText(found)}?`;
  if (options.yes !== true && !(await session.confirm(question))) {
    return { ...bulkAnswer({ ...about, isDry: true }), text: () => "Nothing changed.", exitCode: 1 };
  }
  return carryOut(record, found, await session.client(), session);
}

const nothing: Survey = { total: 0, bySaga: [], byStep: [], byReason: [], sample: [], unreadable: [] };

/** Whoever is asked whether to go on knows what is not in the count. */
function tellUnreadable({ unreadable }: Survey, session: Session): void {
  const more = unreadable.length - namedMax;
  for (const name of unreadable.slice(0, namedMax)) session.tell(unreadableText(name));
  if (more > 0) session.tell(`And ${numeral(more)} more cannot be read.`);
}

/** Makes no store where there is none. */
async function look({ where }: RunRecord, session: Session): Promise<Survey> {
  const client = await session.reader();
  if (client === undefined) return nothing;
  return stoppable(session, () => survey({ client, clock: session.clock, where, stop: session.stop.signal }));
}

async function newRun(
  steering: Steering,
  place: string,
  options: VerbOptions,
  session: Session,
): Promise<RunRecord> {
  const now = session.clock.now();
  const { name: verb, status } = steering;
  const where = readBulkFilter(options, now);
  if (where === undefined) {
    const one = session.command(`${verb} order/o-42`);
    const many = session.command(`${verb} --saga order --dry-run`);
    throw usage("Neither an instance nor a filter is given.", `Name one, or say which: ${one}, ${many}.`);
  }
  const step = steering.step === "required" ? options.step : undefined;
  if (steering.step === "required" && step === undefined) {
    throw usage(`"${verb}" does not know the step.`, "Say which: --step <name>.");
  }
  const named = typeof step === "string" ? step : undefined;
  return {
    v: 1,
    run: new SystemIds().id().slice(0, 13),
    verb,
    place,
    command: await steering.command({ instance: undefined, step: named, options, session }),
    where: status === undefined ? where : { status, ...where },
    ...readReason(options),
    ...readSpeed(options),
    startedAt: new Date(now).toISOString(),
    endedAt: null,
    counts: { applied: 0, unchanged: 0, refused: 0, failed: 0 },
  };
}

async function oldRun(
  steering: Steering,
  place: string,
  options: VerbOptions,
  session: Session,
): Promise<RunRecord> {
  const [extra] = givenAmong(options, [...filterOptions, ...(steering.options ?? [])]);
  if (extra !== undefined) {
    throw usage(
      `A run that goes on is about what it was about: "${extra}" cannot be changed.`,
      "Leave it out.",
    );
  }
  const run = typeof options.continue === "string" ? { run: options.continue } : {};
  const record = await findRun(session.project.root, { ...run, verb: steering.name, place });
  const { concurrency, ...rate } = readSpeed(options);
  return { ...record, ...rate, ...(options.concurrency === undefined ? {} : { concurrency }) };
}

async function placeOf(session: Session): Promise<string> {
  const { stage } = session.options;
  if (stage !== undefined) return `stage ${stage}`;
  return relativePath(session.project.root, session.storeFile(await session.config()));
}

async function carryOut(
  record: RunRecord,
  found: Survey,
  client: SagaClient,
  session: Session,
): Promise<Answer> {
  const { root } = session.project;
  const { clock } = session;
  // Each instance under way may wait, and wants to know when it is stopped.
  setMaxListeners(2 * record.concurrency, session.stop.signal);
  await forgetOldRuns(root);
  await writeRun(root, record);
  const startedAt = clock.now();
  const progress = createRunProgress(record, found.total, session);
  const { command, where, run, reason, concurrency, perSecond } = record;
  const steered: Steered = await stoppable(session, () =>
    steerMany({
      ...{ client, clock, where, command, run, concurrency, actor: session.actor },
      stop: session.stop.signal,
      ...(reason === undefined ? {} : { reason }),
      ...(perSecond === undefined ? {} : { perSecond }),
      onProgress: progress.note,
    }),
  );
  const isDone = steered.error === undefined && steered.failed === 0 && !session.stop.signal.aborted;
  await progress.end(steered, isDone ? isoNow(session) : null);
  if (steered.applied > 0) session.noticeIfIdle();
  const error = steered.error === undefined ? undefined : await session.explain(steered.error);
  const tookMs = clock.now() - startedAt;
  return bulkAnswer({ record, found, session, steered: { ...steered, error }, tookMs, isDone });
}

/** Lets Ctrl+C end it in peace. */
async function stoppable<Result>(session: Session, act: () => Promise<Result>): Promise<Result> {
  const forget = onSignals(session);
  try {
    return await act();
  } finally {
    forget();
  }
}

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

const isoNow = ({ clock }: Session) => new Date(clock.now()).toISOString();
