/** The calls behind the commands, where their names say something else. */
const METHODS: Readonly<Record<string, string>> = {
  addProcessor: 'ProcessorService/CreateProcessor',
  removeProcessor: 'ProcessorService/DeleteProcessor',
  updateProcessor: 'ProcessorService/UpdateProcessor',
  replaceProcessor: 'ProcessorService/ReplaceProcessor',
  pauseProcessor: 'ProcessorService/PauseProcessor',
  resumeProcessor: 'ProcessorService/ResumeProcessor',
  restartProcessor: 'ProcessorService/RestartProcessor',
  connect: 'LinkService/CreateLink',
  disconnect: 'LinkService/DeleteLink',
  updateLink: 'LinkService/UpdateLink',
  start: 'RuntimeService/StartRuntime',
  stop: 'RuntimeService/StopRuntime',
  pause: 'RuntimeService/PauseRuntime',
  resume: 'RuntimeService/ResumeRuntime',
  applyGraph: 'RuntimeService/ApplyGraph',
  replanGraph: 'RuntimeService/ReplanGraph',
  rollbackGraph: 'RuntimeService/RollbackGraph',
};

/** The call that sends a command, as `ProcessorService/CreateProcessor`; what sends none is named as it is. */
export const methodOf = (command: string): string => METHODS[command] ?? command;
