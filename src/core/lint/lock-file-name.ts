/** The lock file's name; it lies beside the configuration. */
export const lockFileName = "sagas.lock.json";
