import type { ConsumerGroup, Topic } from '#libs/domain';
import type { Metrics } from '#libs/platform';
import type { Outcome } from './event-bus.js';

/** Told what became of deliveries, for metrics. */
export interface BusObserver {
  /** One delivery was settled. `dead` also for what no handler ever saw, and for the last of all tries. */
  settled(topic: Topic, group: ConsumerGroup, outcome: Outcome['kind']): void;
}

export const unobserved: BusObserver = { settled: () => undefined };

/** Counts deliveries by what became of them: alert on `dead`. */
export const busMetrics = (metrics: Metrics): BusObserver => {
  const events = metrics.counter({
    name: 'sluice_bus_events_total',
    help: 'Deliveries of events by what became of them: done, to be tried again, dead letter',
    labelNames: ['topic', 'group', 'outcome'],
  });
  return { settled: (topic, group, outcome) => events.inc({ topic, group, outcome }) };
};
