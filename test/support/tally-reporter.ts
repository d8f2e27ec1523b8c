import { writeSync } from 'node:fs';
import type { AggregatedResult, Reporter } from '@jest/reporters';

/** Ends the output with one line that a machine can read: `N passed, N failed`, and how many were skipped, if any. */
export default class TallyReporter implements Pick<Reporter, 'onRunComplete'> {
  onRunComplete(_contexts: unknown, results: AggregatedResult): void {
    // A file that cannot even be loaded has no tests to count, and is no success.
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const tally = `${results.numPassedTests} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`;
    // Jest prints its own summary after every other reporter.
    process.once('exit', () => writeSync(1, `${tally}\n`));
  }
}
