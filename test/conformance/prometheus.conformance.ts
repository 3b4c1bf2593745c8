import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { inputPort, outputPort } from '../../server/runtime/index.ts';
import { eventually } from '../support/eventually.ts';
import { TestServer } from '../support/server.ts';

/** Prints each family with its type and how many samples it has. */
const PARSE = `
import sys
from prometheus_client.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    assert family.documentation, family.name
    print(family.name, family.type, len(family.samples))
`;

describe('/metrics', () => {
  it("is read by Prometheus' own parser in Python, with every family of its type", async () => {
    await using server = await TestServer.start();
    const { runtime } = server;
    await runtime.addProcessor({ type: 'SineGenerator', id: 'tone' });
    await runtime.addProcessor({ type: 'LevelMeter', id: 'meter' });
    await runtime.connect(outputPort('tone', 'audio'), inputPort('meter', 'audio'));
    await runtime.start();
    await eventually(
      async () => ((await runtime.getProcessor('meter')).metrics?.framesIn ?? 0n) > 0n,
      'frames flow',
    );
    const input = await (await fetch(`${server.url}/metrics`)).text();
    const { status, stdout, stderr } = spawnSync('python', ['-c', PARSE], { input, encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    const families = new Set(stdout.trimEnd().split('\n'));
    // NB: the parser takes the ending of counters off.
    for (const family of [
      'streamlib_processor_frames_in counter 3',
      'streamlib_link_frames_delivered counter 1',
      'streamlib_link_capacity_frames gauge 1',
      'streamlib_info gauge 1',
      'process_cpu_seconds counter 1',
    ])
      assert.ok(families.has(family), `${family} must be among ${stdout}`);
    assert.match(stdout, /^streamlib_processor_process_seconds summary \d+$/m);
    assert.match(stdout, /^streamlib_path_latency_seconds summary \d+$/m);
  });
});
