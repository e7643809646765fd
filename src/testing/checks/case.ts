import type { CallRecord } from "../handlers/call-ledger.js";
import type { Effect, Evidence, InstanceEvidence, Violation } from "./evidence.js";
import { groupBy } from "./group-by.js";
import type { Due } from "./life.js";
import { Trace } from "./trace.js";

/** One instance with everything that is known of it. */
export interface Case {
  readonly evidence: Evidence;
  readonly instance: InstanceEvidence;
  readonly name: string;
  readonly trace: Trace;
  readonly calls: readonly CallRecord[];
  /** The attempts of the journal, by what a call is known by. */
  readonly dues: ReadonlyMap<string, readonly Due[]>;
  /** Empty where participants keep no books. */
  readonly effects: readonly Effect[];
}

/** What is wrong with one instance. */
export type Check = (one: Case) => readonly Violation[];

/** Takes evidence apart, one case an instance. */
export function casesOf(evidence: Evidence): readonly Case[] {
  const nameOf = ({ ref }: Pick<InstanceEvidence, "ref">) => `${ref.saga}/${ref.id}`;
  const calls = groupBy(evidence.calls, nameOf);
  const effects = groupBy(evidence.effects ?? [], nameOf);
  return evidence.instances.map((instance) => {
    const name = nameOf(instance);
    const own = { calls: calls.get(name) ?? [], effects: effects.get(name) ?? [] };
    const trace = new Trace(instance);
    return { evidence, instance, name, trace, dues: groupBy(trace.dues, callName), ...own };
  });
}

/** The places of a journal that ask for a call; more than one after a replay or where a timer was moved. */
export function duesOf({ dues }: Case, call: CallRecord): readonly Due[] {
  return dues.get(callName(call)) ?? [];
}

function callName({ phase, key, attempt }: Pick<Due, "phase" | "key" | "attempt">): string {
  return `${phase} ${key} ${attempt}`;
}

/** A broken promise to one instance. */
export function violation(guarantee: Violation["guarantee"], { name }: Case, message: string): Violation {
  return { guarantee, instance: name, message };
}
