import { runCli } from "../../src/cli/run-cli.js";

/** How a command of a world ended. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command that runs. */
export interface Following {
  readonly over: Promise<Said>;
  /** Resolves once stdout or stderr has something that fits. */
  until(pattern: RegExp): Promise<void>;
  stop(): Promise<Said>;
}

/** A project, and where its instances live. */
export interface CliWorld {
  /** Runs a command in this process; nobody is there to answer a question. */
  run(...args: readonly string[]): Promise<Said>;
  follow(...args: readonly string[]): Following;
}

/** @param place what is added to each command line, such as `["--stage", "dev"]` */
export function createCliWorld(cwd: string, place: readonly string[]): CliWorld {
  function follow(...args: readonly string[]): Following {
    const said = { out: "", err: "" };
    const waiting = new Set<() => void>();
    const stream = (name: "out" | "err") => ({
      write: (text: string) => {
        said[name] += text;
        for (const look of [...waiting]) look();
      },
    });
    const stop = new AbortController();
    const streams = {
      out: stream("out"),
      err: stream("err"),
      readInput: async () => "",
      ask: async () => undefined,
    };
    const ended = runCli([...args, ...place], { streams, env: {}, cwd, stop });
    const over = ended.then((code) => ({ code, ...said }));
    return {
      over,
      until: (pattern) =>
        new Promise((resolve, reject) => {
          const look = () => {
            if (!pattern.test(said.out + said.err)) return;
            waiting.delete(look);
            resolve();
          };
          waiting.add(look);
          look();
          over.then(
            ({ out, err }) => reject(new Error(`it ended without ${pattern}:\n${out}${err}`)),
            reject,
          );
        }),
      stop: () => {
        stop.abort();
        return over;
      },
    };
  }

  return { run: (...args) => follow(...args).over, follow };
}
