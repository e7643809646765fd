import { relative, resolve } from "node:path";
import type { OpenVersion, StoreFinding, StoreReport } from "../../local/verify-store.js";
import { instancesText, sizeText } from "../counts-text.js";
import type { LoadedConfig } from "../load-config.js";
import { tellProgress } from "../progress.js";
import type { Session } from "../session.js";
import type { Style } from "../style.js";
import type { Verb } from "../verb.js";

/** `backstep verify`: looks over all of a store or a backup. */
export const verify: Verb = {
  name: "verify",
  summary: "look over all of the store, or of a backup, for damage",
  args: [{ flags: "[file]", meaning: "a backup or another store (default: the store)" }],
  examples: ["backstep verify", "backstep verify backups/monday.db"],
  notes:
    "Reads every page, folds every journal, changes nothing; also beside an engine. Exits with 1 where\n" +
    "it finds damage. Open instances whose version the configuration lacks are told; that is no damage.",
  noStage: "it is for the embedded engine's file; a stage's table has point-in-time recovery",
  async run([file], _options, session) {
    const loaded = await session.anyConfig();
    const path = file === undefined ? session.storeFile(loaded) : resolve(session.cwd, file);
    const { verifyStore } = await import("../../local/verify-store.js");
    const report = await verifyStore(path, { onProgress: tellProgress(session, "looked over") });
    if (loaded !== undefined) await noticeUndeclared(session, loaded, report.openVersions);
    return {
      json: {
        file: path,
        isWhole: report.damages === 0,
        ...report,
        findings: report.findings.map(({ instance, problem }) => ({ instance: instance ?? null, problem })),
      },
      text: (style) => render(relative(session.cwd, path), report, style),
      exitCode: report.damages === 0 ? 0 : 1,
    };
  },
};

async function noticeUndeclared(
  session: Session,
  { config }: LoadedConfig,
  open: readonly OpenVersion[],
): Promise<void> {
  const { compile } = await import("../../core/plan/compile.js");
  for (const { saga, version, fingerprint, instances } of open) {
    const declared = config.sagas.find((one) => one.name === saga && one.version === version);
    if (declared !== undefined && compile(declared).fingerprint === fingerprint) continue;
    const how = declared === undefined ? "is not declared" : "is declared with another shape";
    session.notice(`Open instances of ${saga} version ${version}, which ${how}: ${instances}`);
  }
}

function render(file: string, report: StoreReport, style: Style): string {
  const { colors } = style;
  const number = (count: number) => count.toLocaleString("en-US");
  const { bytes, entries, mail, published, deadLetters, quarantined, findings, damages } = report;
  const rest = findings.length < damages ? [`and ${number(damages - findings.length)} more`] : [];
  return [
    `${colors.bold(file)}  ${sizeText(bytes)}`,
    `${instancesText(report)}; ${number(entries)} journal entries`,
    `${number(mail)} domain events accepted, ${number(published)} published`,
    `${number(deadLetters)} dead letters, ${number(quarantined)} unreadable events kept aside`,
    "",
    damages === 0 ? colors.green("All is whole.") : colors.red(`Damaged: ${number(damages)} findings`),
    ...findings.map(describe),
    ...rest,
  ].join("\n");
}

function describe({ instance, problem }: StoreFinding): string {
  return `  ${instance === undefined ? "" : `${instance}: `}${problem}`;
}
