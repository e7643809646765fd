import type { Topology } from "../../core/topology/topology.js";
import { arnOf, ref } from "./intrinsics.js";
import { logicalIds } from "./logical-ids.js";
import { role, trust } from "./policy.js";
import type { TemplateEntry, TemplateValue } from "./template.js";

/** Schedules, each with the role that it invokes its function in. EventBridge takes no tags for them. */
export function scheduleResources(
  { schedules, functions }: Topology,
  tags: TemplateValue,
): readonly TemplateEntry[] {
  return schedules.flatMap(({ id, name, expression, function: invoked }): TemplateEntry[] => {
    const resources = functions.filter((each) => each.id === invoked).map((each) => each.arn);
    const ownAccount = { StringEquals: { "aws:SourceAccount": ref("AWS::AccountId") } };
    const rights = {
      ...role(trust("scheduler.amazonaws.com", ownAccount), [
        { actions: ["lambda:InvokeFunction"], resources },
      ]),
      Tags: tags,
    };
    const properties = {
      Name: name,
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      State: "ENABLED",
      Target: {
        Arn: arnOf(logicalIds.function(invoked)),
        RoleArn: arnOf(logicalIds.scheduleRole(id)),
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    };
    return [
      [logicalIds.scheduleRole(id), { Type: "AWS::IAM::Role", Properties: rights }],
      [logicalIds.schedule(id), { Type: "AWS::Scheduler::Schedule", Properties: properties }],
    ];
  });
}
