import { createWriteStream, type WriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Verdict } from '#libs/domain';
import type { PlannedUpload } from './plan.js';

/** One request as the client saw it. Times are milliseconds since the epoch. */
export interface Attempt {
  kind: 'attempt';
  upload: number;
  /** which gateway was asked */
  gateway: string;
  sentAt: number;
  endedAt: number;
  /** null where there was no answer */
  status: number | null;
  /** of the problem document, or of the connection's error */
  code: string | null;
  /** what it said, unless it was a problem */
  answer: { id: string; verdict: Verdict | null; final: boolean } | null;
}

/** Written before the first try: what was going to be sent. */
export interface Begun extends PlannedUpload {
  kind: 'begun';
  sha256: string;
}

/** The caller gave up: the last word was a refusal that may pass, or nothing. */
export interface GivenUp {
  kind: 'given-up';
  upload: number;
  at: number;
}

export type JournalEntry = Begun | Attempt | GivenUp;

/** The client's own log, a JSON line an entry: what the end is reconciled from. */
export class Journal {
  private readonly stream: WriteStream;

  constructor(readonly file: string) {
    this.stream = createWriteStream(file, { flags: 'a' });
  }

  write(entry: JournalEntry): void {
    this.stream.write(`${JSON.stringify(entry)}\n`);
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.stream.end(resolve));
  }
}

export const readJournal = async (file: string): Promise<JournalEntry[]> =>
  (await readFile(file, 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JournalEntry);
