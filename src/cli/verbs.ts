import type { Verb } from "./verb.js";
import { cancel } from "./verbs/cancel.js";
import { dev } from "./verbs/dev.js";
import { explore } from "./verbs/explore.js";
import { lint } from "./verbs/lint.js";
import { list } from "./verbs/list.js";
import { lock } from "./verbs/lock.js";
import { show } from "./verbs/show.js";
import { signal } from "./verbs/signal.js";
import { start } from "./verbs/start.js";

/** Every command, in the order of `backstep --help`. */
export const verbs: readonly Verb[] = [dev, start, signal, list, show, cancel, lint, lock, explore];
