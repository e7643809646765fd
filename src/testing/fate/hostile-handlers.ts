import { StepRefused } from "../../errors/saga-error.js";
import type { CallLedger } from "../handlers/call-ledger.js";
import type { HandlerCall, HandlerPhase, HandlerWrapper } from "../handlers/wrap-handlers.js";
import type { VirtualClock } from "../virtual-clock.js";
import type { Way } from "./fault-kinds.js";
import type { Ask } from "./hostile-ports.js";

const ways: Readonly<Record<HandlerPhase, readonly Way[]>> = {
  run: ["refuses", "fails", "failsAfter", "hangs", "landsLate", "slow"],
  probe: ["fails", "hangs", "slow"],
  undo: ["fails", "failsAfter", "hangs", "landsLate", "slow"],
  late: ["fails", "failsAfter", "hangs", "landsLate", "slow"],
};

/** How long after its timeout a late effect lands, milliseconds. */
const landsLateMs = 1_000;

/** How long a slow call takes, milliseconds: less than the usual timeout. */
const slowMs = 4_000;

/** Participants that refuse, fail, hang and are late; every call is in the ledger. */
export function hostileHandlers(clock: VirtualClock, ledger: CallLedger, ask: Ask): HandlerWrapper {
  return async (call, handle) => {
    const place = ledger.begin(call, clock.now());
    const reach = () => ledger.carryOut(place, handle);
    try {
      return await answer(ask(call.ref, `${call.phase} ${call.step}`, ways[call.phase]), call);
    } finally {
      if (!call.signal.aborted) ledger.answered(place);
    }

    async function answer(way: Way | undefined, { step, signal }: HandlerCall): Promise<unknown> {
      switch (way) {
        case "refuses":
          ledger.missed(place);
          throw new StepRefused(`${step} is refused`);
        case "fails":
          ledger.missed(place);
          throw new Error(`${step} is down`);
        case "failsAfter":
          await reach();
          throw new Error(`${step} broke off after its effect`);
        case "hangs":
          ledger.missed(place);
          return new Promise(() => undefined);
        case "landsLate":
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          await clock.wait(landsLateMs);
          return reach();
        case "slow":
          await clock.wait(slowMs);
          return reach();
        default:
          return reach();
      }
    }
  };
}
