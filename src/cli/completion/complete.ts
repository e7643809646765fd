import { statuses } from "../../core/journal/status.js";
import type { Verb, VerbParameter } from "../verb.js";

/** A word that could stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  /** What shells that can show beside it. */
  readonly meaning?: string;
}

/** The words that could stand where the cursor is; `"files"` where the shell knows them. */
export type Completion = readonly Candidate[] | "files";

/** Where names come from; asked only where one is wanted. */
export interface Names {
  sagas(): Promise<readonly string[]>;
  /** The domain events that sagas wait for. */
  events(): Promise<readonly string[]>;
  /** The steps of sagas, also those that only group others. */
  steps(): Promise<readonly string[]>;
  /** The lanes that steps run in. */
  lanes(): Promise<readonly string[]>;
  /** `<saga>/<id>`, the newest first. */
  instances(): Promise<readonly string[]>;
  /** The stages that were deployed from here. */
  stages(): Promise<readonly string[]>;
}

/** What a command line may be made of. */
export interface Grammar {
  readonly verbs: readonly Verb[];
  readonly commonOptions: readonly VerbParameter[];
}

/**
 * Completes a command line.
 * @param words what follows `backstep`; the last one is being typed, perhaps empty
 */
export async function complete(
  words: readonly string[],
  grammar: Grammar,
  names: Names,
): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const { verb, open, position } = read(words.slice(0, -1), grammar);
  const [, flag, value] = /^(--[\w-]+=)(.*)$/s.exec(typed) ?? [];
  if (open !== undefined) return matching(await valuesOf(open, typed, names, grammar), typed);
  if (flag !== undefined && value !== undefined) {
    const option = optionOf(flag.slice(0, -1), verb, grammar);
    const found = option === undefined ? [] : await valuesOf(option, value, names, grammar);
    const whole = found === "files" ? [] : found.map((one) => ({ ...one, value: flag + one.value }));
    return matching(whole, typed);
  }
  if (verb === undefined && !typed.startsWith("-"))
    return matching(position === 0 ? verbsOf(grammar) : [], typed);
  const { args = [] } = verb ?? {};
  const arg = args[position] ?? args.findLast(({ flags }) => flags.includes("..."));
  if (typed.startsWith("-") || arg === undefined) return matching(optionsFor(verb, words, grammar), typed);
  return matching(await valuesOf(arg, typed, names, grammar), typed);
}

interface Place {
  readonly verb: Pick<Verb, "args" | "options"> | undefined;
  /** The option whose value is being typed. */
  readonly open: VerbParameter | undefined;
  /** How many arguments stand before; before the verb, how many words that are no verb. */
  readonly position: number;
}

function read(words: readonly string[], grammar: Grammar): Place {
  let verb: Place["verb"];
  let open: VerbParameter | undefined;
  let position = 0;
  for (const word of words) {
    const isValue = open !== undefined;
    open = undefined;
    if (isValue) continue;
    const option = optionOf(word, verb, grammar);
    const named = verb === undefined && position === 0 ? verbNamed(word, grammar) : undefined;
    if (option !== undefined) open = placeholderOf(option) === undefined ? undefined : option;
    else if (named !== undefined) verb = named;
    else if (!word.startsWith("-")) position += 1;
  }
  return { verb, open, position };
}

const help: Pick<Verb, "args" | "options"> = { args: [{ flags: "[command]", meaning: "the command" }] };

function verbNamed(word: string, { verbs }: Grammar): Place["verb"] {
  return word === "help" ? help : verbs.find(({ name }) => name === word);
}

function verbsOf({ verbs }: Grammar): Candidate[] {
  const named = verbs.map(({ name, summary }) => ({ value: name, meaning: summary }));
  return [...named, { value: "help", meaning: "print help for a command" }];
}

const helpOption: VerbParameter = { flags: "--help", meaning: "print help" };

function optionOf(word: string, verb: Place["verb"], { commonOptions }: Grammar): VerbParameter | undefined {
  return [...(verb?.options ?? []), ...commonOptions].find(({ flags }) => nameOf(flags) === word);
}

function optionsFor(verb: Place["verb"], words: readonly string[], { commonOptions }: Grammar): Candidate[] {
  return [...(verb?.options ?? []), ...commonOptions, helpOption]
    .map(({ flags, meaning }) => ({ value: nameOf(flags), meaning }))
    .filter(({ value }) => !words.slice(0, -1).includes(value));
}

/** `--store <file>` is named `--store`. */
function nameOf(flags: string): string {
  return flags.split(/[ ,]/).findLast((part) => part.startsWith("--")) ?? flags;
}

/** What stands in brackets: it says which values fit. */
function placeholderOf({ flags }: VerbParameter): string | undefined {
  return /[<[](.+)[>\]]/.exec(flags)?.[1]?.replace(/\.{3}$/, "");
}

async function valuesOf(
  parameter: VerbParameter,
  typed: string,
  names: Names,
  grammar: Grammar,
): Promise<Completion> {
  const placeholder = placeholderOf(parameter) ?? "";
  const isSaga = /^saga(?!\/)/.test(placeholder) || nameOf(parameter.flags) === "--saga";
  if (placeholder === "saga/id") return toCandidates(await names.instances());
  if (isSaga) return toCandidates(await names.sagas());
  if (nameOf(parameter.flags) === "--stage") return toCandidates(await names.stages());
  const isStep = placeholder === "step" || nameOf(parameter.flags) === "--step";
  if (isStep) return toCandidates(await names.steps());
  if (placeholder === "lane") return toCandidates(await names.lanes());
  if (placeholder === "event") return toCandidates(await names.events());
  if (placeholder === "status") return toCandidates(statuses);
  if (placeholder === "command") return verbsOf(grammar);
  if (placeholder.includes("|")) return toCandidates(placeholder.split("|"));
  const isFile = ["file", "folder", "backup"].includes(placeholder);
  return isFile || (placeholder === "json" && typed.startsWith("@")) ? "files" : [];
}

function toCandidates(values: readonly string[]): Candidate[] {
  return values.map((value) => ({ value }));
}

function matching(found: Completion, typed: string): Completion {
  return found === "files" ? found : found.filter(({ value }) => value.startsWith(typed));
}
