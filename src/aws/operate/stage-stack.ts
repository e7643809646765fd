import {
  CloudFormationClient,
  type CloudFormationClientConfig,
  paginateListStackResources,
} from "@aws-sdk/client-cloudformation";
import { call } from "../call.js";
import { clientDefaults } from "../clients/client-defaults.js";
import type { TemplateMetadata } from "../cloud-formation/template.js";
import { readMetadata, readStack, readTemplate, type StackView } from "../deploy/read-stack.js";

/** A resource of a stack. */
export interface StackResource {
  /** Its name in the template. */
  readonly logicalId: string;
  /** Such as `AWS::SQS::Queue`. */
  readonly type: string;
  /** The name of a function or a role, the URL of a queue, the UUID of a mapping. */
  readonly physicalId: string;
}

/** The statuses of what a stack had and has no more. */
const gone: ReadonlySet<string | undefined> = new Set(["DELETE_COMPLETE", "DELETE_SKIPPED"]);

/** The stack that a stage was deployed as. */
export class StageStack {
  readonly #cloudFormation: CloudFormationClient;
  readonly #endpoint: string | undefined;
  readonly #stack: string;

  constructor(stack: string, config: CloudFormationClientConfig & { readonly endpoint?: string }) {
    this.#cloudFormation = new CloudFormationClient({ ...clientDefaults, ...config });
    this.#endpoint = config.endpoint;
    this.#stack = stack;
  }

  /** @returns `undefined` where there is no such stack @throws SagaError AWS_DENIED */
  view(): Promise<StackView | undefined> {
    return readStack(this.#at, this.#stack);
  }

  /**
   * What its deployment says about itself.
   * @returns `undefined` where there is none
   * @throws SagaError AWS_DENIED
   */
  async metadata(): Promise<TemplateMetadata | undefined> {
    const view = await this.view();
    return view && readMetadata(this.#at, view);
  }

  /**
   * Its template, as it was sent.
   * @returns `undefined` where there is no such stack, or its template is not JSON
   * @throws SagaError AWS_DENIED
   */
  async template(): Promise<unknown> {
    const view = await this.view();
    return view && readTemplate(this.#at, view);
  }

  /** What is in it now. @throws SagaError AWS_DENIED */
  async resources(): Promise<readonly StackResource[]> {
    const place = { action: "cloudformation:ListStackResources", resource: `stack "${this.#stack}"` };
    return call({ ...place, endpoint: this.#endpoint }, async () => {
      const found: StackResource[] = [];
      const of = { StackName: this.#stack };
      for await (const page of paginateListStackResources({ client: this.#cloudFormation }, of)) {
        for (const each of page.StackResourceSummaries ?? []) {
          const { LogicalResourceId = "", ResourceType = "", PhysicalResourceId = "" } = each;
          if (gone.has(each.ResourceStatus)) continue;
          found.push({ logicalId: LogicalResourceId, type: ResourceType, physicalId: PhysicalResourceId });
        }
      }
      return found;
    });
  }

  destroy(): void {
    this.#cloudFormation.destroy();
  }

  get #at() {
    return { cloudFormation: this.#cloudFormation, endpoint: this.#endpoint };
  }
}
