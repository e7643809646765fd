import { SystemIds } from "../../src/local/system-ids.js";
import { describeIdSource } from "./id-source.contract.js";

describeIdSource("SystemIds", () => new SystemIds());
