export * from './event-bus.js';
export * from './dead-letter.js';
export * from './outcomes.js';
export * from './errors.js';
export * from './postgres/delivery-options.js';
export * from './postgres/postgres-bus.js';
