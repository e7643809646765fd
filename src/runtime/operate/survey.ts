import type { HeadSummary } from "../../ports/saga-store.js";
import { type Selecting, selectInstances } from "./select-instances.js";

/** How many there are of something. */
export interface Tally {
  readonly what: string;
  readonly count: number;
}

/** Which instances a run would be about. */
export interface Survey {
  readonly total: number;
  /** The ten most frequent each. */
  readonly bySaga: readonly Tally[];
  readonly byStep: readonly Tally[];
  readonly byReason: readonly Tally[];
  /** The first few. */
  readonly sample: readonly HeadSummary[];
  /** What cannot be read, by name: whether it fits, nobody knows. */
  readonly unreadable: readonly string[];
}

const sampleMax = 5;
const talliesMax = 10;

/** Reasons may name what is different everywhere: no more of them than this are told apart. */
const wordsMax = 1_000;

/** Counts what fits. Changes nothing. @throws what the store throws again and again */
export async function survey(selecting: Selecting): Promise<Survey> {
  const counts = { saga: new Map(), step: new Map(), reason: new Map() };
  const sample: HeadSummary[] = [];
  const unreadable = new Set<string>();
  const onUnreadable = (name: string) => void unreadable.add(name);
  let total = 0;
  for await (const head of selectInstances({ ...selecting, onUnreadable })) {
    total += 1;
    if (sample.length < sampleMax) sample.push(head);
    count(counts.saga, head.origin.saga);
    if (head.step !== undefined) count(counts.step, head.step);
    if (head.reason !== undefined) count(counts.reason, head.reason);
  }
  const { saga, step, reason } = counts;
  const tallies = { bySaga: top(saga), byStep: top(step), byReason: top(reason) };
  return { total, ...tallies, sample, unreadable: [...unreadable] };
}

function count(words: Map<string, number>, word: string): void {
  const known = words.get(word);
  if (known !== undefined || words.size < wordsMax) words.set(word, (known ?? 0) + 1);
}

function top(words: ReadonlyMap<string, number>): Tally[] {
  return [...words]
    .map(([what, count]) => ({ what, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, talliesMax);
}
