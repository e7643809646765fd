import type { Row } from "./report.js";

/** What a group of rows is measured with. */
export interface Bench {
  /** Runs of each row; absent: as many as the group thinks are enough. */
  readonly runs?: number;
  /** So small that figures say nothing: shows that the bench runs. */
  readonly quick: boolean;
  /** For stores, on the project's disk; removed at the end, also by Ctrl+C. */
  readonly folder: string;
  /** Says on stderr what is being done. */
  progress(line: string): void;
}

/** Measures one group of rows. What it throws is printed and ends the bench with exit code 1. */
export type Group = (bench: Bench) => Promise<readonly Row[]>;
