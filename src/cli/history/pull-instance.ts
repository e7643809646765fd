import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { statusOf } from "../../core/journal/status.js";
import { formatHistory, historyOf } from "../../testing/history/history.js";
import { neverStarted, parseRef, usage } from "../parse.js";
import { configNotFound } from "../project.js";
import type { Session } from "../session.js";
import type { Answer, VerbOptions } from "../verb.js";
import { renderPulledTest } from "./pulled-test.js";
import { hasRules, neededRules, redactInstance } from "./show-redacted.js";

/** Where pulled instances go, in the project. */
const pulledFolder = "test/pulled";

/**
 * Makes a test of an instance: its history, and what goes on from there.
 * @throws SagaError USAGE, CONFIG_NOT_FOUND, INSTANCE_UNKNOWN, JOURNAL_CORRUPT
 */
export async function pullInstance(
  session: Session,
  name: string,
  { out, force, ...options }: VerbOptions,
): Promise<Answer> {
  const ref = parseRef(name);
  const { root, config } = session.project;
  if (config === undefined) throw configNotFound(session.cwd);
  const client = await session.reader();
  if (client === undefined) throw neverStarted(name);
  const loaded = await client.get(ref);
  const rules = await neededRules(session, ref.saga, options);
  const instance = redactInstance(loaded, rules);
  const status = statusOf(instance.state);
  const folder = typeof out === "string" ? resolve(session.cwd, out) : join(root, pulledFolder);
  const base = `${ref.saga}-${ref.id}`.replace(/[^A-Za-z0-9._-]/g, "_");
  const redacted = hasRules(rules);
  const from = placeOf(session);
  const history = { ...historyOf(instance, `pulled from ${from}`), ...(redacted ? { redacted } : {}) };
  const test = renderPulledTest({
    state: instance.state,
    from,
    config: importOf(folder, config),
    history: `${base}.json`,
  });
  const files = [join(folder, `${base}.json`), join(folder, `${base}.test.ts`)] as const;
  await write(session, files, [formatHistory(history), test], force === true);
  if (status !== "parked") session.notice(`${name} is ${status}, not parked: the test shows how it goes on.`);
  const run = `npx vitest run ${relative(session.cwd, files[1])}`;
  return {
    json: { ...ref, status, redacted, files, run },
    text: ({ colors }) =>
      [
        colors.green("Made:"),
        ...files.map((file) => `  ${relative(session.cwd, file)}`),
        `Run it: ${run}`,
      ].join("\n"),
  };
}

function placeOf(session: Session): string {
  const { stage } = session.options;
  const day = new Date(session.clock.now()).toISOString().slice(0, 10);
  return `${stage === undefined ? "the embedded store" : `stage ${stage}`}, ${day}`;
}

/** A module as a file in a folder imports it. */
function importOf(folder: string, file: string): string {
  const path = relative(folder, file).split(sep).join("/");
  return `${path.startsWith(".") ? "" : "./"}${path}`.replace(/\.ts$/, ".js");
}

async function write(
  session: Session,
  files: readonly [string, string],
  texts: readonly [string, string],
  force: boolean,
): Promise<void> {
  const there = files.filter((file) => existsSync(file)).map((file) => relative(session.cwd, file));
  if (there.length > 0 && !force) {
    throw usage(
      `There is ${there.join(" and ")} already.`,
      "Overwrite it with --force, or name another --out.",
    );
  }
  for (const [at, file] of files.entries()) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, texts[at] ?? "");
  }
}
