#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Half of what a short command costs is compiling itself; from the second on it is not.
enableCompileCache();
const { runCli } = await import('./cli/run-cli.ts');

// Whoever reads the output may stop reading: `streamlib events -f | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

process.exitCode = await runCli(process.argv.slice(2));
