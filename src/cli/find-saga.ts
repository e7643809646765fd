import type { AnySaga } from "../core/definition/nodes.js";
import { SagaError } from "../errors/saga-error.js";

/**
 * The declared saga that `<saga>` or `<saga>@<version>` names; without a version the newest.
 * @throws SagaError SAGA_UNKNOWN
 */
export function findSaga(sagas: readonly AnySaga[], text: string): AnySaga {
  const [, name = text, version] = /^(.*)@(\d+)$/.exec(text) ?? [];
  const versions = sagas.filter((saga) => saga.name === name).sort((a, b) => a.version - b.version);
  const newest = versions.at(-1);
  if (newest === undefined) {
    const known = [...new Set(sagas.map((saga) => saga.name))];
    const problem = `There is no saga "${name}"; declared: ${known.join(", ") || "none"}.`;
    throw new SagaError("SAGA_UNKNOWN", problem, { details: { saga: name, known } });
  }
  const found = version === undefined ? newest : versions.find((saga) => saga.version === Number(version));
  if (found !== undefined) return found;
  const declared = versions.map((saga) => saga.version).join(", ");
  throw new SagaError("SAGA_UNKNOWN", `There is no version ${version} of "${name}"; declared: ${declared}.`, {
    fix: `Name one that is declared, such as ${name}@${newest.version}.`,
  });
}
