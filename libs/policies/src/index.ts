export * from './policy-book.js';
export * from './checked-policy.js';
