import {
  type Detection,
  type Detector,
  type DetectorFailure,
  ok,
  type Pixels,
  type Result,
} from '#libs/domain';
import type { InferenceFailure, ModelPack } from '#libs/inference';
import { categoriesOf, type ModelsService } from '../models/models.service.js';
import { labelEvidence } from './label-evidence.js';

/** A model pack of the deep tier as a detector. */
export class PackDetector implements Detector {
  readonly name;
  readonly version;
  readonly categories;
  readonly costClass;
  readonly minShortSide;
  readonly embeddingLength;
  readonly route;

  constructor(
    readonly pack: ModelPack,
    private readonly models: Pick<ModelsService, 'look'>,
  ) {
    const { name, version, resize, outputs, route, costClass = 'medium' } = pack.manifest;
    this.name = name;
    this.version = version;
    this.categories = categoriesOf(pack);
    this.costClass = costClass;
    this.minShortSide = resize.minShortSide;
    this.embeddingLength = outputs.embedding?.length;
    this.route = route;
  }

  async detect(
    views: Pixels[],
    { deadlineMs }: { deadlineMs: number },
  ): Promise<Result<Detection, DetectorFailure>> {
    const seen = await this.models.look(this.pack, views, { deadlineMs });
    if (!seen.ok) return { ok: false, code: codes[seen.code], detail: seen.detail };
    const { version, scores, labels, embedding } = seen.value;
    const evidence = labelEvidence(this.pack, labels);
    return ok({ version, scores, evidence, ...(embedding ? { embedding } : {}) });
  }
}

const codes: Record<InferenceFailure['code'], DetectorFailure['code']> = {
  overloaded: 'overloaded',
  closed: 'closed',
  deadline_exceeded: 'deadline_exceeded',
  inference_failed: 'failed',
};
