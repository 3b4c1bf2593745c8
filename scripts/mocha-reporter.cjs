// Mocha's own spec reporter, which also tells the process that started mocha how many tests passed and failed.
const { Spec } = require('mocha').reporters;

const LEFT_AFTER_MS = 20_000;

module.exports = class CountingReporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      process.send?.({ passed: this.stats.passes, failed: this.stats.failures });
      // Only where something still runs by then.
      setTimeout(
        () => console.log('left:', process.getActiveResourcesInfo().join(', ')),
        LEFT_AFTER_MS,
      ).unref();
    });
  }
};
