import type { FaultLog, GatewayEnd } from '../faults/fault-log.js';
import type { ClientUpload } from './client-view.js';

/** What docs/adr/0004 promises: allows reach the ledger's topic at the latest this long after the answer … */
const collectedMs = 200;
/** … in batches of at most so many, one of which may be on its way. */
const batchSize = 100;
/** Beside what the ledger promises: timers and clocks under a load that keeps all cores busy. */
const slackMs = 1_500;
/** A bus that is back is found again by its clients within this. */
const reconnectMs = 15_000;

export interface LostAllows {
  /** answers `allow`, final, that the ledger does not know */
  lost: number;
  /** what may be lost at most, by the gateways that ended and what they held */
  bound: number;
  /** of the lost ones those that no gateway's end explains */
  unexplained: string[];
}

/**
 * A gateway that is killed loses the allows that it collected and has not published; so does one that ends in order
 * while the bus is away. Nothing else may lose one.
 */
export const explainLostAllows = (
  lost: ClientUpload[],
  all: ClientUpload[],
  { faults, gatewayEnds }: FaultLog,
  bus: 'kafka' | 'postgres',
): LostAllows => {
  const outages = faults.filter(({ kind }) => kind === 'stop broker' || kind.endsWith(` ${bus}`));
  const exposures = gatewayEnds.map((end) => {
    const isOutage = outages.some(({ from, until }) => from <= end.at && end.at <= until + reconnectMs);
    const mayLose = end.how === 'killed' || isOutage;
    const from = exposedFrom(end, outages);
    const sinceRead = all.filter(({ attempts }) =>
      attempts.some(
        (each) => each.gateway === end.gateway && each.sentAt <= end.at && each.endedAt >= end.readAt,
      ),
    ).length;
    // Where the metric did not answer, all of the window's may have waited.
    const inWindow = all.filter(({ attempts }) => attempts.some((each) => isIn(each, end, from))).length;
    return { end, from, bound: mayLose ? (end.waiting ?? inWindow) + batchSize + sinceRead : 0, lost: 0 };
  });
  const unexplained: string[] = [];
  for (const { begun, attempts } of lost) {
    const exposure = exposures.find(
      ({ end, from, bound, lost: already }) =>
        already < bound && attempts.some((each) => isIn(each, end, from)),
    );
    if (exposure) exposure.lost++;
    else unexplained.push(begun.reference);
  }
  return { lost: lost.length, bound: exposures.reduce((sum, { bound }) => sum + bound, 0), unexplained };
};

const isIn = (
  { gateway, sentAt, endedAt }: ClientUpload['attempts'][number],
  end: GatewayEnd,
  from: number,
): boolean => gateway === end.gateway && sentAt <= end.at && endedAt >= from;

/** From when on answers may have waited in it: before the end, or since before the outage that ran into it. */
const exposedFrom = (end: GatewayEnd, outages: FaultLog['faults']): number => {
  let from = end.at - collectedMs - slackMs;
  const latestFirst = [...outages].sort((a, b) => b.from - a.from);
  for (const outage of latestFirst)
    if (outage.from <= end.at && outage.until + reconnectMs >= from)
      from = Math.min(from, outage.from - collectedMs - slackMs);
  return from;
};
