import type { Answer } from './vector-store.js';

/** Rows in one piece of memory, which is handed over: vectors one after the other. */
export interface PackedRows {
  contentIds: string[];
  groups: string[];
  /** numbers of each vector; −1: forget it */
  lengths: Int32Array;
  halves: Uint16Array;
}

/** What the thread is asked. Each message has one answer, in order. */
export type Request =
  | { kind: 'load' | 'add'; rows: PackedRows }
  | { kind: 'search'; group: string; halves: Uint16Array; leaveOut: string[]; limit: number };

/** `load`: whether more is wanted. `add`: true. */
export type Response = boolean | Answer;

/** What the thread is started with. */
export interface StoreOptions {
  maxBytes: number;
}
