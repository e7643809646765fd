import type { Verb } from "./verb.js";
import { backup } from "./verbs/backup.js";
import { cancel } from "./verbs/cancel.js";
import { completion } from "./verbs/completion.js";
import { deploy } from "./verbs/deploy.js";
import { destroy } from "./verbs/destroy.js";
import { dev } from "./verbs/dev.js";
import { diagram } from "./verbs/diagram.js";
import { explore } from "./verbs/explore.js";
import { init } from "./verbs/init.js";
import { lint } from "./verbs/lint.js";
import { list } from "./verbs/list.js";
import { lock } from "./verbs/lock.js";
import { restore } from "./verbs/restore.js";
import { sagas } from "./verbs/sagas.js";
import { show } from "./verbs/show.js";
import { signal } from "./verbs/signal.js";
import { start } from "./verbs/start.js";
import { synth } from "./verbs/synth.js";
import { tail } from "./verbs/tail.js";
import { terminate } from "./verbs/terminate.js";
import { verify } from "./verbs/verify.js";
import { wait } from "./verbs/wait.js";

/** Every command, in the order of `backstep --help`. */
export const verbs: readonly Verb[] = [
  init,
  dev,
  start,
  signal,
  list,
  show,
  tail,
  wait,
  cancel,
  terminate,
  sagas,
  diagram,
  lint,
  lock,
  explore,
  deploy,
  destroy,
  synth,
  backup,
  verify,
  restore,
  completion,
];
