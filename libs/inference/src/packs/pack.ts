import type { ModelPack } from './load-pack.js';
import type { TextPack } from './load-text-pack.js';

/** What a pool opens. */
export type Pack = ModelPack | TextPack;

export const isTextPack = (pack: Pack): pack is TextPack => 'kind' in pack && pack.kind === 'text-reader';
