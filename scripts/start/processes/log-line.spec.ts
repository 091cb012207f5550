import { describe, expect, it } from '@jest/globals';
import { readLogLine } from './log-line.js';

describe('A line of an app on the terminal', () => {
  it('is kept off it when it is routine', () => {
    expect(readLogLine('{"level":"info","msg":"listening"}')).toEqual({
      shown: 'info  listening',
      isForOperator: false,
    });
  });

  it('tells what happened and why, when it is an error', () => {
    const line = '{"level":"error","msg":"the bus is out of reach","err":{"message":"connection refused"}}';
    expect(readLogLine(line)).toEqual({
      shown: 'error the bus is out of reach: connection refused',
      isForOperator: true,
    });
  });

  it('is shown as it is when it is no log line, such as the trace of a crash', () => {
    expect(readLogLine('    at main.js:3:1')).toEqual({ shown: '    at main.js:3:1', isForOperator: true });
    expect(readLogLine('{ broken').isForOperator).toBe(true);
  });
});
