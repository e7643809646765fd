import type { ErrorInfo } from "../../core/journal/entry.js";
import type { InstanceState } from "../../core/journal/state.js";
import { reasonOf, statusOf } from "../../core/journal/status.js";
import { errorLine } from "./render-failures.js";

/** What a pulled test is written from. */
export interface PulledTest {
  /** Redacted, as the history beside the test. */
  readonly state: InstanceState;
  /** Where it was pulled from, and when, for people: `stage prod, 2031-05-04`. */
  readonly from: string;
  /** The configuration as the test imports it: `../../backstep.config.js`. */
  readonly config: string;
  /** The history's file, beside the test. */
  readonly history: string;
}

/** A test that goes on where a recorded instance stands, and fails as long as it gets stuck again. */
export function renderPulledTest({ state, from, config, history }: PulledTest): string {
  const name = `${state.saga}/${state.id}`;
  const reason = reasonOf(state);
  const stood = reason === undefined ? statusOf(state) : `${statusOf(state)}: ${reason}`;
  const lines = [
    `Pulled from ${from}. ${name} was ${stood}`,
    ...errorsOf(state)
      .filter((error) => error !== reason)
      .map((error) => `  ${error}`),
    "It is retried from there, in memory, and this fails as long as it gets stuck again. What its steps",
    "call has no fake yet: say below what the services answer. What is redacted is a placeholder here.",
  ];
  return `${lines.map(comment).join("\n")}
import { continueHistory, refusingServices } from "backstep/testing";
import { expect, it } from "vitest";
import config from ${JSON.stringify(config)};

it(${JSON.stringify(`${name} goes on`)}, async () => {
  const services = refusingServices({
    // shipping: { book: async () => ({ trackingId: "t-1" }) },
  });
  const history = new URL(${JSON.stringify(`./${history}`)}, import.meta.url);
  const { stuck } = await continueHistory(history, { sagas: config.sagas, services });
  expect(stuck).toBeUndefined();
});
`;
}

/** The errors of what is parked or retried, each with its causes. */
function errorsOf({ open }: InstanceState): readonly string[] {
  return Object.entries(open).flatMap(([key, { error }]) =>
    error === undefined ? [] : [`${key}: ${chainOf(error)}`],
  );
}

function chainOf(error: ErrorInfo): string {
  const line = errorLine(error);
  return error.cause === undefined ? line : `${line} ← ${chainOf(error.cause)}`;
}

/** A line of a comment, whatever stands in the text. */
function comment(text: string): string {
  return `// ${text.replace(/[\p{Cc}\u2028\u2029]+/gu, " ")}`;
}
