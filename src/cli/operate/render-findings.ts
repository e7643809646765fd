import type { Finding } from "../../core/diagnosis/finding.js";
import type { Examination } from "../../runtime/operate/examine.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";

/** Who knows how a command line for this place is written. */
type Commander = Pick<Session, "command">;

/** So many problems of one cause are shown; the others are counted. */
const shownMax = 5;
/** So many instances of one problem are named. */
const namedMax = 3;

/**
 * What was found, cause by cause: what to do, what is wrong, and each command on a line of its own.
 * @param name the instance that was looked at; `undefined`: the place
 */
export function renderExamination(
  session: Commander,
  { findings, mended, restored, notes, skipped }: Examination,
  name: string | undefined,
  style: Style,
): string {
  const { colors } = style;
  const causes = groupBy(findings, ({ cause, fix }) => `${cause} ${fix}`);
  const fine = name === undefined ? "All is well." : `Nothing keeps ${name} from going on.`;
  const sections = [
    ...(findings.length === 0 ? [colors.green(fine)] : []),
    ...[...causes.values()].map((some) => renderCause(session, some, style)),
    listed(colors.green("Woken; the journal is as it was:"), mended),
    listed(colors.green("Set back:"), restored),
    notes.join("\n"),
    listed(colors.dim("Not looked at:"), skipped),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function renderCause(session: Commander, findings: readonly Finding[], { colors }: Style): string {
  const [first] = findings;
  if (first === undefined) return "";
  const alike = [...groupBy(findings, likeness).values()];
  const count = findings.length === 1 ? "" : ` (${findings.length})`;
  const more = alike.slice(shownMax).flat().length;
  return [
    `${colors.red(`${first.cause}${count}`)}  ${first.fix}`,
    ...alike.slice(0, shownMax).flatMap((some) => renderAlike(session, some)),
    ...(more > 0 ? [`  and ${more} more: ${session.command("stuck")}`] : []),
  ].join("\n");
}

/** Whether `retry` of many would take it along: it is parked. */
function isParked({ cause, command = "" }: Finding): boolean {
  return command.startsWith("retry ") && cause !== "manyRetries";
}

/** Findings of one likeness differ in their instances alone. */
function likeness(finding: Finding): string {
  const { instance, step, problem } = finding;
  return JSON.stringify([isParked(finding) ? sagaOf(finding) : instance, step, problem]);
}

function sagaOf({ instance = "" }: Finding): string {
  return instance.slice(0, instance.indexOf("/"));
}

/** The commands are those of the first; where they can be given for all at once, that command too. */
function renderAlike(session: Commander, findings: readonly Finding[]): readonly string[] {
  const [first] = findings;
  if (first === undefined) return [];
  const { instance, step, problem, command, first: before = [], alternatives = [] } = first;
  const more = Math.max(0, findings.length - namedMax);
  const names = findings.slice(0, namedMax).map(({ instance }) => instance);
  const who = `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}: `;
  const at = step === undefined ? "" : ` --step ${step}`;
  const all = `retry --saga ${sagaOf(first)}${at} --dry-run`;
  return [
    `  ${instance === undefined ? "" : who}${problem}`,
    ...[...before, ...(command === undefined ? [] : [command])].map((line) => `    ${session.command(line)}`),
    ...alternatives.map((line) => `    or ${session.command(line)}`),
    ...(findings.length > 1 && isParked(first) ? [`    or all of them: ${session.command(all)}`] : []),
  ];
}

function groupBy(findings: readonly Finding[], keyOf: (finding: Finding) => string): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(keyOf(finding));
    if (group === undefined) groups.set(keyOf(finding), [finding]);
    else group.push(finding);
  }
  return groups;
}

function listed(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
}
