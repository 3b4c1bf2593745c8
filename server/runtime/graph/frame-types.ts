/** Whether an output of one frame type may feed an input of another: equal names, or an input that takes more. */
export function portsConnect(outputType: string, inputType: string): boolean {
  if (inputType === 'any' || outputType === inputType) return true;
  return inputType === 'AudioFrame<*>' && /^AudioFrame<\d+>$/.test(outputType);
}
