import { appendFileSync } from 'node:fs';
import type { FaultKind } from './schedule.js';

/** One fault as it was done. Times are milliseconds since the epoch. */
export interface DoneFault {
  kind: FaultKind;
  /** what exactly: which process, how, for how long */
  what: string;
  from: number;
  /** when the cause was gone: the server runs again, the proxy lets everything pass, another process was started */
  until: number;
  /** when every process said that it is ready again; null where it had not by the end of the run */
  recoveredAt: number | null;
  /** which of them was the last */
  last: string | undefined;
}

/** A gateway's life that ended with allows in its memory. */
export interface GatewayEnd {
  gateway: string;
  at: number;
  how: 'killed' | 'ended in order';
  /** allows that waited for the bus, as its metric said at `readAt`; null where it did not answer */
  waiting: number | null;
  readAt: number;
}

export interface FaultLog {
  faults: DoneFault[];
  gatewayEnds: GatewayEnd[];
  /** orderly ends that were none: the exit code was not 0, or it had to be killed */
  roughEnds: string[];
}

/** When what was done: beside the client's log, a JSON line an entry. */
export class FaultRecorder {
  readonly log: FaultLog = { faults: [], gatewayEnds: [], roughEnds: [] };

  constructor(private readonly file: string) {}

  fault(done: DoneFault): void {
    this.log.faults.push(done);
    this.write(done);
  }

  gatewayEnd(end: GatewayEnd): void {
    this.log.gatewayEnds.push(end);
    this.write(end);
  }

  roughEnd(what: string): void {
    this.log.roughEnds.push(what);
    this.write({ roughEnd: what });
  }

  private write(entry: object): void {
    appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}
