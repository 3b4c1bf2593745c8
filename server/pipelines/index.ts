export { createPipelineCommands } from './pipeline-commands.ts';
