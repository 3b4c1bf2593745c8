// npm run check: every check runs, even after one has failed; exits with 1 if any did.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checks } from './checks.mjs';

/** Runs every check, prints what each says, and returns how many passed and failed. */
export function runChecks(root) {
  const failed = [];
  for (const check of checks) {
    const startMs = performance.now();
    const outcome = attempt(() => check.run(root));
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const note = outcome.note === undefined ? '' : `: ${outcome.note}`;
    console.log(`${outcome.error === undefined ? 'ok  ' : 'FAIL'} ${check.name}${note} (${seconds} s)`);
    if (outcome.error === undefined) continue;
    failed.push(check.name);
    console.log(outcome.error.message.replaceAll(/^/gm, '     '));
  }
  if (failed.length > 0) console.log(`failed checks: ${failed.join(', ')}`);
  return { passed: checks.length - failed.length, failed: failed.length };
}

function attempt(run) {
  try {
    return { note: run() };
  } catch (error) {
    return { error };
  }
}

if (import.meta.main) {
  const { passed, failed } = runChecks(dirname(dirname(fileURLToPath(import.meta.url))));
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
