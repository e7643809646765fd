import type { StackChange } from "../../aws/deploy/change-set.js";
import type { StackEvent } from "../../aws/deploy/stack-events.js";

/** `AWS::SQS::Queue` → `Queue`. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf(":") + 1);
}

/** Says in a line each what becomes of the resources of a stack, as they are done. */
export class StackProgress {
  readonly #done = new Set<string>();
  #changing: ReadonlySet<string> | undefined;
  #isBack = false;

  /** @param tell takes a line */
  constructor(private readonly tell: (line: string) => void) {}

  /** From now on lines count how many of these are done. */
  expect(changes: readonly StackChange[]): void {
    this.#changing = new Set(changes.map(({ resource }) => resource));
  }

  /** Takes the next event. */
  take({ status, resource, physicalId, type, reason, isStack }: StackEvent): void {
    if (isStack) return this.#takeStack(status);
    const name = `${shortType(type)} ${nameOf(resource, physicalId)}`;
    const [, action = "", end] = /^(.*)_(COMPLETE|FAILED|SKIPPED)$/.exec(status) ?? [];
    if (end === "FAILED") {
      this.tell(`✗ ${name}: ${reason.trim()}`);
    } else if (end === "SKIPPED") {
      this.tell(`✓ kept ${name}`);
    } else if (end === "COMPLETE" && this.#isMeant(resource) && !this.#done.has(`${resource} ${action}`)) {
      this.#done.add(`${resource} ${action}`);
      this.tell(`✓ ${this.#count()}${verbs[action] ?? ""}${name}`);
    }
  }

  #takeStack(status: string): void {
    if (this.#isBack || !/ROLLBACK_IN_PROGRESS$/.test(status)) return;
    this.#isBack = true;
    this.tell("Rolling back …");
  }

  /** Some emulators tell of what did not change, too. */
  #isMeant(resource: string): boolean {
    return this.#isBack || this.#changing?.has(resource) !== false;
  }

  #count(): string {
    if (this.#isBack || this.#changing === undefined) return "";
    const counted = new Set([...this.#done].map((key) => key.split(" ")[0])).size;
    return `${counted}/${this.#changing.size} `;
  }
}

const verbs: Readonly<Record<string, string>> = { DELETE: "deleted ", IMPORT: "took in " };

/** What people call a resource. Physical ids are names, URLs or ARNs; some are nothing to remember. */
function nameOf(resource: string, physicalId: string): string {
  const last = physicalId.split(/[/:]/).findLast((part) => part !== "") ?? "";
  return /^([0-9a-f-]{36}|\$.*|)$/.test(last) ? resource : last;
}
