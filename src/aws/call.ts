import { awsError, type CallPlace } from "./aws-error.js";

/** Makes a call. @throws SagaError CREDENTIALS_MISSING, AWS_UNREACHABLE, AWS_DENIED, or what AWS says */
export async function call<Found>(place: CallPlace, send: () => Promise<Found>): Promise<Found> {
  try {
    return await send();
  } catch (error) {
    throw awsError(error, place);
  }
}
