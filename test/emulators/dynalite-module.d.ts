declare module "dynalite" {
  import type { Server } from "node:http";

  /** DynamoDB in this process and in memory; tables are made and removed after these milliseconds. */
  export default function dynalite(options: { createTableMs: number; deleteTableMs: number }): Server;
}
