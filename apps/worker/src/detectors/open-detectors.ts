import type { Detector } from '#libs/domain';
import { OverlayTextDetector, QrCodeDetector } from '#libs/detectors';
import { categoriesOf, type ModelsService } from '../models/models.service.js';
import { DetectorsService, type OnLook } from './detectors.service.js';
import { PackDetector } from './pack-detector.js';

/**
 * Every detector of a worker: one for each deep pack that it has, and the rules. Writing is looked at where there is a pack
 * that reads.
 *
 * @param mostPictures that are in work at once: none of them is ever turned away
 * @throws DetectorError
 */
export const openDetectors = async (
  models: ModelsService,
  mostPictures: { atOnce: number },
  onLook: OnLook,
): Promise<DetectorsService> => {
  const { reader } = models;
  const codes = await QrCodeDetector.open({ queueLimit: mostPictures.atOnce });
  const detectors: Detector[] = [
    ...models.deep.map((pack) => new PackDetector(pack, models)),
    codes,
    ...(reader ? [new OverlayTextDetector(reader)] : []),
  ];
  try {
    return new DetectorsService(detectors, categoriesOf(models.fast), onLook, () => codes.close());
  } catch (error) {
    await codes.close();
    throw error;
  }
};
