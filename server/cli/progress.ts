const INTERVAL_MS = 1000;

let timer: NodeJS.Timeout | undefined;
let isShown = false;

/** From a second on shows on a terminal for how long a command has been waiting, until something is printed. */
export function startProgress(name: string): void {
  if (!process.stderr.isTTY) return;
  let seconds = 0;
  const show = (): void => {
    isShown = true;
    seconds++;
    process.stderr.write(`\r\x1b[Kstreamlib ${name}: waiting, ${seconds} s`);
  };
  timer = setInterval(show, INTERVAL_MS).unref();
}

/** Leaves nothing of it on the screen. */
export function endProgress(): void {
  clearInterval(timer);
  if (isShown) process.stderr.write('\r\x1b[K');
  isShown = false;
}
