// Processes of their own cannot load TypeScript: they take what the build made.
export { PostgresBus } from '../../../dist/libs/events/src/index.js';
export { createLogger } from '../../../dist/libs/platform/src/index.js';
