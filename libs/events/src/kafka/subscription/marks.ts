/** What is known of a stretch of offsets behind the committed one, both ends included. */
export interface Mark {
  from: number;
  to: number;
  /** `working`: in a handler's hands; `suspect`: was so when its consumer died, and waits; `done`: nothing to do */
  state: 'done' | 'working' | 'suspect';
  /** tries that were begun; 0 for `done` */
  tries: number;
}

/** What a commit says beside its offset. Marks are ascending and do not overlap. */
export interface CommitNote {
  /** who wrote it: one subscription's life */
  owner: string;
  marks: Mark[];
}

/** Brokers refuse longer ones: offset.metadata.max.bytes. */
const mostBytes = 4_096;
const version = 'm1';
const letterOf = { done: 'D', working: 'W', suspect: 'S' } as const;
const stateOf: Record<string, Mark['state']> = { D: 'done', W: 'working', S: 'suspect' };
/** Beyond these somebody else wrote the note. */
const mostCovered = 10_000_000;
const mostTries = 1_000_000;

/**
 * A commit's metadata, ASCII: version, owner and the marks, each as letter, distance from the end of the mark before it,
 * `+` further offsets, `*` tries, in base 36. What becomes too long loses detail in the order of its worth: first what
 * is done (it is done again), then gaps between marks of the same kind (what lies in them comes alone, though it need
 * not), last the marks of the fewest tries.
 */
export const encodeNote = (committed: number, { owner, marks }: CommitNote): string => {
  let text = written(committed, owner, marks);
  if (text.length <= mostBytes) return text;
  let left = marks.filter(({ state }) => state !== 'done');
  for (;;) {
    for (let gap = 1; gap < mostCovered; gap *= 4) {
      text = written(committed, owner, merged(left, gap));
      if (text.length <= mostBytes) return text;
    }
    const fewest = Math.min(...left.map(({ tries }) => tries));
    left = left.filter(({ tries }) => tries > fewest);
  }
};

/** Undefined for whatever was not written by `encodeNote`. */
export const decodeNote = (
  committed: number,
  metadata: string | null | undefined,
): CommitNote | undefined => {
  const [found, owner, items, ...more] = (metadata ?? '').split(' ');
  if (found !== version || !owner || items === undefined || more.length > 0) return undefined;
  const marks: Mark[] = [];
  let end = committed;
  for (const item of items === '' ? [] : items.split(',')) {
    const mark = readMark(end, item);
    if (!mark || mark.to - committed > mostCovered) return undefined;
    marks.push(mark);
    end = mark.to + 1;
  }
  return { owner, marks };
};

/** How many events behind the committed offset are done, or in a handler's hands: they do not wait. */
export const takenBy = (committed: number, metadata: string | null | undefined): number =>
  (decodeNote(committed, metadata)?.marks ?? [])
    .filter(({ state }) => state !== 'suspect')
    .reduce((sum, { from, to }) => sum + to - from + 1, 0);

const written = (committed: number, owner: string, marks: Mark[]): string => {
  let end = committed;
  const items = marks.map(({ from, to, state, tries }) => {
    const item =
      letterOf[state] +
      (from - end).toString(36) +
      (to > from ? `+${(to - from).toString(36)}` : '') +
      (tries > 0 ? `*${tries.toString(36)}` : '');
    end = to + 1;
    return item;
  });
  return `${version} ${owner} ${items.join(',')}`;
};

const pattern = /^([DWS])([\da-z]{1,10})(?:\+([\da-z]{1,10}))?(?:\*([\da-z]{1,10}))?$/;

const readMark = (end: number, item: string): Mark | undefined => {
  const [, letter, distance, further, times] = pattern.exec(item) ?? [];
  if (!letter || distance === undefined) return undefined;
  const from = end + Number.parseInt(distance, 36);
  const tries = times === undefined ? 0 : Number.parseInt(times, 36);
  const state = stateOf[letter]!;
  if ((tries === 0) !== (state === 'done') || tries > mostTries) return undefined;
  return { from, to: from + (further === undefined ? 0 : Number.parseInt(further, 36)), state, tries };
};

/** Neighbours of the same kind become one where no more than `gap` offsets lie between them. */
const merged = (marks: Mark[], gap: number): Mark[] => {
  const result: Mark[] = [];
  for (const mark of marks) {
    const last = result.at(-1);
    if (last && last.state === mark.state && last.tries === mark.tries && mark.from - last.to <= gap)
      last.to = mark.to;
    else result.push({ ...mark });
  }
  return result;
};
