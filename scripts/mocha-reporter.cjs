// Mocha's own spec reporter, which also tells the process that started mocha how many tests passed and failed.
const { Spec } = require('mocha').reporters;

module.exports = class CountingReporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      process.send?.({ passed: this.stats.passes, failed: this.stats.failures });
    });
  }
};
