export * from './policy-book.js';
export * from './checked-policy.js';
export * from './policy-changes.js';
export * from './policy-yaml.js';
export * from './scorer-beacon.js';
