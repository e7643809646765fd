import { SystemIds } from "../../src/system/system-ids.js";
import { describeIdSource } from "./id-source.contract.js";

describeIdSource("SystemIds", () => new SystemIds());
