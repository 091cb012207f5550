export { calibrate, type Calibration, calibrationSchema } from './packs/calibration.js';
export { loadPack, readManifest, sha256Of, type ModelPack } from './packs/load-pack.js';
export { type GraphStructure, readGraphStructure } from './packs/graph-structure.js';
export type { Manifest, Route } from './packs/manifest.js';
export { loadTextPack, readTextManifest, type TextPack } from './packs/load-text-pack.js';
export type { TextManifest } from './packs/text-manifest.js';
export { type PackKind, readPackKind } from './packs/pack-kind.js';
export type { Pack } from './packs/pack.js';
export { PackError, ProviderError } from './packs/pack-error.js';
export { InferencePool } from './pool/inference-pool.js';
export type {
  BatchReport,
  InferenceFailure,
  InferenceOptions,
  InferenceResult,
  InferenceStatus,
  PackOutput,
  TextOutput,
  TextResult,
  ThreadCrash,
} from './pool/contract.js';
export type { Provider } from './thread/protocol.js';
/** For benchmarks: what a session is opened with. */
export { sessionOptions } from './thread/session-options.js';
/** For benchmarks: a pack in the calling thread, which `run` blocks. Services go through the pool. */
export { PackSession } from './thread/pack-session.js';
export { TextSession } from './text/text-session.js';
export type { ReadOutput, TextLine } from './text/text-line.js';
export { defaultProbeLimits, type Look, type ProbeLimits, type ProbeReport } from './probe/contract.js';
export { probePack } from './probe/probe-pack.js';
/** For tools that run a pack's graph elsewhere. */
export { inputOf } from './thread/input-of.js';
