import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Styles a text, unless the output is a pipe or `NO_COLOR` is set. */
export function paint(style: Style, text: string): string {
  const isWanted = process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "";
  return isWanted ? styleText(style, text) : text;
}

/** Ends the process without an error when nobody reads its output any more, as with `| head`. */
export function endWithReader(): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

/** A column of a table: its title, and the style of a cell. */
export interface Column {
  readonly title: string;
  readonly style?: (cell: string) => Style | undefined;
}

/** Rows in columns as wide as their widest cell. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ title }, at) =>
    Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[], styleOf: (at: number) => Style | undefined) =>
    cells
      .map((cell, at) => {
        const padded = at === cells.length - 1 ? cell : cell.padEnd(widths[at] ?? 0);
        const style = styleOf(at);
        return style === undefined ? padded : paint(style, padded);
      })
      .join("  ")
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, () => "bold"),
    ...rows.map((row) => line(row, (at) => columns[at]?.style?.(row[at] ?? ""))),
  ].join("\n");
}

/** An amount of cents as people write it. */
export function money(cents: number): string {
  return (cents / 100).toFixed(2);
}
