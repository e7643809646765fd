import pico from "picocolors";

/** How text is dressed: with colours or without, and how wide a line may be. */
export interface Style {
  readonly colors: ReturnType<typeof pico.createColors>;
  /** Columns of the terminal; `undefined` where lines may be of any length: in a pipe or file. */
  readonly width: number | undefined;
}

/** What is asked about a stream. */
export interface StyledStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * The style for a stream. Colours are for terminals; `NO_COLOR` and `--no-color` turn them off everywhere,
 * `FORCE_COLOR` turns them on in a pipe, `FORCE_COLOR=0` off in a terminal.
 */
export function styleFor(
  stream: StyledStream,
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Style {
  const isTerminal = stream.isTTY === true;
  const width = isTerminal ? stream.columns : undefined;
  return { colors: pico.createColors(hasColors(isTerminal, env, noColor)), width };
}

function hasColors(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  if (noColor || (NO_COLOR !== undefined && NO_COLOR !== "")) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && TERM !== "dumb";
}
