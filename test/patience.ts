import { jest } from '@jest/globals';

/** Milliseconds: a bound on tests that hang, not on slow ones; the machine may be busy with others. */
jest.setTimeout(60_000);
