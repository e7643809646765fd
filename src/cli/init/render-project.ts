import { readdir, readFile } from "node:fs/promises";
import { join, sep } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { packageRoot } from "../package-root.js";

/** A file of a new project; `path` is relative to it, with `/`. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** What differs from one new project to another. */
export interface ProjectNames {
  /** The saga's. */
  readonly saga: string;
  /** The package's, as npm takes it. */
  readonly package: string;
  /** Where npm finds this package: a version, or `file:` and a path. */
  readonly backstep: string;
}

/** The files of a new project: those of `templates/project`, whose saga is called `order`. */
export async function renderProject(names: ProjectNames): Promise<ProjectFile[]> {
  const root = join(packageRoot(), "templates/project");
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = found
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
  const files = paths.map(async (path) => {
    const text = await readFile(join(root, path), "utf8");
    return {
      path: targetPath(path.split(sep).join("/"), names.saga),
      text: path === "package.json" ? fillPackage(text, names) : fillText(text, names),
    };
  });
  return (await Promise.all(files)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** npm leaves a file named `.gitignore` out of packages. */
function targetPath(path: string, saga: string): string {
  return path === "gitignore" ? ".gitignore" : path.replace("sagas/order/", `sagas/${saga}/`);
}

function fillText(text: string, names: ProjectNames): string {
  return rename(
    text.replace('"my-project"', () => JSON.stringify(deployedName(names.package))),
    names.saga,
  );
}

/** The package's name as resources can be named. */
function deployedName(name: string): string {
  const plain = name
    .replace(/^@[^/]*\//, "")
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, 30);
  return plain === "" ? "my-project" : plain;
}

/** `order` by itself is the saga's name; at the beginning of an identifier it takes that one's form. */
function rename(text: string, saga: string): string {
  const camel = saga.replace(/[_-]+(.)?/g, (_, letter = "") => letter.toUpperCase());
  const pascal = camel.charAt(0).toUpperCase() + camel.slice(1);
  return text
    .replace(/\border(?=[A-Z])/g, pascal.charAt(0).toLowerCase() + pascal.slice(1))
    .replace(/\bOrder(?=[A-Z])/g, pascal)
    .replace(/\border\b/g, saga);
}

/** Versions are this package's own, so that a new project gets what this one was tested with. */
function fillPackage(text: string, names: ProjectNames): string {
  const { engines, devDependencies } = packageJson;
  const versions: Readonly<Record<string, string>> = { ...devDependencies, backstep: names.backstep };
  const pinned = (list: object) =>
    Object.fromEntries(Object.keys(list).map((name) => [name, versions[name] ?? "*"]));
  const template = JSON.parse(text);
  const filled = {
    ...template,
    name: names.package,
    engines,
    dependencies: pinned(template.dependencies),
    devDependencies: pinned(template.devDependencies),
  };
  return `${JSON.stringify(filled, null, 2)}\n`;
}
