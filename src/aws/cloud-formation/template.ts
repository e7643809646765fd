import type { DeployedSaga } from "../../core/topology/topology.js";

/** What a template holds: JSON. */
export type TemplateValue =
  | string
  | number
  | boolean
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue };

/** A resource of a template. */
export interface TemplateResource {
  readonly Type: string;
  /** What must be there first, beside what the properties refer to. */
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: "Retain";
  readonly UpdateReplacePolicy?: "Retain";
  readonly Properties: Readonly<Record<string, TemplateValue>>;
}

/** A resource and its logical id. */
export type TemplateEntry = readonly [id: string, resource: TemplateResource];

/** What a deployment says about itself, for the next one. A template without it is not ours. */
export interface TemplateMetadata {
  readonly v: 1;
  /** Of the project: `shop` with the stage `a-b` has the stack of `shop-a` with the stage `b`. */
  readonly name: string;
  /** The versions that it can work. */
  readonly sagas: readonly DeployedSaga[];
  /** The most partitions that the watch index ever had. */
  readonly indexShardsEver: number;
}

/** A template of CloudFormation. */
export interface Template {
  readonly AWSTemplateFormatVersion: "2010-09-09";
  readonly Description: string;
  readonly Metadata: { readonly Backstep: TemplateMetadata };
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: TemplateValue }>>;
}

/** The text that is sent: the same for the same template, to the byte, and as short as can be. */
export function templateText(template: Template): string {
  return JSON.stringify(template);
}
