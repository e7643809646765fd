import { defineEvent } from "backstep";
import { z } from "zod";

const about = z.object({ id: z.string() });

/** The customer has paid. */
export const Paid = defineEvent({ name: "trip.paid", payload: about.extend({ payment: z.string() }) });

/** A seat is booked: parcels and guides wait for it. */
export const Booked = defineEvent({ name: "trip.booked", payload: about });

/** A trip is on its way; guides wait for it. */
export const Departed = defineEvent({ name: "trip.departed", payload: about });

/** A trip has ended, in whichever way. */
export const Ended = defineEvent({ name: "trip.ended", payload: about.extend({ how: z.string() }) });

/** A courier is asked. */
export const Asked = defineEvent({ name: "parcel.asked", payload: about });

/** No courier is needed any more. */
export const Unasked = defineEvent({ name: "parcel.unasked", payload: about });

/** The courier comes. */
export const Accepted = defineEvent({ name: "parcel.accepted", payload: about });

/** The courier does not come. */
export const Declined = defineEvent({ name: "parcel.declined", payload: about.extend({ why: z.string() }) });
