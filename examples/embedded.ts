// A runtime inside a program of one's own: node examples/embedded.ts [--own-loop]
// Prints how loud a tone is until Ctrl-C.
import { inputPort, outputPort, StreamRuntime } from '../server/index.ts';

// A host with a loop of its own (a game, a user interface) calls pollCommands itself.
const hasOwnLoop = process.argv.includes('--own-loop');

const runtime = await StreamRuntime.create({ autoPoll: !hasOwnLoop });
const timer = hasOwnLoop ? setInterval(() => runtime.pollCommands(), 10) : undefined;

const tone = await runtime.addProcessor({ type: 'SineGenerator', config: { amplitude: 0.5 } });
const meter = await runtime.addProcessor({ type: 'LevelMeter', config: { interval_ms: 200 } });
await runtime.connect(outputPort(tone.processorId, 'audio'), inputPort(meter.processorId, 'audio'));

using _levels = runtime.events.subscribe(`processor:${meter.processorId}`, ({ payload }) => {
  if (payload.case !== 'custom') return;
  const level = payload.value.data?.rms_db;
  if (typeof level === 'number') console.log(`${level.toFixed(1)} dB`);
});

await runtime.start();
await runtime.waitForSignal();
await runtime.close();
clearInterval(timer);
