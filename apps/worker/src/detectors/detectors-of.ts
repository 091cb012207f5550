import type { Detector } from '#libs/domain';
import type { ModelsService } from '../models/models.service.js';
import { PackDetector } from './pack-detector.js';

/** Every detector of a worker: one for each deep pack that it has, and the rules. */
export const detectorsOf = (models: ModelsService): Detector[] =>
  models.deep.map((pack) => new PackDetector(pack, models));
