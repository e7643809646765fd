import type { Finding } from "../../core/diagnosis/finding.js";
import type { Examination } from "../../runtime/operate/examine.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";

/** So many of one cause are shown; the others are counted. */
const shownMax = 5;

/**
 * What was found, cause by cause: what to do, what is wrong, and each command on a line of its own.
 * @param name the instance that was looked at; `undefined`: the place
 */
export function renderExamination(
  session: Session,
  { findings, mended, notes, skipped }: Examination,
  name: string | undefined,
  style: Style,
): string {
  const { colors } = style;
  const causes = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.cause} ${finding.fix}`;
    causes.set(key, [...(causes.get(key) ?? []), finding]);
  }
  const fine = name === undefined ? "All is well." : `Nothing keeps ${name} from going on.`;
  const sections = [
    ...(findings.length === 0 ? [colors.green(fine)] : []),
    ...[...causes.values()].map((some) => renderCause(session, some, style)),
    listed(colors.green("Woken; the journal is as it was:"), mended),
    notes.join("\n"),
    listed(colors.dim("Not looked at:"), skipped),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function renderCause(session: Session, findings: readonly Finding[], { colors }: Style): string {
  const [first] = findings;
  if (first === undefined) return "";
  const count = findings.length === 1 ? "" : ` (${findings.length})`;
  const more = findings.length - shownMax;
  return [
    `${colors.red(`${first.cause}${count}`)}  ${first.fix}`,
    ...findings.slice(0, shownMax).flatMap((finding) => renderFinding(session, finding)),
    ...(more > 0 ? [`  and ${more} more: ${session.command("stuck")}`] : []),
  ].join("\n");
}

function renderFinding(session: Session, finding: Finding): readonly string[] {
  const { instance, problem, command, alternatives = [] } = finding;
  return [
    `  ${instance === undefined ? "" : `${instance}: `}${problem}`,
    ...(command === undefined ? [] : [`    ${session.command(command)}`]),
    ...alternatives.map((line) => `    or ${session.command(line)}`),
  ];
}

function listed(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${line}`)].join("\n");
}
