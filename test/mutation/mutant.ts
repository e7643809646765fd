/** A piece of source text that is replaced. */
export interface Patch {
  /** From the project's root. */
  readonly file: string;
  /** Exact source text; it occurs once. */
  readonly find: string;
  readonly replace: string;
}

/** A deliberate bug of the engine. */
export interface Mutant extends Patch {
  /** In kebab-case. */
  readonly name: string;
  /** What is wrong now, in a sentence, and what shows it where that is not obvious. */
  readonly bug: string;
  /** The guarantee that it breaks. */
  readonly breaks: "G1" | "G2" | "G3" | "G4" | "G5" | "G6" | "G7" | "G8" | "G9";
  /** Places that must change with it. */
  readonly also?: readonly Patch[];
}

/**
 * The text of a file with a mutant's patches to it.
 * @param file from the project's root
 * @throws Error that names the mutant whose text does not occur exactly once
 */
export function mutate(mutant: Mutant, file: string, text: string): string {
  return patchesOf(mutant)
    .filter((patch) => patch.file === file)
    .reduce((patched, { find, replace }) => {
      const times = patched.split(find).length - 1;
      if (times === 1) return patched.replace(find, () => replace);
      throw new Error(`The mutant "${mutant.name}" applies ${times} times to "${file}". Mend its \`find\`.`);
    }, text);
}

/** Every place that a mutant changes. */
export function patchesOf(mutant: Mutant): readonly Patch[] {
  return [mutant, ...(mutant.also ?? [])];
}
