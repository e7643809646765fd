import { createInterface } from "node:readline";
import type { StyledStream } from "./style.js";

/** Where a command reads and writes: the process's own, or a test's. */
export interface Streams {
  readonly out: OutStream;
  readonly err: OutStream;
  /** Everything that comes in, as text. */
  readInput(): Promise<string>;
  /** Asks a person for a line; `undefined` where stdin is no terminal, empty where it was closed. */
  ask(question: string): Promise<string | undefined>;
}

/** A stream for text. */
export interface OutStream extends StyledStream {
  write(text: string): void;
}

/** The most that is read from stdin. */
const inputLengthMax = 10_000_000;

/**
 * The streams of this process. A reader that goes away (`| head`) ends the writing, not the command.
 * @param onReaderGone called once stdout is closed at its other end
 */
export function processStreams(onReaderGone: () => void): Streams {
  let isGone = false;
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isGone) onReaderGone();
    isGone = true;
  });
  process.stderr.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return { out: outStream(process.stdout, () => isGone), err: outStream(process.stderr), readInput, ask };
}

function outStream(stream: NodeJS.WriteStream, isGone = () => false): OutStream {
  return {
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns;
    },
    write(text) {
      if (!isGone()) stream.write(text);
    },
  };
}

async function readInput(): Promise<string> {
  process.stdin.setEncoding("utf8");
  let text = "";
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.length > inputLengthMax) throw new Error(`stdin holds more than ${inputLengthMax} characters`);
  }
  return text;
}

async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  const line = await new Promise<string | undefined>((resolve) => {
    reader.once("close", () => resolve(undefined));
    reader.question(question, resolve);
  });
  reader.close();
  if (line === undefined) process.stderr.write("\n");
  return line ?? "";
}

/** Resolves when everything written so far has left the process, or never will. */
export async function flushStreams(): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(flushed));
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded || stream.errored) resolve();
    else stream.write("", () => resolve());
  });
}
