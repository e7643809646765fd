import { createClient } from "backstep/aws";

/** A client as a process of one's own has it. */
export const client = createClient({ sagas: [] });
