import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** How often a timer looks whether it fires in time, in milliseconds. */
const samplingMs = 10;
const nanosecondsInMs = 1e6;

/**
 * How late the event loop is, since the last scrape. Node's histogram records the time between two firings of a timer,
 * which in an idle process is the sampling interval itself: taken off here, so that idle reads as zero.
 */
export const observeEventLoopDelay = (register: Registry): void => {
  const histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: samplingMs });
  histogram.enable();
  new Gauge({
    name: 'sluice_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape, beyond the sampling interval',
    labelNames: ['quantile'],
    registers: [register],
    collect() {
      for (const quantile of [0.5, 0.99]) {
        const ms = histogram.count > 0 ? histogram.percentile(quantile * 100) / nanosecondsInMs : samplingMs;
        this.set({ quantile: String(quantile) }, Math.max(0, ms - samplingMs) / 1000);
      }
      histogram.reset();
    },
  });
};
