// Mocha's own spec reporter, which also tells the process that started mocha how many tests passed, and which failed.
const { Spec } = require('mocha').reporters;

const LEFT_AFTER_MS = 20_000;

module.exports = class CountingReporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    const failures = [];
    runner.on('fail', (test, error) => {
      failures.push({ file: test.file, title: test.fullTitle(), message: error.message ?? String(error) });
    });
    runner.once('end', () => {
      process.send?.({ passed: this.stats.passes, failures });
      // Only where something still runs by then.
      setTimeout(
        () => console.log('left:', process.getActiveResourcesInfo().join(', ')),
        LEFT_AFTER_MS,
      ).unref();
    });
  }
};
