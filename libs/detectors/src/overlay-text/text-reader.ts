import type { Evidence, Pixels, Result } from '#libs/domain';

/** One line of writing, as it was read. */
export interface TextLine {
  text: string;
  /** 0–1 */
  confidence: number;
  box: Evidence['box'];
}

/** Reads what is written in a picture. It is asked side by side, and never throws for a picture. */
export interface TextReader {
  /** of the reading models; the same picture is read the same while it stays */
  readonly version: string;
  /** @param view its memory is taken over */
  read(
    view: Pixels,
    options: { deadlineMs: number },
  ): Promise<
    Result<
      TextLine[],
      { code: 'overloaded' | 'closed' | 'inference_failed' | 'deadline_exceeded'; detail: string }
    >
  >;
}
