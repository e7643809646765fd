/**
 * What the compiler says to a misuse. Each is the type that stands where the wrong thing was written, so its
 * text is in the error message. The type tests assert the texts.
 */

/** A name that was used before. */
export type NameTaken<Name extends string> =
  `The name "${Name}" is taken: names are unique over the whole saga, branches included.`;

/** Two branches that use one name. */
export type BranchNameTaken<Name extends string> =
  `Two branches have a step named "${Name}": names are unique over the whole saga, branches included.`;

/** A name of type `string`: its result could not be typed. */
export type NameNotLiteral = 'A step\'s name is a literal, such as "reserve": its result gets that name.';

/** A second pivot. */
export type SecondPivot = "A saga has one pivot, and this one has it already: make this a step.";

/** A pivot in a branch. */
export type PivotInBranch = "A branch has no pivot: the point of no return belongs to the whole saga.";

/** A step without a way back where one is needed. */
export type CompensateMissing =
  'Before the pivot a step says how it is undone: compensate is a function, "none" or "readOnly".';

/** A wait without a way back where one is needed. */
export type WaitCompensateMissing =
  'Before the pivot a wait says how an accepted event is undone: compensate is a function or "none".';

/** A way back where there is none. */
export type CompensateAfterPivot =
  "From the pivot on nothing is undone: leave compensate out, the step is retried instead.";

/** A shared step without a way back, placed where one is needed. */
export type SharedStepWithoutCompensate =
  "This step has no compensate, so it can stand after the pivot only.";

/** An emit before the pivot that does not say how it is taken back. */
export type TakeBackMissing =
  'Before the pivot emit has a fourth argument, how it is taken back: { event, payload } or "none".';

/** An emit after the pivot that says how it is taken back. */
export type TakeBackAfterPivot =
  "After the pivot an emitted event is not taken back: leave the fourth argument out.";

/** A saga without steps. */
export type NoSteps = "A saga has at least one step.";

/** Something in a branch that belongs to the saga. */
export type NotInBranch = "A branch is returned as it is: build and onEnd belong to the saga.";

/**
 * What stands in the place of a method that cannot be called here: the compiler quotes it with its sentence.
 */
export interface NotHere<_Sentence> {
  readonly "cannot be called here"?: never;
}

/** A service that a saga needs and the configuration does not have. */
export type ServiceMissing<
  Service extends string,
  Saga extends string,
> = `The services have no "${Service}", which the saga "${Saga}" needs.`;
