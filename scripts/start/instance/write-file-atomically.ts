import { rename, writeFile } from 'node:fs/promises';

/** Readers see the old file or the whole new one. For what may hold secrets: only the owner can read it. */
export const writeFileAtomically = async (file: string, text: string): Promise<void> => {
  const unfinished = `${file}.${process.pid}.tmp`;
  await writeFile(unfinished, text, { mode: 0o600 });
  await rename(unfinished, file);
};
