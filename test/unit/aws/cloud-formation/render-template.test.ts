import type { Lanes } from "backstep";
import { compileTopology } from "backstep/topology";
import { describe, expect, it } from "vitest";
import { renderTemplate } from "../../../../src/aws/cloud-formation/render-template.js";
import { type Template, templateText } from "../../../../src/aws/cloud-formation/template.js";
import { countResources } from "../../../../src/core/topology/check-topology.js";
import { cycleOf, dependenciesOf, evaluate } from "./evaluate.js";
import { code, renderSample, sampleConfig } from "./samples.js";

describe.each<Lanes>(["shared", "per-step"])("the template of the order saga (lanes: %s)", (lanes) => {
  const { topology, template } = renderSample(lanes);
  const graph = dependenciesOf(template);

  it("has as many resources as the check of the topology counts", () => {
    expect(Object.keys(template.Resources)).toHaveLength(countResources(topology));
  });

  it("refers to nothing that is not there", () => {
    const ids = Object.keys(template.Resources);
    const named = [...graph.values()].flat();
    expect(named.filter((id) => !ids.includes(id))).toEqual([]);
    for (const { Properties } of Object.values(template.Resources)) evaluate(Properties, template);
    for (const { Value } of Object.values(template.Outputs)) evaluate(Value, template);
  });

  it("has an order in which everything can be made", () => {
    expect(cycleOf(graph)).toBeUndefined();
  });

  it("has one resource for each of the topology, and those that these need", () => {
    const { queues, functions, mappings, rules, schedules, alarms, topic } = topology;
    const named = rules.flatMap(({ id }) => queues.filter((queue) => queue.rules.includes(id)));
    expect(countTypes(template)).toEqual({
      "AWS::DynamoDB::Table": 1,
      "AWS::SQS::Queue": queues.length,
      "AWS::SQS::QueuePolicy": new Set(named).size,
      "AWS::Lambda::Function": functions.length,
      "AWS::Logs::LogGroup": functions.length,
      "AWS::IAM::Role": functions.length + schedules.length,
      "AWS::Lambda::EventInvokeConfig": 1,
      "AWS::Lambda::EventSourceMapping": mappings.length,
      "AWS::Events::EventBus": 1,
      "AWS::Events::Rule": rules.length,
      "AWS::Scheduler::Schedule": schedules.length,
      "AWS::SNS::Topic": 1,
      "AWS::SNS::TopicPolicy": 1,
      "AWS::SNS::Subscription": topic.emails.length,
      "AWS::CloudWatch::Alarm": alarms.length,
    });
  });

  it("has logical ids of letters and digits", () => {
    const odd = Object.keys(template.Resources).filter((id) => !/^[A-Z][A-Za-z0-9]{0,254}$/.test(id));
    expect(odd).toEqual([]);
  });

  it("keeps the table, and nothing else, when the stack is deleted", () => {
    const kept = Object.entries(template.Resources).filter(([, resource]) => "DeletionPolicy" in resource);
    expect(kept.map(([id]) => id)).toEqual(["Table"]);
    expect(template.Resources.Table).toMatchObject({
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    });
  });

  it("tags every resource that can have tags", () => {
    const untaggable = ["QueuePolicy", "TopicPolicy", "EventInvokeConfig", "Subscription", "Schedule"];
    const expected = Object.entries(topology.tags).map(([Key, Value]) => ({ Key, Value }));
    const resources = Object.values(template.Resources);
    const taggable = resources.filter(({ Type }) => !untaggable.includes(Type.split("::")[2] ?? ""));
    for (const { Type, Properties } of taggable) expect([Type, Properties.Tags]).toEqual([Type, expected]);
    expect(resources.filter(({ Properties }) => "Tags" in Properties)).toHaveLength(taggable.length);
    expect(expected).toContainEqual({ Key: "team", Value: "shop" });
  });

  it("is the same text, to the byte, for the same topology", () => {
    expect(templateText(renderSample(lanes).template)).toBe(templateText(template));
    expect(JSON.parse(templateText(template))).toEqual(template);
  });

  it("tells the next deployment its versions and the most shards there ever were", () => {
    expect(template.Metadata.Backstep).toEqual({
      v: 1,
      name: topology.name,
      sagas: [{ saga: "order", version: 1, fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) }],
      indexShardsEver: 32,
    });
  });
});

describe("what cannot be rendered", () => {
  const topology = compileTopology(sampleConfig("shared"), { stage: "dev" });

  it("is refused where an entry has no bundle, and named", () => {
    const { lane: _, ...keys } = code.keys;
    expect(() => renderTemplate(topology, { ...code, keys })).toThrow(/functions\/lane.*\[BUNDLE_FAILED\]/);
  });

  it("is refused where two names differ in hyphens and capitals alone", () => {
    const subscribers = { "data-lake": ["order.completed"], dataLake: ["order.cancelled"] };
    const twins = compileTopology({ ...sampleConfig("shared"), aws: { subscribers } }, { stage: "dev" });
    expect(() => renderTemplate(twins, code)).toThrow(/"ToDataLakeQueue".*\[TOPOLOGY_INVALID\]/);
  });
});

describe("the checks of this file", () => {
  it("find a cycle", () => {
    const graph = new Map([
      ["A", ["B"]],
      ["B", ["C"]],
      ["C", ["B"]],
    ]);
    expect(cycleOf(graph)).toEqual(["B", "C", "B"]);
  });

  it("find a reference to what is not there", () => {
    const { template } = renderSample("shared");
    expect(() => evaluate({ Ref: "Nowhere" }, template)).toThrow("Nowhere");
    expect(() => evaluate({ "Fn::Sub": `arn:\${Nowhere}` }, template)).toThrow("Nowhere");
    expect(() => evaluate({ "Fn::GetAtt": ["AlarmTopicPolicy", "Arn"] }, template)).toThrow(
      "AlarmTopicPolicy",
    );
  });
});

function countTypes({ Resources }: Template): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { Type } of Object.values(Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}
