import { SagaError } from "backstep";

/** The error that a call throws. @throws where it throws none */
export function caught(call: () => unknown): SagaError {
  try {
    call();
  } catch (error) {
    if (error instanceof SagaError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown.");
}
