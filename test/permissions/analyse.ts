import { type Need, needsOf } from "./aws-needs.js";
import { CallGraph, type Reached } from "./call-graph.js";
import { bundleOf, loadProgram, type Overlay } from "./load-program.js";
import { walkFramework, walkUsers } from "./walk-entry.js";

/** What each function is made of. */
export const functionEntries = ["lane", "timer", "watchdog", "dead-letter", "ingest"].map(fileOf);
/** What a client is made of. */
export const clientEntry = "test/permissions/client.ts";

/** The file that a function is bundled from. @param entry as a topology names it */
export function fileOf(entry: string): string {
  return `functions/${entry}.ts`;
}

/** What was found out about the bundles of some entries. */
export interface Analysis {
  /** What of the framework runs in an entry's bundle. */
  framework(entry: string): Reached;
  /** What the framework does there. */
  needs(entry: string): readonly Need[];
  /** What users' code in the lane function does, from what these files declare. */
  usersNeeds(declaring: readonly string[]): readonly Need[];
}

/** Bundles and reads entries. @param overlay texts in place of those of files */
export async function analyse(entries: readonly string[], overlay: Overlay = {}): Promise<Analysis> {
  const bundles = await Promise.all(entries.map((entry) => bundleOf(entry, overlay)));
  const graph = new CallGraph(loadProgram(entries, overlay));
  const bundleFor = (entry: string) => {
    const bundle = bundles.find((each) => each.entry === entry);
    if (bundle === undefined) throw new Error(`${entry} was not asked for.`);
    return bundle;
  };
  const reached = new Map(bundles.map((bundle) => [bundle.entry, walkFramework(graph, bundle)]));
  const framework = (entry: string) => reached.get(bundleFor(entry).entry) as Reached;
  return {
    framework,
    needs: (entry) => needsOf(framework(entry)),
    usersNeeds: (declaring) => needsOf(walkUsers(graph, bundleFor(fileOf("lane")), declaring)),
  };
}
