/** A reason beside the step that it is about, which need not be named twice. */
export function reasonText(reason: string | undefined, step: string | undefined): string {
  if (reason === undefined) return "";
  return step !== undefined && reason.startsWith(`${step}: `) ? reason.slice(step.length + 2) : reason;
}
