#!/usr/bin/env node
import { runCli } from './cli/run-cli.ts';

// Whoever reads the output may stop reading: `streamlib events -f | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2));
