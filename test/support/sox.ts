import { spawnSync } from 'node:child_process';

/** Runs sox, the reference for sound in these tests, and answers with what it printed. */
export function sox(...args: string[]): { stdout: Buffer; stderr: string } {
  const result = spawnSync('sox', args, { maxBuffer: 64 * 1024 * 1024 });
  if (result.error !== undefined) {
    throw new Error(`these tests compare with sox, which must be installed: ${result.error.message}`);
  }
  const stderr = result.stderr.toString();
  if (result.status !== 0) throw new Error(`sox ${args.join(' ')} failed: ${stderr}`);
  return { stdout: result.stdout, stderr };
}

/** The samples of a sound file as sox reads them: interleaved, full scale 1. */
export function soxSamples(path: string): Float32Array {
  const { stdout } = sox(path, '-t', 'raw', '-e', 'floating-point', '-b', '32', '-L', '-');
  return new Float32Array(stdout.buffer.slice(stdout.byteOffset, stdout.byteOffset + stdout.length));
}

/** One figure of `sox -n stat`. */
export function soxStat(path: string, figure: string): number {
  const { stderr } = sox(path, '-n', 'stat');
  const line = stderr.split('\n').find((text) => text.replace(/\s+/g, ' ').startsWith(`${figure}:`));
  return Number(line?.split(':')[1]);
}
