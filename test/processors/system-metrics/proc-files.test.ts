import assert from 'node:assert/strict';
import {
  parseDiskstats,
  parseLoadavg,
  parseMeminfo,
  parseNetDev,
  parseProcStat,
} from '../../../server/processors/system-metrics/proc-files.ts';

describe('files of /proc', () => {
  it('stat: idle and waiting for disks is not busy, and guest time counts once', () => {
    const text = [
      'cpu  100 10 50 800 40 5 5 10 60 6',
      'cpu0 50 5 25 400 20 2 3 5 30 3',
      'cpu1 50 5 25 400 20 3 2 5 30 3',
      'intr 12345 0 9',
      'ctxt 99',
    ].join('\n');
    assert.deepEqual(parseProcStat(text), {
      cpu: { busy: 180, total: 1020 },
      cores: [
        { busy: 90, total: 510 },
        { busy: 90, total: 510 },
      ],
    });
  });

  it('meminfo: used is total without available', () => {
    const text = 'MemTotal:       16000000 kB\nMemFree:         1000000 kB\nMemAvailable:   12000000 kB\n';
    assert.deepEqual(parseMeminfo(text), { usedBytes: 4_000_000 * 1024, totalBytes: 16_000_000 * 1024 });
  });

  it('loadavg: the three averages', () => {
    assert.deepEqual(parseLoadavg('0.52 1.03 2.75 3/812 40960\n'), [0.52, 1.03, 2.75]);
  });

  it('net/dev: sums the wanted interfaces, also without a space after the colon', () => {
    const text = [
      'Inter-|   Receive                                                |  Transmit',
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
      '    lo: 9000 9 0 0 0 0 0 0 9000 9 0 0 0 0 0 0',
      '  eth0:1000 1 0 0 0 0 0 0 200 1 0 0 0 0 0 0',
      ' wlan0: 30 1 0 0 0 0 0 0 4 1 0 0 0 0 0 0',
    ].join('\n');
    assert.deepEqual(
      parseNetDev(text, (name) => name !== 'lo'),
      { inBytes: 1030, outBytes: 204 },
    );
  });

  it('diskstats: sums sectors of 512 bytes of the wanted devices', () => {
    const text = [
      '   8       0 sda 100 0 2000 50 200 0 4000 80 0 100 130 0 0 0 0 0 0',
      '   8       1 sda1 100 0 2000 50 200 0 4000 80 0 100 130 0 0 0 0 0 0',
      ' 259       0 nvme0n1 10 0 8 5 20 0 16 8 0 10 13',
    ].join('\n');
    assert.deepEqual(
      parseDiskstats(text, (name) => name !== 'sda1'),
      { inBytes: 2008 * 512, outBytes: 4016 * 512 },
    );
  });
});
