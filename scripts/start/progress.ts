import pc from 'picocolors';

/** What the terminal shows while the system runs: one line a step, with the seconds since the start. */
export class Progress {
  private readonly startedAt = performance.now();

  /** A step that is done, or one that takes a while and has begun. */
  step(line: string): void {
    this.print(line);
  }

  /** Something that the operator should look at; the system goes on. */
  warn(line: string): void {
    this.print(pc.yellow(line));
  }

  private print(line: string): void {
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(1);
    console.log(`${pc.dim(`${seconds.padStart(6)} s`)}  ${line}`);
  }
}
