/** The calls that one client has under way at once; as many sockets are kept open. */
export const callsMax = 50;

const agent = { keepAlive: true, maxSockets: callsMax };

/**
 * How our clients call AWS, unless they are told otherwise: a call fails, after three attempts, well before
 * the function that makes it is stopped. By itself the SDK waits for ever, and only warns of a late answer.
 */
export const clientDefaults = {
  maxAttempts: 3,
  requestHandler: {
    connectionTimeout: 1_000,
    requestTimeout: 3_000,
    throwOnRequestTimeout: true,
    socketTimeout: 3_000,
    httpAgent: agent,
    httpsAgent: agent,
  },
} as const;
