import type { Need, Place } from "./aws-needs.js";

/** A line of the guide's table: what one column says of it. */
export interface GuideRight {
  readonly column: string;
  readonly action: string;
  readonly on: string;
}

const heading = "### What each function must be allowed";

/** How the guide calls the places of calls. */
const places: Readonly<Record<Place, string>> = {
  table: "table",
  index: "index `watch`",
  laneQueues: "lane queues",
  ownQueue: "lane queues",
  timerQueue: "timer queue",
  bus: "bus",
  bucket: "the bucket's objects, if there is one",
};

/** What needs are in the words of the guide. */
export function inGuideWords(column: string, needs: readonly Need[]): GuideRight[] {
  return needs.map(({ action, on }) => ({ column, action, on: places[on] }));
}

/** Reads the table of what each function must be allowed; empty if the guide has none. */
export function parseGuideTable(guide: string): GuideRight[] {
  const rows = (guide.split(heading)[1] ?? "").split("\n").filter((line) => line.startsWith("|"));
  const [header = [], , ...body] = rows.map(cellsOf);
  return body.flatMap(([actions = "", on = "", ...says]) =>
    says.flatMap((said, at) =>
      [...actions.matchAll(/`([^`]+)`/g)]
        .filter(([, action = ""]) => isMeant(said, action))
        .map(([, action = ""]) => ({ column: header[at + 2] ?? "", action, on })),
    ),
  );
}

function cellsOf(line: string): string[] {
  const inner = line.trim().replace(/^\||\|$/g, "");
  return inner.split("|").map((cell) => cell.trim());
}

/** A cell says yes, `-`, in which case (`list`), or which of the actions (get). */
function isMeant(said: string, action: string): boolean {
  if (said === "-") return false;
  if (said === "yes" || said.startsWith("`")) return true;
  return new RegExp(`:${said}`, "i").test(action);
}
