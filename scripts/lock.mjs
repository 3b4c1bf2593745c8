// One process at a time: a folder that only one can make, with the holder's process id in its name.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const POLL_MS = 100;
const TAKEOVER_STALE_MS = 10_000;

/**
 * Calls `work` while no other process is inside `withLock` for the same path, waits for its turn before.
 * A lock whose holder has died is taken over. Blocks the thread; made for scripts.
 */
export function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  acquire(path);
  try {
    return work();
  } finally {
    rmdirSync(holderFolder(path, process.pid));
    rmdirSync(path);
  }
}

// The lock is the folder; the holder's id is an empty folder in it. Both steps are atomic, no file can be half written.
function acquire(path) {
  let told = false;
  while (!tryMake(path)) {
    const holder = holderOf(path);
    if (holder === 'gone' || (holder !== undefined && !isAlive(holder))) takeOver(path);
    else if (!told && holder !== undefined) {
      told = true;
      console.error(`streamlib: waiting for process ${holder}, which is preparing this checkout`);
    }
    sleep(POLL_MS);
  }
  mkdirSync(holderFolder(path, process.pid));
}

// Two waiters may see the same dead holder: only the one that makes the second folder clears the lock away.
function takeOver(path) {
  const takeover = `${path}.takeover`;
  if (!tryMake(takeover)) {
    if (ageMs(takeover) > TAKEOVER_STALE_MS) tryRemove(takeover);
    return;
  }
  const holder = holderOf(path);
  if (typeof holder === 'number' && !isAlive(holder)) tryRemove(holderFolder(path, holder));
  if (holder === 'gone' || (typeof holder === 'number' && !isAlive(holder))) tryRemove(path);
  rmdirSync(takeover);
}

// The holder's process id; undefined while it is just being taken or released; 'gone' when that never ended.
function holderOf(path) {
  try {
    const [holder] = readdirSync(path);
    if (holder !== undefined) return Number(holder);
    return ageMs(path) > TAKEOVER_STALE_MS ? 'gone' : undefined;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function holderFolder(path, pid) {
  return join(path, String(pid));
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return !isZombie(pid);
}

// In a container whose first process collects nobody, a dead process keeps its id for ever.
function isZombie(pid) {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/, ''));
  } catch {
    return false;
  }
}

function ageMs(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? 0 : Date.now() - found.mtimeMs;
}

function tryMake(path) {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function tryRemove(path) {
  try {
    rmdirSync(path);
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTEMPTY') throw error;
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
