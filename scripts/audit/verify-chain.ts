import { type DataSource, genesisHash, type SealableEntry, sealHash } from '#libs/database';

/** A place in the chain that an auditor remembers: the hash there vouches for all that lies before it. */
export interface Head {
  sequence: number;
  /** 64 hexadecimal digits */
  hash: string;
}

export type Trouble =
  /** seals are missing: the chain goes on after a gap */
  | { kind: 'seal_missing'; sequence: number; detail: string }
  /** the entry that was sealed here is gone */
  | { kind: 'entry_missing'; sequence: number; detail: string }
  /** the seal does not continue the one before it: rows were exchanged, or sealed anew */
  | { kind: 'not_linked'; sequence: number; detail: string }
  /** entry or seal are not what was sealed */
  | { kind: 'changed'; sequence: number; detail: string }
  /** the chain ends before, or says something else at, a place that was remembered */
  | { kind: 'unexpected_head'; sequence: number; detail: string }
  /** entries that should have been sealed long ago */
  | { kind: 'unsealed'; sequence: null; detail: string };

export interface VerifyOptions {
  /** the first sequence to recompute; the hash before it is believed */
  from: number;
  expectedHeads: Head[];
  /** entries without a seal that are older are a fault, in seconds */
  unsealedLimitSeconds: number;
  /** stop after so many */
  mostTroubles: number;
  /** seals read at once */
  pageSize: number;
}

export interface Verification {
  /** seals that were recomputed */
  checked: number;
  /** the last seal; null where there is none */
  head: Head | null;
  /** by sequence; empty: nothing is wrong */
  troubles: Trouble[];
  /** entries without a seal, whatever their age */
  unsealed: number;
}

interface Row extends Omit<SealableEntry, 'id'> {
  sequence: string;
  entryId: string;
  previousHash: Buffer;
  hash: Buffer;
  sealedAt: Date;
  /** null: the entry is gone */
  id: string | null;
}

/**
 * Reads the whole chain from `from` on, a page at a time, and recomputes it. Entries may be written and sealed
 * meanwhile: those are looked at too, as far as the last page saw them.
 */
export const verifyChain = async (dataSource: DataSource, options: VerifyOptions): Promise<Verification> => {
  const walk = new Walk(options, await hashBefore(dataSource, options.from));
  for (let after = options.from - 1; ;) {
    const page = await readPage(dataSource, after, options.pageSize);
    for (const row of page) walk.visit(row);
    if (page.length < options.pageSize || walk.isOver) break;
    after = Number(page.at(-1)!.sequence);
  }
  if (!walk.isOver) walk.arrive();
  const unsealed = await unsealedEntries(dataSource, options.unsealedLimitSeconds);
  if (unsealed.late > 0)
    walk.troubles.push({
      kind: 'unsealed',
      sequence: null,
      detail: `${unsealed.late} entries have no seal ${options.unsealedLimitSeconds} s after they were written, the first ${unsealed.first}: their seals were removed, or no review app seals`,
    });
  return { checked: walk.checked, head: walk.head, troubles: walk.troubles, unsealed: unsealed.count };
};

/** One pass along the chain. After a fault it goes on from what the seal itself says, so that each is told once. */
class Walk {
  readonly troubles: Trouble[] = [];
  checked = 0;
  head: Head | null = null;
  private expected: number;
  private readonly heads: Map<number, string>;

  constructor(
    private readonly options: VerifyOptions,
    private previous: Buffer | undefined,
  ) {
    this.expected = options.from;
    this.heads = new Map(options.expectedHeads.map(({ sequence, hash }) => [sequence, hash]));
    if (options.from > 1 && !previous)
      this.tell('seal_missing', options.from - 1, 'there is no such seal to begin after');
  }

  get isOver(): boolean {
    return this.troubles.length >= this.options.mostTroubles;
  }

  visit(row: Row): void {
    if (this.isOver) return;
    const sequence = Number(row.sequence);
    const isGap = sequence !== this.expected;
    if (isGap) this.tell('seal_missing', this.expected, gapOf(this.expected, sequence - 1));
    // Behind a gap nothing can be known of the link: what was before it is gone.
    else if (this.previous && !row.previousHash.equals(this.previous))
      this.tell(
        'not_linked',
        sequence,
        'it does not continue the seal before it: rows were exchanged or sealed anew',
      );
    const { id } = row;
    if (id === null) this.tell('entry_missing', sequence, `the entry ${row.entryId} is gone`);
    else if (!fits({ ...row, id }, sequence))
      this.tell('changed', sequence, `the entry ${id} or its seal is not what was sealed`);
    this.compareHead(sequence, row.hash.toString('hex'));
    this.previous = row.hash;
    this.expected = sequence + 1;
    this.checked++;
    this.head = { sequence, hash: row.hash.toString('hex') };
  }

  /** At the end of the chain: places that were remembered and never came. */
  arrive(): void {
    for (const sequence of this.heads.keys()) {
      if (sequence >= this.expected)
        this.tell('unexpected_head', sequence, `the chain ends at ${this.expected - 1}: its end was cut off`);
      else if (sequence < this.options.from)
        this.tell('unexpected_head', sequence, `it lies before ${this.options.from}, where this run began`);
    }
  }

  private compareHead(sequence: number, hash: string): void {
    const remembered = this.heads.get(sequence);
    if (remembered === undefined) return;
    this.heads.delete(sequence);
    if (remembered !== hash)
      this.tell('unexpected_head', sequence, `its hash is ${hash}: the chain was written anew up to here`);
  }

  private tell(kind: Exclude<Trouble['kind'], 'unsealed'>, sequence: number, detail: string): void {
    if (!this.isOver) this.troubles.push({ kind, sequence, detail });
  }
}

const gapOf = (first: number, last: number): string =>
  last > first ? `the seals ${first} to ${last} are missing` : `the seal ${first} is missing`;

const fits = (row: Row & { id: string }, sequence: number): boolean => {
  try {
    return sealHash(row.previousHash, sequence, row.sealedAt, row).equals(row.hash);
  } catch {
    // What cannot be hashed was never sealed.
    return false;
  }
};

/** Undefined where there is no such seal. audit_seal_pkey. */
const hashBefore = async (dataSource: DataSource, from: number): Promise<Buffer | undefined> => {
  if (from === 1) return genesisHash;
  const rows: { hash: Buffer }[] = await dataSource.query('SELECT hash FROM audit_seal WHERE sequence = $1', [
    from - 1,
  ]);
  return rows[0]?.hash;
};

/** audit_seal_pkey from `after` on, audit_entry_pkey for each. */
const readPage = (dataSource: DataSource, after: number, limit: number): Promise<Row[]> =>
  dataSource.query(
    `SELECT seal.sequence, seal.entry_id AS "entryId", seal.previous_hash AS "previousHash", seal.hash,
            seal.sealed_at AS "sealedAt", entry.id, entry.at, entry.actor_kind AS "actorKind",
            entry.actor_id AS "actorId", entry.act, entry.subject_kind AS "subjectKind",
            entry.subject_id AS "subjectId", entry.details
     FROM audit_seal AS seal LEFT JOIN audit_entry AS entry ON entry.id = seal.entry_id
     WHERE seal.sequence > $1 ORDER BY seal.sequence LIMIT $2`,
    [after, limit],
  );

/** Looks at every entry, whatever the sealer believes to have done: a look like this is what this program is for. */
const unsealedEntries = async (
  dataSource: DataSource,
  limitSeconds: number,
): Promise<{ count: number; late: number; first: string | null }> => {
  const rows: { count: number; late: number; first: string | null }[] = await dataSource.query(
    `SELECT count(*)::integer AS count, (count(*) FILTER (WHERE is_late))::integer AS late,
            (array_agg(id ORDER BY at, id) FILTER (WHERE is_late))[1] AS first
     FROM (
       SELECT id, at, at < clock_timestamp() - make_interval(secs => $1) AS is_late
       FROM audit_entry AS entry WHERE NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = entry.id)) AS unsealed`,
    [limitSeconds],
  );
  return rows[0]!;
};
