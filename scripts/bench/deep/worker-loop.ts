import type { Stored } from '../bus/flagged-event.js';
import { smallPhotos } from '../load/pictures.js';
import { BenchedDeepTier } from './deep-tier.js';
import { answerWithCosts } from '../timed-loop.js';

const tier = await BenchedDeepTier.open(Number(process.argv[2]));
const images: Stored[] = [];
for (const photo of await smallPhotos()) images.push(await tier.store(photo));
const question = { asks: ['sexual/explicit', 'goods/firearm'], called: [] };

// two pictures are loaded ahead of those that are decoded
answerWithCosts(tier.atOnce + 2, (at) => tier.rescore(images[at % images.length]!, question));
