const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
const gap = "  ";

/** What a table may do with its width. */
export interface TableOptions {
  /** Columns of the terminal; `undefined`: nothing is cut. */
  readonly width?: number | undefined;
  /** Column numbers, from 0, whose cells stand to the right. */
  readonly right?: readonly number[];
}

/**
 * Rows as aligned columns, the first row being the head. Where the terminal is too narrow the last column is
 * cut and ends in `…`; columns without any content are left out. Cells may be coloured.
 */
export function renderTable(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const columns = usedColumns(rows);
  const widths = columns.map((column) => Math.max(...rows.map((row) => visibleLength(row[column] ?? ""))));
  const lines = rows.map((row) => {
    const cells = columns.map((column, at) => {
      const cell = row[column] ?? "";
      const blank = " ".repeat((widths[at] ?? 0) - visibleLength(cell));
      return options.right?.includes(column) === true ? blank + cell : cell + blank;
    });
    return fitted(cells, options.width);
  });
  return lines.join("\n");
}

/** The number of columns that a text takes on a terminal, without its colours. */
export function visibleLength(text: string): number {
  return [...text.replace(escapes, "")].length;
}

/** The text cut to `width` columns; a cut text loses its colours and ends in `…`. */
export function truncate(text: string, width: number): string {
  if (visibleLength(text) <= width) return text;
  const letters = [...text.replace(escapes, "")];
  return `${letters.slice(0, Math.max(0, width - 1)).join("")}…`;
}

function usedColumns(rows: readonly (readonly string[])[]): number[] {
  const [head = [], ...body] = rows;
  return [...head.keys()].filter((column) => body.some((row) => (row[column] ?? "") !== ""));
}

function fitted(cells: readonly string[], width: number | undefined): string {
  const whole = cells.join(gap).trimEnd();
  if (width === undefined || visibleLength(whole) <= width) return whole;
  const before = cells.slice(0, -1).join(gap);
  const left = width - visibleLength(before) - gap.length;
  const last = cells.at(-1) ?? "";
  return left < 8 ? whole : `${before}${gap}${truncate(last.trimEnd(), left)}`;
}
