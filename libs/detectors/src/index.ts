export { OverlayTextDetector, type OverlayTextOptions } from './overlay-text/overlay-text-detector.js';
export type { TextLine, TextReader } from './overlay-text/text-reader.js';
export { QrCodeDetector } from './qr-code/qr-code-detector.js';
