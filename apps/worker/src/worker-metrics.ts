import { Injectable } from '@nestjs/common';
import { type Category, consumers, type Unheard } from '#libs/domain';
import type { Backlog, Outcome } from '#libs/events';
import type { BatchReport } from '#libs/inference';
import { type Counter, type Histogram, Metrics, tracedPart } from '#libs/platform';
import type { LookOutcome } from './detectors/detectors.service.js';
import type { ModelsStatus } from './models/models.service.js';
import type { PicturesStatus } from './pictures/pictures-status.js';

/** What an event's time is spent on. */
export type Stage = 'load' | 'decode' | 'hash' | 'infer' | 'publish';

/** The topics that the worker consumes. */
export type WorkTopic = (typeof consumers)['worker'][number];

const batchSizeBuckets = [1, 2, 4, 8, 16, 32, 64, 128];
const ageBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

/** The worker's own metrics. */
@Injectable()
export class WorkerMetrics {
  private readonly stageSeconds: Histogram<'stage'>;
  private readonly eventBatches: Histogram<'topic'>;
  private readonly modelBatches: Histogram<'pack'>;
  private readonly modelSeconds: Histogram<'pack' | 'step'>;
  private readonly outcomes: Counter<'topic' | 'outcome'>;
  private readonly verdicts: Counter<'tier' | 'verdict'>;
  private readonly unansweredAsks: Counter<'category'>;
  private readonly looks: Counter<'detector' | 'outcome'>;
  private readonly lookSeconds: Histogram<'detector'>;
  private readonly unheardLooks: Counter<'detector' | 'why'>;
  private readonly age: Histogram<'topic'>;

  constructor(private readonly metrics: Metrics) {
    this.stageSeconds = metrics.histogram({
      name: 'sluice_worker_stage_seconds',
      help: 'Time of each stage of an event; publish is per batch',
      labelNames: ['stage'],
    });
    this.eventBatches = metrics.histogram({
      name: 'sluice_worker_batch_events',
      help: 'Events in a batch from the bus',
      labelNames: ['topic'],
      buckets: batchSizeBuckets,
    });
    this.modelBatches = metrics.histogram({
      name: 'sluice_worker_model_batch_views',
      help: 'Views in one run of a model',
      labelNames: ['pack'],
      buckets: batchSizeBuckets,
    });
    this.modelSeconds = metrics.histogram({
      name: 'sluice_worker_model_seconds',
      help: 'Time of one run of a model: waiting for a thread, resizing, running',
      labelNames: ['pack', 'step'],
    });
    this.outcomes = metrics.counter({
      name: 'sluice_worker_events_total',
      help: 'Events by what became of them',
      labelNames: ['topic', 'outcome'],
    });
    this.verdicts = metrics.counter({
      name: 'sluice_worker_verdicts_total',
      help: 'Outcomes that were published, by the tier that had the last word',
      labelNames: ['tier', 'verdict'],
    });
    this.unansweredAsks = metrics.counter({
      name: 'sluice_worker_unanswered_total',
      help: 'Pictures that a person must see because no deep model here knows a category that was asked',
      labelNames: ['category'],
    });
    this.looks = metrics.counter({
      name: 'sluice_worker_detector_looks_total',
      help: 'Looks of each detector at a picture, by what became of them',
      labelNames: ['detector', 'outcome'],
    });
    this.lookSeconds = metrics.histogram({
      name: 'sluice_worker_detector_seconds',
      help: 'Time until a detector answered, waiting for its turn included',
      labelNames: ['detector'],
    });
    this.unheardLooks = metrics.counter({
      name: 'sluice_worker_unheard_total',
      help: 'Pictures that a person must see because a detector failed, was skipped, or is not here',
      labelNames: ['detector', 'why'],
    });
    this.age = metrics.histogram({
      name: 'sluice_worker_event_age_seconds',
      help: 'From an event’s acceptance by the bus to the publication of its outcome',
      labelNames: ['topic'],
      buckets: ageBuckets,
    });
  }

  async timed<Value>(stage: Stage, work: () => Promise<Value>): Promise<Value> {
    const stop = this.stageSeconds.startTimer({ stage });
    try {
      return await tracedPart(stage, work);
    } finally {
      stop();
    }
  }

  batchTaken(topic: WorkTopic, events: number): void {
    this.eventBatches.observe({ topic }, events);
  }

  modelRan({ pack, size, queueMs, resizeMs, runMs }: BatchReport): void {
    this.modelBatches.observe({ pack }, size);
    for (const [step, ms] of Object.entries({ queue: queueMs, resize: resizeMs, run: runMs }))
      this.modelSeconds.observe({ pack, step }, ms / 1000);
  }

  ended(topic: WorkTopic, outcome: Outcome['kind'], acceptedAt: Date): void {
    this.outcomes.inc({ topic, outcome });
    if (outcome === 'done') this.age.observe({ topic }, (Date.now() - acceptedAt.getTime()) / 1000);
  }

  published(tier: string, verdict: string): void {
    this.verdicts.inc({ tier, verdict });
  }

  unanswered(categories: readonly Category[]): void {
    for (const category of categories) this.unansweredAsks.inc({ category });
  }

  looked(detector: string, outcome: LookOutcome, seconds: number): void {
    this.looks.inc({ detector, outcome });
    this.lookSeconds.observe({ detector }, seconds);
  }

  unheard(all: readonly Unheard[]): void {
    for (const { detector, why } of all) this.unheardLooks.inc({ detector, why });
  }

  /** Read when somebody scrapes; a topic is left out while the bus cannot tell. */
  watchBacklog(read: (topic: WorkTopic) => Promise<Backlog>): void {
    const backlogGauge = (name: string, help: string, value: (backlog: Backlog) => number): void => {
      this.metrics.gauge({
        name,
        help,
        labelNames: ['topic'],
        async collect() {
          this.reset();
          for (const topic of consumers.worker) {
            const backlog = await read(topic).catch(() => undefined);
            if (backlog) this.set({ topic }, value(backlog));
          }
        },
      });
    };
    backlogGauge('sluice_worker_waiting_events', 'Events that wait for a worker', ({ waiting }) => waiting);
    backlogGauge(
      'sluice_worker_oldest_event_seconds',
      'Age of the oldest event that waits',
      ({ oldestSeconds }) => oldestSeconds,
    );
  }

  /** Which models run on what, and how busy they are. */
  watchModels(read: () => ModelsStatus): void {
    this.metrics.gauge({
      name: 'sluice_worker_model_info',
      help: 'The open models and what they run on; always 1',
      labelNames: ['name', 'version', 'tier', 'provider'],
      collect() {
        this.reset();
        const { packs, provider } = read();
        for (const { name, version, tier } of packs) this.set({ name, version, tier, provider }, 1);
      },
    });
    this.metrics.gauge({
      name: 'sluice_worker_device_fallback',
      help: '1 while the models run on the CPU because CUDA, which DEVICE=auto tried first, cannot be used',
      collect() {
        this.set(read().fallback === null ? 0 : 1);
      },
    });
    this.metrics.gauge({
      name: 'sluice_worker_inference_queue',
      help: 'Views that wait for a model',
      labelNames: ['pack'],
      collect() {
        for (const { name, queued } of read().packs) this.set({ pack: name }, queued);
      },
    });
    this.metrics.gauge({
      name: 'sluice_worker_inference_threads',
      help: 'Inference threads that live',
      collect() {
        this.set(read().threads.live);
      },
    });
  }

  /** How much of pictures is in memory. */
  watchPictures(read: () => PicturesStatus): void {
    const gauge = (name: string, help: string, value: (status: PicturesStatus) => number): void => {
      this.metrics.gauge({
        name,
        help,
        collect() {
          this.set(value(read()));
        },
      });
    };
    gauge(
      'sluice_worker_prefetched_pictures',
      'Pictures that are loaded and wait to be decoded',
      ({ prefetched }) => prefetched,
    );
    gauge(
      'sluice_worker_prefetched_bytes',
      'Memory set aside for stored images, from before they are loaded until they are decoded',
      ({ prefetchedBytes }) => prefetchedBytes,
    );
    gauge(
      'sluice_worker_pictures_in_memory',
      'Pictures that are being decoded or looked at',
      ({ decoded }) => decoded,
    );
    gauge(
      'sluice_worker_decoded_bytes',
      'Memory set aside for decoded pictures, all models’ copies included',
      ({ decodedBytes }) => decodedBytes,
    );
  }
}
