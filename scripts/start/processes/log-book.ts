import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import pc from 'picocolors';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { readLogLine } from './log-line.js';

/**
 * Where the apps' log lines go: each app's into a file of its own, `logs/<app>.log`, and what an operator should see
 * (warnings, errors, and whatever is no log line, such as the trace of a crash) onto the terminal too.
 */
export class LogBook {
  private readonly files = new Map<string, RotatingFileStream>();

  constructor(
    private readonly folder: string,
    private readonly verbose: boolean,
  ) {}

  /** Until its output ends. */
  follow(name: string, child: ChildProcess): void {
    for (const output of [child.stdout, child.stderr]) if (output) this.followStream(name, output);
  }

  fileOf(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }

  async close(): Promise<void> {
    await Promise.all([...this.files.values()].map((file) => new Promise<void>((done) => file.end(done))));
  }

  private followStream(name: string, output: Readable): void {
    const file = this.openFile(name);
    createInterface({ input: output, crlfDelay: Infinity }).on('line', (text) => {
      file.write(`${text}\n`);
      const line = readLogLine(text);
      if (this.verbose || line.isForOperator) console.log(`  ${pc.cyan(name.padEnd(8))} ${line.shown}`);
    });
  }

  private openFile(name: string): RotatingFileStream {
    const existing = this.files.get(name);
    if (existing) return existing;
    const file = createStream(`${name}.log`, { path: this.folder, size: '10M', maxFiles: 4, mode: 0o600 });
    // A full disk must not stop the apps: what cannot be written is still on the terminal.
    file.on('error', (error) => console.error(`${this.fileOf(name)}: ${error.message}`));
    this.files.set(name, file);
    return file;
  }
}
