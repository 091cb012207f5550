import type { Pixels } from '#libs/domain';
import type { ModelPack } from '../packs/load-pack.js';
import type { ViewOutput } from '../thread/protocol.js';

/** What a pack that nobody knows may take while it is tried. */
export interface ProbeLimits {
  /** of the whole process that tries it, Node's own some 60 MB included */
  memoryMegabytes: number;
  /** for opening the graph and its first two runs */
  openSeconds: number;
  /** for one picture */
  lookSeconds: number;
}

export const defaultProbeLimits: ProbeLimits = { memoryMegabytes: 2_048, openSeconds: 60, lookSeconds: 30 };

/** One picture's answer and what it took, on one thread of a CPU. */
export interface Look extends ViewOutput {
  resizeMs: number;
  runMs: number;
  /** of all threads together, resize included */
  cpuMs: number;
}

export interface ProbeReport {
  /** until the graph was open and had run twice, in milliseconds */
  openMs: number;
  /** most memory that the pack took at once, beyond what Node takes, in megabytes */
  peakMegabytes: number;
  /** in the order of the pictures */
  looks: Look[];
}

/** Parent → child, each answered before the next. */
export type ProbeRequest = { kind: 'open'; pack: ModelPack } | { kind: 'look'; view: Pixels };

/** Child → parent. */
export type ProbeAnswer =
  | { kind: 'opened'; openMs: number }
  | { kind: 'looked'; look: Look; peakMegabytes: number }
  | { kind: 'refused'; reason: string };
