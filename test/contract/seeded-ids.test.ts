import { SeededIds } from "../../src/testing/seeded-ids.js";
import { describeIdSource } from "./id-source.contract.js";

describeIdSource("SeededIds", () => new SeededIds(7));
