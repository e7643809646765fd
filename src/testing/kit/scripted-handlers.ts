import { SagaError, StepRefused } from "../../errors/saga-error.js";
import type { CallLedger } from "../handlers/call-ledger.js";
import type { HandlerCall, HandlerWrapper } from "../handlers/wrap-handlers.js";
import type { VirtualClock } from "../virtual-clock.js";
import type { Answer, ScriptLine } from "./answer.js";
import { partFor } from "./scenario.js";

/** How long after its timeout a late effect lands, milliseconds. */
const landsLateMs = 1_000;

/** What stands between the runtime and the handlers of a scenario. */
export interface ScriptedHandlers {
  readonly wrap: HandlerWrapper;
  /** What handlers get as `services`: using one that is not there is remembered. */
  readonly services: unknown;
  /** Whether a handler's own code is under way. */
  isBusy(): boolean;
  /** @throws SagaError TEST_INVALID if a handler's own code used a service that was not given */
  check(): void;
}

/** The scripted answers of one run, in their order; handlers without one run their own code. */
export function createScriptedHandlers(
  saga: string,
  script: readonly ScriptLine[],
  given: unknown,
  clock: VirtualClock,
  ledger: CallLedger,
): ScriptedHandlers {
  const lines = script.map((line) => ({ ...line }));
  const underWay = new Set<HandlerCall>();
  let misuse: SagaError | undefined;
  const next = ({ ref, step, phase }: HandlerCall): Answer | undefined => {
    if (ref.saga !== saga) return undefined;
    const line = lines.find((one) => one.step === step && one.phase === phase && one.times > 0);
    if (line !== undefined) line.times -= 1;
    return line?.answer;
  };

  async function runOwn(call: HandlerCall, place: number, handle: () => unknown): Promise<unknown> {
    underWay.add(call);
    try {
      return await ledger.carryOut(place, handle);
    } finally {
      underWay.delete(call);
    }
  }

  async function answer(call: HandlerCall, place: number, handle: () => unknown): Promise<unknown> {
    const scripted = next(call);
    switch (scripted?.kind) {
      case "returns":
        return ledger.carryOut(place, () => scripted.value);
      case "refuses":
        return ledger.carryOut(place, () => raise(new StepRefused(scripted.reason)));
      case "throws":
        return ledger.carryOut(place, () => raise(scripted.error));
      case "hangs":
        ledger.missed(place);
        return new Promise(() => undefined);
      case "late":
        await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
        await clock.wait(landsLateMs);
        return runOwn(call, place, given === undefined ? () => undefined : handle);
      default:
        return runOwn(call, place, handle);
    }
  }

  return {
    async wrap(call, handle) {
      const place = ledger.begin(call, clock.now());
      try {
        return await answer(call, place, handle);
      } finally {
        if (!call.signal.aborted) ledger.answered(place);
      }
    },
    services: guarded(given, (service) => {
      misuse ??= missing(saga, service, [...underWay]);
      return misuse;
    }),
    isBusy: () => underWay.size > 0,
    check() {
      if (misuse !== undefined) throw misuse;
    },
  };
}

function raise(error: Error): never {
  throw error;
}

/** What is asked of an object by the language and by test runners, and is no service. */
const notServices = ["then", "toJSON"];

function guarded(given: unknown, missed: (service: string) => Error): unknown {
  const services = given ?? {};
  if (typeof services !== "object") return services;
  return new Proxy(services, {
    get(target, key) {
      if (typeof key === "string" && !(key in target) && !notServices.includes(key)) throw missed(key);
      return Reflect.get(target, key, target);
    },
  });
}

function missing(saga: string, service: string, calls: readonly HandlerCall[]): SagaError {
  const names = calls.map(({ phase, step }) => `"${phase} ${step}"`).join(" or ");
  const [{ phase, step } = { phase: "run", step: "<step>" } as const] = calls;
  const problem = `The handler ${names} of "${saga}" asks for services.${service}, which is not given.`;
  return new SagaError("TEST_INVALID", problem, {
    fix: `Say what it does, ${partFor(phase, step)}, or give the service: given(saga, { services }).`,
  });
}
