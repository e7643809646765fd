import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { errorCatalogue, renderErrorReference } from "../../src/errors/catalogue.js";
import { catalogueRule, referenceRule } from "./rules/errors.js";
import { barrelRule, docstringRule, exportAllRule } from "./rules/exports.js";
import { layerRule } from "./rules/layers.js";
import { pathRule, skipRule, titleRule } from "./rules/names.js";
import { purityRule } from "./rules/purity.js";
import { sizeRule } from "./rules/sizes.js";
import { type Rule, readTree, report } from "./rules/source.js";

const root = join(import.meta.dirname, "../..");
const files = readTree(root);

const referencePage = join(root, "docs/reference/errors.md");
const reference = existsSync(referencePage) ? readFileSync(referencePage, "utf8") : undefined;

const rules: Readonly<Record<string, Rule>> = {
  "imports point down": layerRule,
  "core is pure, and only adapters have clocks, chance and timers": purityRule,
  "files, functions and lines are small": sizeRule,
  "exports are named": exportAllRule,
  "no file imports the barrel of its own folder": barrelRule,
  "every exported symbol has a docstring": docstringRule,
  "the error catalogue is complete": (tree) => catalogueRule(tree, Object.keys(errorCatalogue)),
  "the error reference is up to date": () => referenceRule(reference, renderErrorReference(errorCatalogue)),
  "paths say what is in them": pathRule,
  "skipped tests have a reason": skipRule,
  "test titles are facts": titleRule,
};

describe("the tree", () => {
  it.each(Object.entries(rules))("keeps the rule: %s", (_, rule) => {
    const violations = rule(files);
    if (violations.length > 0) expect.fail(`${violations.length} found\n${report(violations)}`);
  });
});
