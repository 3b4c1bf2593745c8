import type { LaneSighting } from '../lane/lane-heartbeat.ts';

/** A turn that is being watched. */
export interface TurnWatch {
  readonly sighting: LaneSighting;
  /** When it was first seen. */
  readonly sinceUs: number;
  readonly isReported: boolean;
}

/** What a look at a lane tells. */
export interface TurnVerdict {
  readonly kind: 'stalled' | 'recovered';
  readonly startNumber: number;
  readonly stalledForMs: number;
}

/** What is to be known at the next look, and what is to be told now. */
export interface TurnStep {
  readonly watch: TurnWatch | undefined;
  readonly verdict: TurnVerdict | undefined;
}

/**
 * Compares what a lane does with what it did when it was last looked at. A turn that lasts `limitMs` is told once, and
 * its end if it was told; without a limit nothing is. A turn is taken to begin when it is first seen, so that nothing
 * is told too early.
 */
export function watchTurn(
  watch: TurnWatch | undefined,
  sighting: LaneSighting,
  nowUs: number,
  limitMs: number | undefined,
): TurnStep {
  if (watch !== undefined && isSameTurn(watch.sighting, sighting)) {
    const stalledForMs = (nowUs - watch.sinceUs) / 1000;
    if (watch.isReported || limitMs === undefined || stalledForMs < limitMs)
      return { watch, verdict: undefined };
    const verdict = { kind: 'stalled', startNumber: sighting.startNumber, stalledForMs } as const;
    return { watch: { ...watch, isReported: true }, verdict };
  }
  const next = sighting.startNumber === 0 ? undefined : { sighting, sinceUs: nowUs, isReported: false };
  if (watch === undefined || !watch.isReported) return { watch: next, verdict: undefined };
  const { startNumber } = watch.sighting;
  const stalledForMs = (nowUs - watch.sinceUs) / 1000;
  return { watch: next, verdict: { kind: 'recovered', startNumber, stalledForMs } };
}

const isSameTurn = (a: LaneSighting, b: LaneSighting): boolean =>
  a.startNumber === b.startNumber && a.turns === b.turns;
