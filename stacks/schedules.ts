import type { Topology } from "backstep/topology";
import type { Functions } from "./functions.js";
import { logicalName } from "./names.js";
import { ownAccount, policyText } from "./permissions.js";

const principal = { Service: "scheduler.amazonaws.com" };
const byScheduler = policyText([{ Principal: principal, Action: "sts:AssumeRole", Condition: ownAccount }]);

/** Makes the schedules. An invocation that fails is not tried again: the next one is due soon. */
export function createSchedules({ schedules }: Topology, functions: Functions): void {
  for (const schedule of schedules) {
    new sst.aws.CronV2(logicalName(schedule.id, "schedule"), {
      schedule: schedule.expression as sst.aws.CronV2Args["schedule"],
      function: functions[schedule.function].arn,
      retries: 0,
      transform: { schedule: { name: schedule.name }, role: { assumeRolePolicy: byScheduler } },
    });
  }
}
