import { hunt } from "./hunt.js";

// The hunt of a runner that was ended ends, too.
process.on("disconnect", () => process.exit());
process.send?.((await hunt()) ?? null, () => process.exit());
