// Counts what passed and what failed over several steps, so that the last line of a run can say it in one sentence.
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** Where steps that run as processes of their own add their counts; unset outside a run that sums them up. */
const file = process.env.SLUICE_TALLY;

export class Tally {
  passed = 0;
  failed = 0;

  add({ passed, failed }) {
    this.passed += passed;
    this.failed += failed;
  }

  /** The steps that wrote to the shared file, together. */
  static read(path) {
    const tally = new Tally();
    if (!existsSync(path)) return tally;
    for (const line of readFileSync(path, 'utf8').split('\n')) if (line) tally.add(JSON.parse(line));
    return tally;
  }

  /** As the very last line: other handlers and buffered output come before it. */
  printAtExit() {
    process.once('exit', () => {
      if (file) appendFileSync(file, `${JSON.stringify(this)}\n`);
      console.log(`${this.passed} passed, ${this.failed} failed`);
    });
  }
}
