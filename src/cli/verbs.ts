import type { Verb } from "./verb.js";
import { audit } from "./verbs/audit.js";
import { backlog } from "./verbs/backlog.js";
import { backup } from "./verbs/backup.js";
import { cancel } from "./verbs/cancel.js";
import { completion } from "./verbs/completion.js";
import { deploy } from "./verbs/deploy.js";
import { destroy } from "./verbs/destroy.js";
import { dev } from "./verbs/dev.js";
import { diagram } from "./verbs/diagram.js";
import { dlq } from "./verbs/dlq.js";
import { doctor } from "./verbs/doctor.js";
import { explore } from "./verbs/explore.js";
import { history } from "./verbs/history.js";
import { init } from "./verbs/init.js";
import { lanes } from "./verbs/lanes.js";
import { lint } from "./verbs/lint.js";
import { list } from "./verbs/list.js";
import { lock } from "./verbs/lock.js";
import { mailbox } from "./verbs/mailbox.js";
import { pause } from "./verbs/pause.js";
import { pull } from "./verbs/pull.js";
import { quarantine } from "./verbs/quarantine.js";
import { replay } from "./verbs/replay.js";
import { resolve } from "./verbs/resolve.js";
import { restore } from "./verbs/restore.js";
import { resume } from "./verbs/resume.js";
import { retry } from "./verbs/retry.js";
import { sagas } from "./verbs/sagas.js";
import { shed } from "./verbs/shed.js";
import { show } from "./verbs/show.js";
import { signal } from "./verbs/signal.js";
import { start } from "./verbs/start.js";
import { stuck } from "./verbs/stuck.js";
import { synth } from "./verbs/synth.js";
import { tail } from "./verbs/tail.js";
import { terminate } from "./verbs/terminate.js";
import { timers } from "./verbs/timers.js";
import { tryVerb } from "./verbs/try.js";
import { verify } from "./verbs/verify.js";
import { wait } from "./verbs/wait.js";
import { waive } from "./verbs/waive.js";

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
  stuck,
  doctor,
  retry,
  resolve,
  waive,
  replay,
  pause,
  resume,
  shed,
  timers,
  mailbox,
  quarantine,
  audit,
  backlog,
  lanes,
  dlq,
  history,
  pull,
  tryVerb,
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
