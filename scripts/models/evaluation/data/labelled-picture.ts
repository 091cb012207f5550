import type { Category } from '#libs/domain';

/** A picture of a data set, and what is true of it. */
export interface LabelledPicture {
  /** absolute path */
  path: string;
  /** for messages: `data.jsonl:12`, or the path */
  where: string;
  /** what it shows; every other category is absent, except those that are unsure */
  categories: readonly Category[];
  /** nobody knows whether it shows these: it counts neither for nor against them */
  unsure: readonly Category[];
  /** further columns, to look at parts of the data by themselves: `{ source: 'camera' }` */
  columns: Readonly<Record<string, string>>;
}

/** Why a data set is not evaluated with. */
export interface DataProblem {
  /** file and line, or the picture's path */
  where: string;
  what: string;
}

export interface UnusableData {
  code: 'unusable_data';
  /** every problem that was found, so that all can be put right at once */
  problems: DataProblem[];
}
