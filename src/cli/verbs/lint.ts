import type { Finding } from "../../core/lint/finding.js";
import { SagaError } from "../../errors/saga-error.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import type { Verb } from "../verb.js";

/** `backstep lint`: what will go wrong with the declared sagas, told without running them. */
export const lint: Verb = {
  name: "lint",
  summary: "find what will go wrong in the sagas, without running them",
  args: [{ flags: "[saga]", meaning: "only this saga, in all its versions" }],
  options: [{ flags: "--strict", meaning: "fail on warnings too" }],
  examples: ["backstep lint", "backstep lint order --strict"],
  notes: "Exits with 1 where it finds an error, with --strict also where it finds a warning.",
  noStage: "it reads the configuration alone",
  async run([saga], { strict }, session) {
    const { findings, names } = await findAll(session);
    if (saga !== undefined && !names.includes(saga)) {
      const details = { saga, known: names };
      throw new SagaError("SAGA_UNKNOWN", `There is no saga "${saga}".`, { details });
    }
    const shown = findings.filter((finding) => saga === undefined || finding.saga === saga);
    const errors = shown.filter(({ severity }) => severity === "error").length;
    const warnings = shown.length - errors;
    const isFailed = errors > 0 || (strict === true && warnings > 0);
    return {
      json: { findings: shown.map(toJson), errors, warnings },
      text: (style) => render(shown, style),
      exitCode: isFailed ? 1 : 0,
    };
  },
};

async function findAll(session: Session) {
  const { config } = await session.config();
  const { readLockFile } = await import("../lint/lock-file.js");
  const { lock } = await readLockFile(session.project.root);
  const { lint: lintSagas } = await import("../../core/lint/lint.js");
  const { findUnguarded } = await import("../lint/find-unguarded.js");
  const findings = lintSagas(config.sagas, { lock, findUnguarded });
  const names = [...config.sagas.map(({ name }) => name), ...Object.keys(lock.sagas)];
  return { findings, names: [...new Set(names)] };
}

function toJson({ rule, severity, saga, version, step, problem, fix }: Finding) {
  return { rule, severity, saga, version, step: step ?? null, problem, fix };
}

function render(findings: readonly Finding[], style: Style): string {
  if (findings.length === 0) return style.colors.green("Nothing found.");
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const title = `${style.colors.bold(finding.saga)}, version ${finding.version}`;
    groups.set(title, [...(groups.get(title) ?? []), finding]);
  }
  const sections = [...groups].map(([title, found]) =>
    [title, ...found.flatMap((finding) => renderFinding(finding, style))].join("\n"),
  );
  return [...sections, countOf(findings)].join("\n\n");
}

function renderFinding({ rule, severity, problem, fix }: Finding, { colors }: Style): string[] {
  const color = severity === "error" ? colors.red : colors.yellow;
  return [
    `  ${color(severity.padEnd("warning".length))}  ${problem} ${colors.dim(`[${rule}]`)}`,
    `  ${" ".repeat("warning".length)}  ${colors.bold("Fix:")} ${fix}`,
  ];
}

function countOf(findings: readonly Finding[]): string {
  const counts = (["error", "warning"] as const).map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? undefined : `${count} ${severity}${count === 1 ? "" : "s"}`;
  });
  return `${counts.filter((count) => count !== undefined).join(", ")}.`;
}
