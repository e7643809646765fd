import type { Following, Said } from "../aws-e2e/cli-world.js";

/** How an instance is put into a store without anybody knowing. */
export interface Planting {
  /** How long ago it was started, milliseconds. */
  readonly agoMs: number;
  /** When it is watched, from now, milliseconds; below 0 it is late. */
  readonly watchInMs: number;
  /** Whether its first event is sent. Default false: its starter died before. */
  readonly sends?: boolean;
}

/** A system that can be broken, and its command line. */
export interface RepairWorld {
  readonly isStage: boolean;
  /** What handlers obey, by the id of the order; `cursed` fails every delivery of its events. */
  readonly moods: Map<string, string>;
  run(...args: readonly string[]): Promise<Said>;
  /** Runs a command line as it was printed. */
  type(line: string): Promise<Said>;
  follow(...args: readonly string[]): Following;
  plant(saga: string, id: string, planting: Planting): Promise<void>;
  /** Sends an instance one more event, which brings nothing. */
  send(saga: string, id: string): Promise<void>;
  /** Ends whatever works events, and begins again. */
  stopWorkers(): Promise<void>;
  startWorkers(): Promise<void>;
  /** Declares these versions of the saga "old", for workers and commands. */
  declare(old: "old1" | "old2" | "old1, old2"): Promise<void>;
  /** Deletes every event that waits. */
  purge(): Promise<void>;
  /** Takes an instance's events as a worker does that dies then. */
  takeEvents(saga: string, id: string): Promise<void>;
  /** Takes an instance out of the index. */
  dropFromIndex(saga: string, id: string): Promise<void>;
  /** Sends a message that is no event. */
  poison(body: string): Promise<void>;
  /** Edits an instance by hand. */
  edit(saga: string, id: string): Promise<void>;
  close(): Promise<void>;
}

/** The words of a command line after its program, as a shell reads single quotes. */
export function wordsOf(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  return words.slice(1);
}
