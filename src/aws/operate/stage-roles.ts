import {
  GetRolePolicyCommand,
  IAMClient,
  type IAMClientConfig,
  PutRolePolicyCommand,
  paginateListRolePolicies,
} from "@aws-sdk/client-iam";
import { call } from "../call.js";
import { clientDefaults } from "../clients/client-defaults.js";

/** A policy that a role has of its own. */
export interface RolePolicy {
  readonly name: string;
  /** As IAM has it: JSON, parsed. */
  readonly document: unknown;
}

/** The roles of a stage's functions. */
export class StageRoles {
  readonly #client: IAMClient;
  readonly #endpoint: string | undefined;

  constructor(config: IAMClientConfig & { readonly endpoint?: string }) {
    this.#client = new IAMClient({ ...clientDefaults, ...config });
    this.#endpoint = config.endpoint;
  }

  /** The role's own policies. @throws SagaError AWS_DENIED */
  async policies(role: string): Promise<readonly RolePolicy[]> {
    const of = (action: string) => this.#at(action, role);
    const names: string[] = [];
    await call(of("ListRolePolicies"), async () => {
      const pages = paginateListRolePolicies({ client: this.#client }, { RoleName: role });
      for await (const { PolicyNames = [] } of pages) names.push(...PolicyNames);
    });
    return Promise.all(
      names.map(async (name) => {
        const { PolicyDocument = "{}" } = await call(of("GetRolePolicy"), () =>
          this.#client.send(new GetRolePolicyCommand({ RoleName: role, PolicyName: name })),
        );
        return { name, document: JSON.parse(decodeURIComponent(PolicyDocument)) as unknown };
      }),
    );
  }

  /** Writes one of the role's own policies, whatever it said. @throws SagaError AWS_DENIED */
  async put(role: string, { name, document }: RolePolicy): Promise<void> {
    const policy = { RoleName: role, PolicyName: name, PolicyDocument: JSON.stringify(document) };
    await call(this.#at("PutRolePolicy", role), () => this.#client.send(new PutRolePolicyCommand(policy)));
  }

  destroy(): void {
    this.#client.destroy();
  }

  #at(action: string, role: string) {
    return { action: `iam:${action}`, resource: `role "${role}"`, endpoint: this.#endpoint };
  }
}
