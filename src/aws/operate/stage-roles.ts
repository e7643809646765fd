import {
  GetRolePolicyCommand,
  IAMClient,
  type IAMClientConfig,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";
import { call } from "../call.js";
import { clientDefaults } from "../clients/client-defaults.js";

/** The roles of a stage's functions. */
export class StageRoles {
  readonly #client: IAMClient;
  readonly #endpoint: string | undefined;

  constructor(config: IAMClientConfig & { readonly endpoint?: string }) {
    this.#client = new IAMClient({ ...clientDefaults, ...config });
    this.#endpoint = config.endpoint;
  }

  /** The role's own policies, as IAM has them: JSON, parsed. @throws SagaError AWS_DENIED */
  async policies(role: string): Promise<readonly unknown[]> {
    const of = (action: string) => {
      return { action: `iam:${action}`, resource: `role "${role}"`, endpoint: this.#endpoint };
    };
    const names: string[] = [];
    await call(of("ListRolePolicies"), async () => {
      const pages = paginateListRolePolicies({ client: this.#client }, { RoleName: role });
      for await (const { PolicyNames = [] } of pages) names.push(...PolicyNames);
    });
    return Promise.all(
      names.map(async (PolicyName) => {
        const { PolicyDocument = "{}" } = await call(of("GetRolePolicy"), () =>
          this.#client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName })),
        );
        return JSON.parse(decodeURIComponent(PolicyDocument)) as unknown;
      }),
    );
  }

  destroy(): void {
    this.#client.destroy();
  }
}
