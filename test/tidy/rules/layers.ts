import { type Import, importsOf, type SourceFile, type Violation } from "./source.js";

/** errors ← core ← ports ← runtime ← { aws | local } ← testing ← cli: imports go to lower ranks. */
const ranks: Readonly<Record<string, number>> = {
  errors: 0,
  core: 1,
  ports: 2,
  participant: 3,
  runtime: 3,
  system: 3, // the clock and the randomness of the machine
  "index.ts": 3.5, // the public door: what a handler bundles, so no adapter is behind it
  aws: 4,
  local: 4,
  testing: 5,
  cli: 6,
};

/** The only folder of `src` that may import a package. */
const owners = [
  { packages: /^(@libsql\/|libsql$)/, owner: "local" },
  { packages: /^@(aws-sdk|smithy)\//, owner: "aws" },
];

const openToSagas =
  /^(backstep(\/(aws|local|participant|testing|topology))?|@aws-sdk\/client-dynamodb|zod(\/.*)?|node:.*)$/;

type Finding = Pick<Violation, "problem" | "fix"> | undefined;

/** By the folder at the top. */
const checks: Readonly<Record<string, (layer: string, found: Import) => Finding>> = {
  src: checkFramework,
  sagas: checkSaga,
  bench: checkBench,
};

/**
 * Imports point down, adapters do not know each other, sagas use the public doors alone, and nothing but its
 * tests knows the bench.
 */
export function layerRule(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const [top = "", layer = ""] = file.path.split("/");
    const check = checks[top];
    if (!check) return [];
    if (top === "src" && ranks[layer] === undefined) return [unranked(file.path)];
    return importsOf(file).flatMap((found) => {
      const finding = check(layer, found);
      return finding ? [{ ...finding, path: file.path, line: found.line }] : [];
    });
  });
}

function unranked(path: string): Violation {
  const fix =
    "move it into a folder of src that has one, or give its folder one in test/tidy/rules/layers.ts.";
  return { path, line: 1, problem: "The file is in no layer that has a rank.", fix };
}

function checkFramework(layer: string, { specifier, target }: Import): Finding {
  if (target === undefined) return checkPackage(layer, specifier);
  if (target === "package.json") return undefined;
  const [top, other = ""] = target.split("/");
  if (top !== "src") {
    return { problem: `src imports "${specifier}", outside of src.`, fix: "move what is needed into src." };
  }
  if (other === layer || (ranks[other] ?? Number.POSITIVE_INFINITY) < (ranks[layer] ?? 0)) return undefined;
  return {
    problem: `src/${layer} imports src/${other}, which is not below it.`,
    fix: `move what is needed to src/${layer} or lower, or put a port in src/ports between the two.`,
  };
}

function checkPackage(layer: string, specifier: string): Finding {
  if (/^backstep(\/|$)/.test(specifier)) {
    return {
      problem: `src imports its own package "${specifier}".`,
      fix: "import the module by a relative path.",
    };
  }
  const owner = owners.find(({ packages }) => packages.test(specifier))?.owner;
  if (owner === undefined || owner === layer) return undefined;
  return {
    problem: `src/${layer} imports "${specifier}".`,
    fix: `only src/${owner} may; reach it through a port of src/ports.`,
  };
}

function checkSaga(_folder: string, { specifier, target }: Import): Finding {
  if (target === undefined ? openToSagas.test(specifier) : target.startsWith("sagas/")) return undefined;
  return {
    problem: `A saga imports "${specifier}".`,
    fix: "import backstep and its doors, @aws-sdk/client-dynamodb, zod, node: and files of sagas/ only.",
  };
}

/** The bench measures what lies behind the doors; the peers in a folder of their own come with packages. */
function checkBench(layer: string, { specifier, target }: Import): Finding {
  const isOpen =
    target === undefined
      ? layer === "peers" || /^(zod|esbuild|fflate|node:.*)$/.test(specifier)
      : /^(src|bench|test\/(aws-e2e|budget|emulators))\//.test(target);
  if (isOpen) return undefined;
  return {
    problem: `The bench imports "${specifier}".`,
    fix: "import zod, esbuild, fflate, node:, files of src and bench, and what test runs on emulators.",
  };
}
