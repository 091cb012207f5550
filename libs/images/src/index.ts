export { ByteBudget } from './byte-budget.js';
export type { ImageFacts } from './facts.js';
export { imageLimitFields, imageLimits } from './limit-fields.js';
export { defaultImageLimits, type ImageLimits } from './limits.js';
export type { ImageRefusal } from './refusal.js';
export { inspect } from './inspect/inspect.js';
export { decode, mostViews, type DecodedImage, type DecodeTarget } from './decode/decode.js';
export { mostViewBytes } from './decode/view-size.js';
export { renderPreview, type PreviewOptions } from './preview.js';
