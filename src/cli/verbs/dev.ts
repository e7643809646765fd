import { existsSync } from "node:fs";
import { relative } from "node:path";
import type { BackstepConfig } from "../../core/definition/define-config.js";
import type { Observer } from "../../ports/observer.js";
import { bundleConfig } from "../bundle.js";
import { createDevEngine, type DevEngine, reshaped } from "../dev-engine.js";
import { createDevFeed, type DevFeed } from "../dev-feed.js";
import { logLine, transitionJson, transitionLine } from "../dev-lines.js";
import { toErrorText } from "../error-text.js";
import { importConfig, type LoadedConfig } from "../load-config.js";
import type { Session } from "../session.js";
import { onSignals } from "../signals.js";
import type { Verb } from "../verb.js";
import { watchFiles } from "../watch-files.js";

/** How long files must rest before they are read again, milliseconds: an editor writes several in a row. */
const restMs = 60;

/** `backstep dev`: runs the embedded engine until it is stopped. */
export const dev: Verb = {
  name: "dev",
  summary: "run the engine here, show every transition, reload what changes",
  options: [
    { flags: "--stand-by", meaning: "while another engine works the store, wait; take over when it ends" },
  ],
  examples: ["backstep dev", "backstep dev --store /tmp/try-out.db", "backstep dev --stand-by"],
  notes:
    "Ctrl+C waits for handlers that are running, a second one does not: nothing is lost either way.\n" +
    "With --json: one JSON value a line, one line a transition; everything else goes to stderr.",
  noStage: "it runs the embedded engine; a stage runs by itself",
  async run(_args, options, session) {
    const loaded = await session.config();
    const file = session.storeFile(loaded);
    const standsBy = options.standBy === true;
    const observer = observe(session, () => feed);
    const engine = await createDevEngine(file, { observer, standsBy, stop: session.stop.signal });
    const feed: DevFeed = createDevFeed(
      (ref) => engine.read(ref),
      (transition) => {
        session.say(
          session.options.json ? transitionJson(transition) : transitionLine(transition, session.style),
        );
      },
    );
    const forget = onSignals(session);
    try {
      if (standsBy && existsSync(file)) await announceOther(session, file);
      await engine.run(loaded.config);
      if (session.stop.signal.aborted) return undefined;
      announce(session, loaded, file);
      await follow(session, engine, loaded, standsBy);
    } finally {
      await engine.stop();
      await feed.settled();
      forget();
    }
    return undefined;
  },
};

function observe(session: Session, feed: () => DevFeed): Observer {
  return {
    transition: (...facts) => feed().transition(...facts),
    log: (line) => sayAside(session, logLine(line, session.clock.now())),
    problem: (error, { lane, receives }) => {
      const where = lane === "" ? "" : ` in lane ${lane}`;
      const again = receives > 1 ? `, delivered ${receives} times` : "";
      session.tell(
        `A worker failed${where}${again}, it will be called again: ${toErrorText(error, session.options)}`,
      );
    },
  };
}

function announce(session: Session, { config }: LoadedConfig, file: string): void {
  const sagas = config.sagas.map(({ name, version }) => `${name} (version ${version})`);
  const what = sagas.length === 0 ? "no saga: add one to the configuration" : sagas.join(", ");
  const lines = [
    `Running ${what}`,
    `Store   ${relative(session.cwd, file) || file}`,
    "Next    backstep start <saga> --input '{…}' in another terminal; Ctrl+C stops",
  ];
  for (const line of lines) sayAside(session, line);
}

async function announceOther(session: Session, file: string): Promise<void> {
  const { openLocalClient } = await import("../../local/local-client.js");
  const client = openLocalClient({ file, create: false });
  const other = client.engine();
  await client.close();
  if (other === undefined) return;
  const { pid, host } = other;
  sayAside(session, `Standing by: the engine of process ${pid} on ${host} works the store; Ctrl+C stops`);
}

/** With `--json` transitions alone go to stdout. */
function sayAside(session: Session, line: string): void {
  if (session.options.json) session.tell(line);
  else session.say(session.style.colors.dim(line));
}

/**
 * Reloads at every change, until the session is stopped. Rejects where nothing runs any more.
 * @param mayBeOld whether files may have changed since they were loaded
 */
async function follow(
  session: Session,
  engine: DevEngine,
  loaded: LoadedConfig,
  mayBeOld: boolean,
): Promise<void> {
  const { clock, stop } = session;
  let working = Promise.resolve();
  let cancelRest = () => {};
  const onChange = () => {
    cancelRest();
    cancelRest = clock.after(restMs, () => {
      working = working.then(look).catch((error: unknown) => stop.abort(error));
    });
  };
  const watch = watchFiles({
    onChange,
    onBlind: (folder, error) => session.tell(`Changes in ${folder} go unseen: ${String(error)}`),
  });
  const reload = createReload(session, engine, loaded);

  async function look(): Promise<void> {
    if (stop.signal.aborted) return;
    const { inputs, isBroken } = await reload();
    watch.follow(inputs, isBroken);
  }

  watch.follow(loaded.inputs);
  if (mayBeOld) onChange();
  await aborted(stop.signal);
  cancelRest();
  watch.close();
  await working;
  if (!engine.isRunning()) throw stop.signal.reason;
}

interface Reloaded {
  /** The files that went into the newest definitions that could be read. */
  readonly inputs: readonly string[];
  readonly isBroken: boolean;
}

/** Makes what looks at the files again, and runs what they say now if that can be run. */
function createReload(session: Session, engine: DevEngine, loaded: LoadedConfig): () => Promise<Reloaded> {
  const file = session.project.config ?? "";
  let current: Pick<LoadedConfig, "code" | "config"> = loaded;
  let inputs = loaded.inputs;
  let problem: string | undefined;

  async function replace(code: string): Promise<void> {
    const config = await importConfig(file, { code, inputs });
    await engine.run(config);
    await warnReshaped(session, current.config, config);
    current = { code, config };
    session.tell("Reloaded.");
  }

  return async () => {
    try {
      const bundle = await bundleConfig(file);
      inputs = bundle.inputs;
      if (bundle.code !== current.code) await replace(bundle.code);
      else if (problem !== undefined) session.tell("All is as it was before.");
      problem = undefined;
    } catch (error) {
      if (!engine.isRunning()) throw error;
      const text = toErrorText(error, session.options);
      if (text !== problem) session.tell(`Not reloaded, the definitions from before go on: ${text}`);
      problem = text;
    }
    return { inputs, isBroken: problem !== undefined };
  };
}

async function warnReshaped(session: Session, before: BackstepConfig, after: BackstepConfig): Promise<void> {
  for (const name of await reshaped(before, after)) {
    session.tell(
      `The shape of ${name} has changed: instances that it had begun are parked until it is as it was. ` +
        "Give the new shape a version of its own and keep the old one beside it.",
    );
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
