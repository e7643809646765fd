import { SagaError } from "../../errors/saga-error.js";
import { type Duration, durationMs } from "../duration.js";
import type { StepNode } from "./nodes.js";
import type { Backoff, RetryOptions, StepRetryOptions } from "./options.js";
import {
  actionPattern,
  definitionInvalid,
  list,
  quoted,
  requireFunction,
  requireName,
  requireRecord,
  requireSchema,
  resourcePattern,
} from "./require.js";

/** What a problem is about. */
export interface Where {
  readonly saga: string;
  readonly step?: string;
  /** The subject of the sentence: `The step "ship" of the saga "order"`. */
  readonly label: string;
}

/** The most calls that `retry.attempts` can give, if not `"unlimited"`. */
export const attemptsMax = 1_000;

/** A broken rule. @param what the predicate: `has no steps` */
export function invalid({ saga, step, label }: Where, what: string, fix: string): SagaError {
  return definitionInvalid(`${label} ${what}.`, fix, step === undefined ? { saga } : { saga, step });
}

/**
 * Checks that a duration is one and more than zero.
 *
 * @throws SagaError DEFINITION_INVALID, DURATION_INVALID
 */
export function checkDuration(where: Where, name: string, duration: Duration): void {
  if (lengthMs(where, name, duration) > 0) return;
  throw invalid(where, `has a ${name} of zero`, "Make it longer, or leave it out.");
}

/**
 * The length of what should be a duration, in milliseconds; it may be zero.
 *
 * @throws SagaError DURATION_INVALID
 */
export function lengthMs(where: Where, name: string, duration: Duration): number {
  const parts: unknown[] =
    typeof duration === "object" && duration !== null ? Object.values(duration) : [duration];
  const stray = parts.find((part) => typeof part !== "number" && part !== undefined);
  if (stray === undefined) return durationMs(duration, `${name} of t${where.label.slice(1)}`);
  throw new SagaError("DURATION_INVALID", `${where.label} has ${quoted(stray)} in its ${name}.`);
}

/**
 * Checks what steps, the pivot and shared steps have in common.
 *
 * @throws SagaError DEFINITION_INVALID, DURATION_INVALID
 */
export function checkStepOptions(where: Where, node: StepNode): void {
  requireFunction(node.run, `${where.label}: its run`);
  if (node.output !== undefined) requireSchema(node.output, `${where.label}: its output`);
  if (node.probe !== undefined) requireFunction(node.probe, `${where.label}: its probe`);
  if (node.timeout !== undefined) checkDuration(where, "timeout", node.timeout);
  if (node.lane !== undefined) requireName(node.lane, `${where.label}: its lane`);
  checkBoolean(where, "atMostOnce", node.atMostOnce);
  checkBoolean(where, "optional", node.optional);
  if (node.fuse !== undefined) checkBoolean(where, "fuse", node.fuse);
  checkPermissions(where, node.permissions);
  if (node.retry !== undefined) checkRetry(where, "retry", node.retry, ["attempts", "backoff", "refused"]);
  const attempts = node.retry?.attempts;
  if (node.atMostOnce && attempts !== undefined && attempts !== 1) {
    throw invalid(
      where,
      `is called at most once and has ${quoted(attempts)} attempts`,
      "Leave one of the two out.",
    );
  }
}

/** Checks what handlers shall be allowed. @throws SagaError DEFINITION_INVALID */
export function checkPermissions(where: Where, permissions: unknown): void {
  const label = `${where.label}: its permissions`;
  if (!Array.isArray(permissions)) {
    throw definitionInvalid(
      `${label} are ${quoted(permissions)}.`,
      "List them: [{ actions: […], resources: […] }].",
    );
  }
  for (const permission of permissions) {
    requireRecord(permission, `${label}: one of them`, ["actions", "resources"]);
    const { actions, resources } = permission as Record<string, unknown>;
    checkTexts(`${label}: the actions`, actions, actionPattern, '["ses:SendEmail"]');
    checkTexts(`${label}: the resources`, resources, resourcePattern, '["{table}"], or ARNs');
  }
}

function checkTexts(what: string, texts: unknown, pattern: RegExp, example: string): void {
  const fix = `Use one or more such as ${example}.`;
  if (!Array.isArray(texts) || texts.length === 0)
    throw definitionInvalid(`${what} are ${quoted(texts)}.`, fix);
  const stray = texts.find((text) => typeof text !== "string" || !pattern.test(text));
  if (stray !== undefined) throw definitionInvalid(`${what} have ${quoted(stray)}.`, fix);
}

function checkBoolean(where: Where, name: string, value: unknown): void {
  if (typeof value !== "boolean")
    throw invalid(where, `has ${quoted(value)} as its ${name}`, "Use true or false.");
}

/** Checks a retry policy. @throws SagaError DEFINITION_INVALID, DURATION_INVALID */
export function checkRetry(
  where: Where,
  name: string,
  retry: StepRetryOptions,
  keys: readonly string[],
): void {
  requireRecord(retry, `${where.label}: its ${name}`, keys);
  const { attempts, backoff, refused } = retry;
  const counted =
    typeof attempts === "number" && Number.isInteger(attempts) && attempts >= 1 && attempts <= attemptsMax;
  if (attempts !== undefined && attempts !== "unlimited" && !counted) {
    throw invalid(
      where,
      `has ${quoted(attempts)} attempts in its ${name}`,
      `Use 1 to ${attemptsMax}, or "unlimited".`,
    );
  }
  if (backoff !== undefined) checkBackoff(where, name, backoff);
  if (refused === undefined) return;
  if (!Array.isArray(refused) || refused.length > attemptsMax) {
    const found = Array.isArray(refused) ? `${refused.length} pauses` : quoted(refused);
    throw invalid(
      where,
      `has ${found} as its ${name}.refused`,
      `Use an array of at most ${attemptsMax} durations.`,
    );
  }
  for (const [at, pause] of refused.entries()) lengthMs(where, `${name}.refused[${at}]`, pause);
}

function checkBackoff(where: Where, name: string, backoff: Backoff): void {
  requireRecord(backoff, `${where.label}: the backoff of its ${name}`, [
    "initial",
    "factor",
    "max",
    "jitter",
  ]);
  const { initial, factor, max, jitter } = backoff;
  if (initial !== undefined) lengthMs(where, `${name}.backoff.initial`, initial);
  if (max !== undefined) lengthMs(where, `${name}.backoff.max`, max);
  if (factor !== undefined) checkRange(where, `${name}.backoff.factor`, factor, 1, 10);
  if (jitter !== undefined) checkRange(where, `${name}.backoff.jitter`, jitter, 0, 1);
}

function checkRange(where: Where, name: string, value: unknown, min: number, max: number): void {
  if (typeof value === "number" && value >= min && value <= max) return;
  throw invalid(where, `has ${quoted(value)} as its ${name}`, `Use a number from ${min} to ${max}.`);
}

/**
 * Checks how a step or wait is undone, by its side of the pivot.
 *
 * @param texts what `compensate` can be besides a function
 * @param pivot the pivot, if this is it or comes after it
 * @throws SagaError DEFINITION_INVALID, DURATION_INVALID
 */
export function checkUndo(
  where: Where,
  node: { readonly compensate: unknown; readonly compensateRetry: RetryOptions | undefined },
  texts: readonly string[],
  pivot: string | undefined,
): void {
  const { compensate, compensateRetry } = node;
  if (pivot !== undefined) {
    for (const [option, value] of Object.entries({ compensate, compensateRetry })) {
      if (value === undefined) continue;
      const side = pivot === where.step ? "is the pivot" : `comes after the pivot "${pivot}"`;
      throw invalid(
        where,
        `${side} and has a ${option}`,
        "Leave it out: from the pivot on nothing is undone.",
      );
    }
    return;
  }
  if (typeof compensate !== "function" && !(typeof compensate === "string" && texts.includes(compensate))) {
    const found =
      compensate === undefined ? "has no compensate" : `has ${quoted(compensate)} as its compensate`;
    const choice = list(["a function", ...texts.map((text) => `"${text}"`)], "or");
    throw invalid(where, found, `Say how it is undone, for it comes before the pivot: ${choice}.`);
  }
  if (compensateRetry === undefined) return;
  if (typeof compensate !== "function") {
    throw invalid(
      where,
      `has a compensateRetry and ${quoted(compensate)} as its compensate`,
      "Leave compensateRetry out.",
    );
  }
  checkRetry(where, "compensateRetry", compensateRetry, ["attempts", "backoff"]);
}
