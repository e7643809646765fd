import { retentionMs } from "../../core/retention.js";
import { unknownInstance } from "../../runtime/load.js";
import { type Audited, type AuditOptions, auditInstances } from "../../runtime/operate/audit-instances.js";
import { healInstance } from "../../runtime/operate/heal-instance.js";
import type { Operator } from "../../runtime/operate/operator.js";
import { parseRef, parseSince } from "../parse.js";
import { tellProgress } from "../progress.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import type { Answer, VerbOptions } from "../verb.js";
import { operatorOf } from "./operator-of.js";

/** Compares instances, and heals them with `--fix`. @throws SagaError USAGE, INSTANCE_UNKNOWN */
export async function runAudit(
  session: Session,
  name: string | undefined,
  options: VerbOptions,
): Promise<Answer> {
  const only = name === undefined ? undefined : parseRef(name);
  const since =
    typeof options.since === "string" ? parseSince(options.since, session.clock.now()) : undefined;
  const operator = only === undefined ? await session.operator() : await operatorOf(session, only);
  if (only !== undefined && (await operator?.store.head(only)) === undefined) throw unknownInstance(only);
  const query = { ...(only && { only }), ...(since !== undefined && { since }) };
  const report = operator ? await look(session, operator, query, options.fix === true) : empty;
  return answer(session, report, options.fix === true);
}

/** The most gaps that are told of: an audit is no list. */
const toldMax = 1_000;

interface Finding {
  readonly instance: string;
  readonly kind: Audited["gaps"][number]["kind"];
  readonly problem: string;
  /** Whether `--fix` heals it. */
  readonly canHeal: boolean;
  readonly healed: boolean;
}

interface Report {
  readonly audited: number;
  readonly gaps: readonly Finding[];
  /** Gaps beyond those that are told. */
  readonly untold: number;
  readonly left: number;
}

const empty: Report = { audited: 0, gaps: [], untold: 0, left: 0 };

async function look(
  session: Session,
  operator: Operator,
  query: Omit<AuditOptions, "retentionMs">,
  isFixing: boolean,
): Promise<Report> {
  const progress = tellProgress(session, "compared");
  let [audited, untold, left] = [0, 0, 0];
  const gaps: Finding[] = [];
  for await (const page of auditInstances(operator, { ...query, retentionMs: await rememberedMs(session) })) {
    audited += page.count;
    if (page.part !== undefined) progress(page.part);
    for (const broken of page.broken) {
      const found = isFixing ? await healed(operator, broken) : findingsOf(broken, false);
      left += found.filter((one) => !one.healed).length;
      if (gaps.length + found.length <= toldMax) gaps.push(...found);
      else untold += found.length;
    }
  }
  return { audited, gaps, untold, left };
}

/** How long the store remembers what was published: a little less than it does. */
async function rememberedMs(session: Session): Promise<number> {
  const loaded = await session.anyConfig();
  return Math.max(0, retentionMs(loaded?.config.retention) - 60_000);
}

async function healed(operator: Operator, broken: Audited): Promise<readonly Finding[]> {
  if (broken.loaded === undefined) return findingsOf(broken, false);
  return findingsOf(broken, await healInstance(operator, broken.loaded, broken.gaps));
}

function findingsOf({ ref, gaps }: Audited, isHealed: boolean): readonly Finding[] {
  const canHeal = gaps.every(({ heal }) => heal.how !== "backup");
  return gaps.map(({ kind, problem }) => {
    return { instance: `${ref.saga}/${ref.id}`, kind, problem, canHeal, healed: canHeal && isHealed };
  });
}

function answer(session: Session, report: Report, isFixing: boolean): Answer {
  const { audited, gaps, untold, left } = report;
  return {
    json: { audited, gaps, untold, left },
    text: (style) => {
      const instances = audited === 1 ? "1 instance" : `${audited.toLocaleString("en-US")} instances`;
      if (gaps.length === 0) return `${instances} compared: everything fits.`;
      const more = untold === 0 ? [] : [`… and ${untold} more.`];
      const found = `${instances} compared: ${count(gaps.length + untold)} found, ${left} left.`;
      return [
        ...gaps.map((one) => line(one, style)),
        ...more,
        "",
        found,
        ...fixes(session, report, isFixing),
      ].join("\n");
    },
    exitCode: left === 0 ? 0 : 1,
  };
}

function line({ instance, problem, canHeal, healed: isHealed }: Finding, { colors }: Style): string {
  const end = isHealed ? colors.green("healed") : canHeal ? "" : colors.red("not to be healed");
  return `${colors.bold(instance)}  ${problem} ${end}`.trimEnd();
}

function fixes(session: Session, { gaps, left }: Report, isFixing: boolean): string[] {
  if (left === 0) return [];
  const hopeless = gaps.some(({ canHeal }) => !canHeal);
  const open = gaps.some(({ canHeal, healed: isHealed }) => canHeal && !isHealed);
  return [
    ...(open && !isFixing ? [`Fix: Heal them: ${session.command("audit --fix")}`] : []),
    ...(open && isFixing ? ["Fix: Some have changed meanwhile: look once more."] : []),
    ...(hopeless
      ? ["Fix: What was lost comes back with a backup alone: see backstep verify and restore."]
      : []),
  ];
}

function count(gaps: number): string {
  return gaps === 1 ? "1 gap" : `${gaps} gaps`;
}
