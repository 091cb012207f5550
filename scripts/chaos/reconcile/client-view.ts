import type { Attempt, Begun, JournalEntry } from '../load/journal.js';

/** All that the client knows of one upload. */
export interface ClientUpload {
  begun: Begun;
  attempts: Attempt[];
  /** what it was told first; undefined where nobody ever answered */
  answer: NonNullable<Attempt['answer']> | undefined;
  /** whether its caller gave up at least once */
  gaveUp: boolean;
}

export const clientView = (journal: JournalEntry[]): ClientUpload[] => {
  const uploads = new Map<number, ClientUpload>();
  for (const entry of journal) {
    if (entry.kind === 'begun') {
      uploads.set(entry.number, { begun: entry, attempts: [], answer: undefined, gaveUp: false });
      continue;
    }
    const upload = uploads.get(entry.upload)!;
    if (entry.kind === 'given-up') upload.gaveUp = true;
    else {
      upload.attempts.push(entry);
      upload.answer ??= entry.answer ?? undefined;
    }
  }
  return [...uploads.values()];
};
