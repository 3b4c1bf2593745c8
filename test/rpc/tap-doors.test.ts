import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { TapLinkResponse } from '../../gen/ts/streamlib/v1/tap_pb.ts';
import { inputPort, outputPort } from '../../server/runtime/ids.ts';
import { CallError } from '../support/door.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';
import { TAP_DOORS, tapPath } from '../support/tap-doors.ts';

/** How many a runtime may have. */
const MOST_TAPS = 64;

type Told = TapLinkResponse['message'];

async function startTapped(): Promise<TestServer> {
  const server = await TestServer.start();
  const { runtime } = server;
  await runtime.addProcessor({ type: 'Emit', id: 'source' });
  await runtime.addProcessor({ type: 'NullSink', id: 'sink' });
  await runtime.connect(outputPort('source', 'data'), inputPort('sink', 'data'), { id: 'line' });
  return server;
}

/** Whether nobody else has a tap. */
async function mayOpenAll({ runtime: { taps } }: TestServer): Promise<boolean> {
  const tried = await Promise.allSettled(Array.from({ length: MOST_TAPS }, () => taps.open('line')));
  const opened = tried.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const one of opened) one[Symbol.dispose]();
  return opened.length === MOST_TAPS;
}

async function readAll(stream: AsyncGenerator<Told>): Promise<Told[]> {
  const told: Told[] = [];
  for await (const message of stream) told.push(message);
  return told;
}

/** What is the same whichever door it came through: kinds, sequence ids without gaps that nobody counted, the end. */
function assertTapped(told: readonly Told[], frames: number): void {
  const [started, ...rest] = told;
  assert.equal(started?.case === 'started' && started.value.frameType, 'DataFrame');
  const ending = rest.pop();
  assert.equal(ending?.case === 'ending' && ending.value.reason, 'count');
  const shown = rest.map((message) => {
    assert.equal(message.case, 'frame');
    const { frame, skipped, time, truncated } = (message as Extract<Told, { case: 'frame' }>).value;
    assert.equal(truncated, false);
    assert.ok(Math.abs(Number(time?.seconds) - Date.now() / 1000) < 60);
    const data = frame?.frame;
    assert.equal(data?.case, 'data');
    const { sequenceId, payload } = (data as Extract<typeof data, { case: 'data' }>).value;
    assert.deepEqual(payload.value?.values, [Number(sequenceId)]);
    return { sequence: Number(sequenceId), skipped: Number(skipped) };
  });
  assert.equal(shown.length, frames);
  for (const [i, { sequence, skipped }] of shown.entries()) {
    const before = shown[i - 1];
    assert.equal(skipped, before === undefined ? 0 : sequence - before.sequence - 1);
  }
}

describe('TapLink', () => {
  let server: TestServer;

  before(async () => {
    server = await startTapped();
    await server.runtime.start();
  });

  after(() => server.close());

  for (const [name, tap] of Object.entries(TAP_DOORS)) {
    it(`shows frames as they flow, decoded, through ${name}`, async () => {
      assertTapped(await readAll(tap(server.url, { linkId: 'line', maxRate: 500, count: 60n })), 60);
    });
  }

  for (const [name, tap] of Object.entries(TAP_DOORS).filter(([door]) => door !== 'WebSocket')) {
    for (const { what, request, code, reason } of [
      {
        what: 'a link that does not exist',
        request: { linkId: 'nothing' },
        code: 'not_found',
        reason: 'LINK_NOT_FOUND',
      },
      {
        what: 'a rate that is too high',
        request: { linkId: 'line', maxRate: 1001 },
        code: 'invalid_argument',
        reason: 'FIELD_INVALID',
      },
      {
        what: 'a rate below 0',
        request: { linkId: 'line', maxRate: -1 },
        code: 'invalid_argument',
        reason: 'FIELD_INVALID',
      },
      {
        what: 'a frame that is too large',
        request: { linkId: 'line', maxBytes: 4_000_001 },
        code: 'invalid_argument',
        reason: 'FIELD_INVALID',
      },
    ]) {
      it(`refuses ${what} through ${name}`, async () => {
        const error = await tap(server.url, request)
          .next()
          .catch((reason_: unknown) => reason_);
        assert.ok(error instanceof CallError, String(error));
        assert.deepEqual([error.code, error.reason], [code, reason]);
      });
    }
  }

  it('refuses before the first message with the status that the error has', async () => {
    const missing = await fetch(server.url + tapPath({ linkId: 'nothing' }));
    assert.equal(missing.status, 404);
    const wrong = await fetch(server.url + tapPath({ linkId: 'line', maxRate: 2000 }));
    assert.equal(wrong.status, 400);
    assert.match(await wrong.text(), /max_rate .*was 2000/);
    await missing.body?.cancel();
  });

  for (const [name, tap] of Object.entries(TAP_DOORS)) {
    it(`leaves nothing behind when its caller leaves, through ${name}`, async () => {
      const streams = Array.from({ length: 3 }, () => tap(server.url, { linkId: 'line', maxRate: 100 }));
      for (const stream of streams) assert.equal((await stream.next()).value?.case, 'started');
      for (const stream of streams) await stream.next();
      for (const stream of streams) await stream.return(undefined);
      await eventually(() => mayOpenAll(server), 'no tap is open');
    });
  }

  it('costs little when its caller never reads, and leaves nothing behind when the connection ends', async () => {
    const { runtime } = server;
    const config = { channel_length: 2000 };
    await runtime.addProcessor({ type: 'Emit', id: 'large', config });
    await runtime.addProcessor({ type: 'NullSink', id: 'large-sink' });
    await runtime.connect(outputPort('large', 'data'), inputPort('large-sink', 'data'), { id: 'wide' });
    const produced = async () => Number((await runtime.getLink('wide')).counters?.produced);
    const stalled = connect(server.port, '127.0.0.1');
    await once(stalled, 'connect');
    stalled.pause();
    stalled.write(`GET ${tapPath({ linkId: 'wide', maxRate: 1000 })} HTTP/1.1\r\nHost: a\r\n\r\n`);
    const before = await produced();
    // At 16 KB each far more than sockets and the tap itself hold.
    await eventually(async () => (await produced()) > before + 8_000, 'frames flow all the same', 20_000);
    stalled.destroy();
    await runtime.removeProcessor('large');
    await eventually(() => mayOpenAll(server), 'no tap is open');
  });

  it('answers at once while no frame flows', async () => {
    await using idle = await startTapped();
    const stream = TAP_DOORS.NDJSON?.(idle.url, { linkId: 'line' });
    assert.equal((await stream?.next())?.value.case, 'started');
    await stream?.return(undefined);
  });

  for (const name of ['gRPC', 'NDJSON', 'WebSocket'] as const) {
    const tap = TAP_DOORS[name] as (typeof TAP_DOORS)[string];
    it(`ends with a notice when the link is removed, through ${name}`, async () => {
      await using tapped = await startTapped();
      await tapped.runtime.start();
      const stream = tap(tapped.url, { linkId: 'line' });
      await stream.next();
      await tapped.runtime.removeProcessor('sink');
      const ending = (await readAll(stream)).at(-1);
      assert.equal(ending?.case === 'ending' && ending.value.reason, 'link_removed');
    });

    it(`ends with a notice when the server drains, through ${name}`, async () => {
      const tapped = await startTapped();
      await tapped.runtime.start();
      const stream = tap(tapped.url, { linkId: 'line' });
      await stream.next();
      const closed = tapped.close();
      const ending = (await readAll(stream)).at(-1);
      await closed;
      assert.equal(ending?.case === 'ending' && ending.value.reason, 'shutdown');
    });
  }
});
