import { ts } from "@ts-morph/common";
import { type Reached, wayTo } from "./call-graph.js";
import { pathOf } from "./load-program.js";
import { type Body, bodyAround, nameOf, placeOf } from "./syntax.js";

/** What a call is made on. */
export type Place = "table" | "index" | "laneQueues" | "ownQueue" | "timerQueue" | "bus" | "bucket";

/** An action that code takes, and the calls that lead there. */
export interface Need {
  readonly action: string;
  readonly on: Place;
  readonly way: readonly string[];
}

type SdkUse = Reached["sdk"][number];

/** How IAM names the services of the SDK's packages, and on what we call each. */
const services: Readonly<Record<string, { readonly prefix: string; readonly on: Place | "queue" }>> = {
  "client-dynamodb": { prefix: "dynamodb", on: "table" },
  "client-eventbridge": { prefix: "events", on: "bus" },
  "client-s3": { prefix: "s3", on: "bucket" },
  "client-sqs": { prefix: "sqs", on: "queue" },
};

/** The functions that know which queue they call; every call of SQS must be made through one of them. */
export const queueCallers: Readonly<Record<string, Place>> = {
  "SqsEventQueue.send of src/aws/queues/sqs-event-queue.ts": "laneQueues",
  "SqsTimerQueue.send of src/aws/queues/sqs-timer-queue.ts": "timerQueue",
  "showAfter of src/aws/queues/show-after.ts": "ownQueue",
};

/** What `queueCallers` calls a function. */
export function callerName(body: Body): string {
  return `${nameOf(body)} of ${pathOf(body.getSourceFile())}`;
}

/** The action of each command. One that is missing here has to be looked up in IAM's reference first. */
const actions: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  dynamodb: {
    GetItem: "GetItem",
    PutItem: "PutItem",
    UpdateItem: "UpdateItem",
    DeleteItem: "DeleteItem",
    Query: "Query",
    "Put of a transaction": "PutItem",
    "Update of a transaction": "UpdateItem",
    "Delete of a transaction": "DeleteItem",
    "ConditionCheck of a transaction": "ConditionCheckItem",
  },
  events: { PutEvents: "PutEvents" },
  s3: { GetObject: "GetObject", PutObject: "PutObject" },
  sqs: {
    SendMessage: "SendMessage",
    SendMessageBatch: "SendMessage",
    ChangeMessageVisibility: "ChangeMessageVisibility",
    ChangeMessageVisibilityBatch: "ChangeMessageVisibility",
  },
};

/**
 * What code that can run needs to be allowed, each once.
 * @throws for a use of the SDK of which it is not known what it needs
 */
export function needsOf(reached: Reached): readonly Need[] {
  const needs = reached.sdk.flatMap((use) => needsOfUse(use, reached));
  return [...new Map(needs.map((need) => [`${need.action} ${need.on}`, need])).values()];
}

function needsOfUse(use: SdkUse, reached: Reached): readonly Need[] {
  const service = services[use.part];
  // Making a client calls nobody; a transaction needs what its items do.
  if (service !== undefined && /Client$|^TransactWriteItemsCommand$/.test(use.name)) return [];
  const command = use.name.replace(/Command$/, "").replace(/^paginate(.+)$/, "$1");
  const action = service && actions[service.prefix]?.[command];
  if (service === undefined || action === undefined)
    throw new Error(`It is not known what ${use.name} of @aws-sdk/${use.part} needs: ${placeOf(use.at)}.`);
  const named = `${service.prefix}:${action}`;
  if (service.on === "queue") return queuesOf(use, reached).map((need) => ({ action: named, ...need }));
  if (action === "Query") return queried(use, reached).map((need) => ({ action: named, ...need }));
  return [{ action: named, on: service.on, way: wayTo(use.at, reached) }];
}

type Placed = Omit<Need, "action">;

/** The queues of a call: who calls it, up to those who know which queue it is. */
function queuesOf(use: SdkUse, reached: Reached): readonly Placed[] {
  const seen = new Set<Body>();
  const rise = (body: Body): readonly Placed[] => {
    if (seen.has(body)) return [];
    seen.add(body);
    const on = queueCallers[callerName(body)];
    if (on !== undefined) return [{ on, way: [...wayTo(body, reached), placeOf(use.at)] }];
    const edges = reached.bodies.get(body) ?? [];
    if (edges.length > 0) return edges.flatMap(({ from }) => rise(from));
    throw new Error(`Nobody says which queue ${use.name} calls: ${wayTo(use.at, reached).join(" > ")}.`);
  };
  return rise(bodyAround(use.at));
}

/**
 * Whether a query asks the table, or an index: by `IndexName`, which may depend on a parameter; then on what
 * those say who call.
 */
function queried(use: SdkUse, reached: Reached): readonly Placed[] {
  const body = bodyAround(use.at);
  const asker = ts.isArrowFunction(body) ? bodyAround(body) : body;
  const named = findNode(
    asker,
    (node) => ts.isPropertyAssignment(node) && node.name.getText() === "IndexName",
  );
  if (named === undefined) return [{ on: "table", way: wayTo(use.at, reached) }];
  const choice = ts.findAncestor(named, ts.isConditionalExpression);
  const asked = choice?.condition.getText();
  const parameters = ts.isFunctionLike(asker) ? [...asker.parameters] : [];
  const at = parameters.findIndex(({ name }) => name.getText() === asked);
  if (at === -1) throw new Error(`It is not clear whether this asks an index: ${placeOf(named)}.`);
  return reached.calls
    .filter(({ target }) => target === asker)
    .map((call) => {
      const given = call.at.arguments[at];
      const isTable = given === undefined || given.kind === ts.SyntaxKind.FalseKeyword;
      return { on: isTable ? "table" : "index", way: wayTo(call.at, reached) };
    });
}

function findNode(node: ts.Node, is: (node: ts.Node) => boolean): ts.Node | undefined {
  return is(node) ? node : ts.forEachChild(node, (child) => findNode(child, is));
}
