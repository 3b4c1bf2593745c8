import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import * as native from '../../native/index.ts';
import { testAddon } from '../../native/testing/index.ts';

// The functions as JavaScript sees them, without their types.
type Untyped = Record<string, (...args: unknown[]) => unknown>;
const addon = createRequire(import.meta.url)('../../native/build/Release/streamlib.node') as Untyped;

describe('the native addon, misused', () => {
  const open = native.segmentCreate(1);
  const closed = native.segmentCreate(1);
  native.segmentClose(closed);
  const foreign = testAddon.segmentMap(native.segmentFd(open));

  for (const { call, args, want } of [
    {
      call: 'segmentCreate',
      args: [],
      want: 'args[0]: expected a whole number from 1 to 17179869184, was undefined',
    },
    {
      call: 'segmentCreate',
      args: ['1'],
      want: 'args[0]: expected a whole number from 1 to 17179869184, was "1"',
    },
    {
      call: 'segmentCreate',
      args: [0],
      want: 'args[0]: expected a whole number from 1 to 17179869184, was 0',
    },
    {
      call: 'segmentCreate',
      args: [1.5],
      want: 'args[0]: expected a whole number from 1 to 17179869184, was 1.5',
    },
    {
      call: 'segmentCreate',
      args: [Number.NaN],
      want: 'args[0]: expected a whole number from 1 to 17179869184, was NaN',
    },
    {
      call: 'segmentCreate',
      args: [2 ** 40],
      want: 'args[0]: expected a whole number from 1 to 17179869184, was 1099511627776',
    },
    {
      call: 'segmentOpen',
      args: [{}],
      want: 'args[0]: expected a whole number from 0 to 4294967295, was an object',
    },
    {
      call: 'segmentOpen',
      args: [4e9],
      want: 'args[0]: expected the id of a segment that is open in this process, was 4000000000',
    },
    {
      call: 'segmentAttach',
      args: [-1],
      want: 'args[0]: expected a whole number from 0 to 2147483647, was -1',
    },
    { call: 'segmentId', args: [], want: 'args[0]: expected a segment handle, was undefined' },
    { call: 'segmentId', args: [null], want: 'args[0]: expected a segment handle, was null' },
    { call: 'segmentId', args: [{}], want: 'args[0]: expected a segment handle, was an object' },
    { call: 'segmentId', args: [[1]], want: 'args[0]: expected a segment handle, was an array' },
    { call: 'segmentId', args: [foreign], want: 'args[0]: expected a segment handle, was another handle' },
    { call: 'segmentId', args: [closed], want: 'args[0]: expected an open segment, was a closed one' },
    { call: 'segmentFd', args: [closed], want: 'args[0]: expected an open segment, was a closed one' },
    { call: 'segmentBuffer', args: [closed], want: 'args[0]: expected an open segment, was a closed one' },
    { call: 'segmentClose', args: [closed], want: 'args[0]: expected an open segment, was a closed one' },
    {
      call: 'doorbellWait',
      args: [closed, 0, 1],
      want: 'args[0]: expected an open segment, was a closed one',
    },
    {
      call: 'doorbellWait',
      args: [open, 256, 1],
      want: 'args[1]: expected a whole number from 0 to 255, was 256',
    },
    {
      call: 'doorbellWait',
      args: [open, 0, 1001],
      want: 'args[2]: expected milliseconds from 0 to 1000, was 1001',
    },
    {
      call: 'doorbellWait',
      args: [open, 0, Number.NaN],
      want: 'args[2]: expected milliseconds from 0 to 1000, was NaN',
    },
    {
      call: 'doorbellWake',
      args: [open, -1],
      want: 'args[1]: expected a whole number from 0 to 255, was -1',
    },
    { call: 'doorbellListen', args: [open, 0, 7], want: 'args[2]: expected a function, was 7' },
    {
      call: 'doorbellUnlisten',
      args: [open, 'a'.repeat(50)],
      want: 'args[1]: expected a whole number from 0 to 255, was a string of 50 bytes',
    },
    {
      call: 'poolGrow',
      args: [open, 0, 0],
      want: 'args[2]: expected a whole number from 1 to 2147483648, was 0',
    },
    {
      call: 'laneReclaim',
      args: [open, 1n],
      want: 'args[1]: expected a whole number from 0 to 255, was a symbol or a bigint',
    },
    { call: 'threadSetNice', args: [20], want: 'args[0]: expected a whole number from -20 to 19, was 20' },
    { call: 'threadSetRealtime', args: [0], want: 'args[0]: expected a whole number from 1 to 99, was 0' },
  ] as const)
    it(`${call}: ${want}`, () => {
      assert.throws(() => addon[call]?.(...args), new TypeError(`${call}.${want}`));
    });

  it('refuses descriptors that are none of a segment', () => {
    const text = /^segmentAttach\.args\[0\]: expected the descriptor of a segment, but: /;
    for (const fd of [0, 1_000_000]) assert.throws(() => native.segmentAttach(fd), { message: text });
  });

  it('tells of no function that native.ts does not declare, and lacks none', () => {
    const declared = Object.entries(native).filter(([name]) => name in addon);
    assert.deepEqual(declared.map(([name]) => name).sort(), Object.keys(addon).sort());
  });

  it('lets one lane have one listener', () => {
    native.doorbellListen(open, 9, () => {});
    assert.throws(() => native.doorbellListen(open, 9, () => {}), {
      message: 'doorbellListen.args[1]: expected a lane that nobody listens for, was 9',
    });
    native.doorbellUnlisten(open, 9);
    native.doorbellListen(open, 9, () => {});
    native.doorbellUnlisten(open, 9);
    native.doorbellUnlisten(open, 9);
  });
});
