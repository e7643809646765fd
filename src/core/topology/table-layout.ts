/** Keys, index and time to live of the table. All keys are texts. */
export const tableLayout = {
  partitionKey: "pk",
  sortKey: "sk",
  /** Epoch seconds. */
  timeToLiveAttribute: "expiresAt",
  /** By watch time: of heads alone, for only they have its keys. */
  index: {
    name: "watch",
    partitionKey: "watch",
    sortKey: "watchSort",
    attributes: [
      "version",
      "fingerprint",
      "startedAt",
      "deadlineAt",
      "tags",
      "status",
      "reason",
      "step",
      "n",
      "settled",
      "watchAt",
      "heals",
      "updatedAt",
      "rev",
      "expiresAt",
    ],
  },
} as const;
