import path from 'node:path';
import sharp from 'sharp';
import { background, samplePhotos } from './backgrounds.js';
import { captionTemplates } from './caption-texts.js';
import { contactTemplates, type TextTemplate } from './contact-texts.js';
import { drawStyle, type TextStyle, withText } from './draw-text.js';
import { heldOutCaptionTemplates, heldOutContactTemplates } from './held-out-texts.js';
import { onceHeldOutCaptionTemplates, onceHeldOutContactTemplates } from './once-held-out-texts.js';
import { Random } from './random.js';

/** A picture with something written over it. */
export interface TextRender {
  /** JPEG */
  bytes: Buffer;
  family: TextFamily;
  /** of the family: `phone number`, `prices` … */
  kind: string;
  lines: string[];
  style: TextStyle;
  /** of the JPEG */
  quality: number;
}

/** Kinds of both. */
const together = (
  some: Record<string, TextTemplate[]>,
  others: Record<string, TextTemplate[]>,
): Record<string, TextTemplate[]> =>
  Object.fromEntries(
    [...new Set([...Object.keys(some), ...Object.keys(others)])].map((kind) => [
      kind,
      [...(some[kind] ?? []), ...(others[kind] ?? [])],
    ]),
  );

const families = {
  contacts: together(contactTemplates, onceHeldOutContactTemplates),
  captions: together(captionTemplates, onceHeldOutCaptionTemplates),
  'held-out contacts': heldOutContactTemplates,
  'held-out captions': heldOutCaptionTemplates,
} as const satisfies Record<string, Record<string, TextTemplate[]>>;
export type TextFamily = keyof typeof families;

/** Sample photos on which somebody left an address: gardenwife.com, mongabay.com, alibaba.com.cn, military-today.com. */
const photosWithContacts = [
  'n01985128_crayfish.JPEG',
  'n03877845_palace.JPEG',
  'n03733805_measuring_cup.JPEG',
  'n04389033_tank.JPEG',
];

/** Sample photos that show no contact information, and those that do. */
export const photosByContacts = (): { without: string[]; with: string[] } => {
  const photos = samplePhotos();
  const shows = (photo: string): boolean => photosWithContacts.includes(path.basename(photo));
  return { without: photos.filter((photo) => !shows(photo)), with: photos.filter(shows) };
};

const sizes = [
  [800, 600],
  [1080, 1080],
  [900, 1200],
  [1280, 960],
  [1080, 1350],
] as const;

/**
 * One render of a family; the same for the same seed and photos. Templates take turns over the seeds, so that each is
 * drawn as often; values, place, style and background are drawn.
 *
 * @param photos files of backgrounds; none gives drawn ones
 */
export const textRender = async (
  family: TextFamily,
  seed: number,
  photos: readonly string[],
): Promise<TextRender> => {
  const random = new Random(seed * 7919 + Object.keys(families).indexOf(family));
  const templates = Object.entries<TextTemplate[]>(families[family]).flatMap(([kind, all]) =>
    all.map((template) => ({ kind, template })),
  );
  const { kind, template } = templates[seed % templates.length]!;
  const lines = template(random);
  const [width, height] = random.pick(sizes);
  const picture = await background(random, photos, width, height);
  const style = drawStyle(random, height);
  const quality = random.whole(40, 95);
  const written = await withText(picture, lines, style, random);
  return { bytes: await sharp(written).jpeg({ quality }).toBuffer(), family, kind, lines, style, quality };
};

/** How many templates a family has. */
export const templatesOf = (family: TextFamily): number =>
  Object.values<TextTemplate[]>(families[family]).reduce((sum, templates) => sum + templates.length, 0);
