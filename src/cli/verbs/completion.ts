import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { packageRoot } from "../package-root.js";
import { usage } from "../parse.js";
import type { Verb } from "../verb.js";

const shells: readonly string[] = ["bash", "zsh", "fish"];

/** `backstep completion`: what a shell needs to complete command lines. */
export const completion: Verb = {
  name: "completion",
  summary: "print what completes these commands in a shell",
  args: [{ flags: "[bash|zsh|fish]", meaning: "the shell (default: the one that SHELL names)" }],
  examples: ["backstep completion bash"],
  notes:
    "It completes commands, options, statuses, names of sagas, steps, lanes and events, and the newest\n" +
    "instances.\n" +
    "To install it:\n" +
    "  bash  echo 'source <(backstep completion bash)' >> ~/.bashrc\n" +
    "  zsh   echo 'source <(backstep completion zsh)' >> ~/.zshrc    # below compinit\n" +
    "  fish  backstep completion fish > ~/.config/fish/completions/backstep.fish\n" +
    "Where backstep is installed in projects alone, first: alias backstep='npx backstep'",
  noStage: "it prints a script",
  async run([named], _options, _session) {
    const shell = named ?? detectShell(process.env.SHELL);
    if (!shells.includes(shell)) {
      throw usage(`"${shell}" is not a shell that can be completed.`, `Use one of ${shells.join(", ")}.`);
    }
    const script = await readFile(join(packageRoot(), "templates/completion", `backstep.${shell}`), "utf8");
    return { json: { shell, script }, text: () => script.trimEnd() };
  },
};

function detectShell(path: string | undefined): string {
  const shell = basename(path ?? "");
  if (shells.includes(shell)) return shell;
  const problem = shell === "" ? "There is no SHELL to tell by." : `SHELL is "${path}".`;
  throw usage(
    `${problem} It is not known which shell to complete.`,
    `Name it: backstep completion ${shells.join("|")}.`,
  );
}
