/** A corner, in shares of the picture's width and height: [0, 0] is top left, [1, 1] bottom right. */
type Corner = [x: number, y: number];

/** One line of writing, as it was read. */
export interface TextLine {
  text: string;
  /** 0–1: the mean over its characters */
  confidence: number;
  /** clockwise from what is the writing's own top left */
  box: [Corner, Corner, Corner, Corner];
}

/** What was read in one picture. */
export interface ReadOutput {
  /** as one would read them: from top to bottom, from left to right */
  lines: TextLine[];
  /** lines that were seen and not read, since the picture had more than a look may cost, or its time was over */
  leftOut: TextLine['box'][];
  /** how many of those were left out for want of time only */
  tooLate: number;
}
