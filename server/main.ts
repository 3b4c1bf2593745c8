#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// A short command spends most of its time on loading itself, which takes less from the second time on.
enableCompileCache();
const { runCli } = await import('./cli/run-cli.ts');

// Whoever reads the output may stop reading: `streamlib events -f | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2));
