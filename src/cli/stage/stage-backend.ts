import type { DeclaredSagas, OpenStage, StagePlace } from "../../aws/stage/open-stage.js";
import type { SagaClient } from "../../runtime/client.js";
import type { Operator } from "../../runtime/operate/operator.js";
import type { Backend, Tail, TailOptions } from "../backend.js";
import { loadAws } from "../load-aws.js";
import type { Session } from "../session.js";

const packages = ["@aws-sdk/client-dynamodb", "@aws-sdk/client-sqs"];

/** A deployed stage. Its functions work what is accepted, so nothing waits for an engine. */
export class StageBackend implements Backend {
  readonly suffix: string;
  readonly #session: Session;
  readonly #stage: string;
  readonly #opened: Pick<OpenStage, "close">[] = [];
  #place: Promise<StagePlace> | undefined;

  constructor(session: Session, stage: string) {
    this.#session = session;
    this.#stage = stage;
    this.suffix = ` --stage ${stage}`;
  }

  async client(): Promise<SagaClient> {
    const { sagas, lanes, fuse } = (await this.#session.config()).config;
    return (await this.#open({ sagas, lanes, fuse })).client;
  }

  async reader(): Promise<SagaClient> {
    return (await this.#open({ sagas: [] })).client;
  }

  async operator(): Promise<Operator> {
    const config = (await this.#session.anyConfig())?.config;
    const place = await this.#where();
    const opened = await loadAws(async () => {
      const { openStageOperator } = await import("../../aws/stage/open-stage-operator.js");
      return openStageOperator(place, { stage: this.#stage, config });
    }, packages);
    this.#opened.push(opened);
    return opened.operator;
  }

  async tail(options: TailOptions): Promise<Tail> {
    const { client, recent } = await this.#open({ sagas: [] });
    const { StageTail } = await import("./stage-tail.js");
    const tell = (text: string) => this.#session.tell(text);
    return new StageTail({ ...options, get: client.get, recent, clock: this.#session.clock, tell });
  }

  idleness(): undefined {
    return undefined;
  }

  async explain(error: unknown): Promise<unknown> {
    if (this.#place === undefined) return error; // it is not about what is deployed
    const { explainOnStage } = await import("./explain-on-stage.js");
    const { endpoint } = (await this.#place.catch(() => undefined)) ?? {};
    return explainOnStage(error, { stage: this.#stage, endpoint });
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.splice(0)) opened.close();
  }

  async #open(declared: DeclaredSagas) {
    const place = await this.#where();
    const opened = await loadAws(async () => {
      const { openStage } = await import("../../aws/stage/open-stage.js");
      return openStage(place, declared);
    }, packages);
    this.#opened.push(opened);
    return opened;
  }

  #where(): Promise<StagePlace> {
    this.#place ??= this.#find();
    return this.#place;
  }

  async #find(): Promise<StagePlace> {
    const { findStage } = await import("./find-stage.js");
    return findStage(this.#session, this.#stage);
  }
}
