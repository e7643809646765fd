import type { SagaPlan } from "../core/plan/plan.js";
import { SagaError } from "../errors/saga-error.js";
import type { Registry } from "../runtime/registry.js";

/**
 * The plan that `<saga>` or `<saga>@<version>` names; without a version the newest.
 * @throws SagaError SAGA_UNKNOWN
 */
export function findPlan(registry: Registry, text: string): SagaPlan {
  const [, name = text, version] = /^(.*)@(\d+)$/.exec(text) ?? [];
  const newest = registry.latest(name).plan;
  if (version === undefined) return newest;
  const plans = registry.all.map(({ plan }) => plan).filter(({ saga }) => saga === name);
  const found = plans.find((plan) => plan.version === Number(version));
  if (found !== undefined) return found;
  const declared = plans.map((plan) => plan.version).join(", ");
  throw new SagaError("SAGA_UNKNOWN", `There is no version ${version} of "${name}"; declared: ${declared}.`, {
    fix: `Name one that is declared, such as ${name}@${newest.version}.`,
  });
}
