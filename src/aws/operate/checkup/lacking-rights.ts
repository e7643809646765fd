import { z } from "zod";
import type { Statement } from "../../../core/topology/topology.js";

/** What a role ought to allow. */
export interface Right {
  readonly action: string;
  readonly resource: string;
}

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const granted = z.object({ Effect: z.enum(["Allow", "Deny"]), Action: texts, Resource: texts });
const document = z.object({
  Statement: z.union([z.array(z.unknown()), z.unknown().transform((one) => [one])]),
});
type Granted = z.infer<typeof granted>;

/**
 * What statements ask for and policies do not allow. Conditions are taken as fulfilled.
 * @param policies documents of IAM, parsed
 * @param arn of a resource of the stage: it says partition, region and account
 */
export function lackingRights(
  statements: readonly Statement[],
  policies: readonly unknown[],
  arn: string,
): readonly Right[] {
  const located = locatorAt(arn);
  const known = policies.flatMap(statementsOf);
  return statements.flatMap(({ actions, resources }) =>
    resources.flatMap((resource) => {
      const rights = actions.map((action) => ({ action, resource: located(resource) }));
      return rights.filter((right) => !isAllowed(right, known));
    }),
  );
}

/** What fills the place into texts of a topology, as the ARN of a resource of the stage says it. */
export function locatorAt(arn: string): (text: string) => string {
  const [, partition = "aws", , region = "", account = ""] = arn.split(":");
  const place: Readonly<Record<string, string>> = { partition, region, account };
  return (text) => text.replace(/\{(partition|region|account)\}/g, (_, name: string) => place[name] ?? "");
}

/** Statements in another form than ours are left aside. */
function statementsOf(policy: unknown): Granted[] {
  const { data } = document.safeParse(policy);
  return (data?.Statement ?? []).flatMap((each) => granted.safeParse(each).data ?? []);
}

function isAllowed({ action, resource }: Right, known: readonly Granted[]): boolean {
  const about = known.filter(({ Action, Resource }) => {
    return Action.some((each) => fits(each, action)) && Resource.some((each) => fits(each, resource));
  });
  return about.some(({ Effect }) => Effect === "Allow") && about.every(({ Effect }) => Effect === "Allow");
}

/** Patterns of IAM: `*` for any text, `?` for a character; actions in whatever case. */
function fits(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "is").test(text) || pattern === text;
}
