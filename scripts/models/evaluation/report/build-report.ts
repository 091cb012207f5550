import type { AccuracyMeasure, Evaluation } from '../evaluation.js';
import { type Block, type Report } from './blocks.js';
import { categorySection } from './category-section.js';
import { methodSection } from './method-section.js';
import { overviewSection } from './overview-section.js';
import { paretoSection } from './pareto-section.js';
import { sliceSection } from './slice-section.js';
import { speedSection } from './speed-section.js';

/** What a lead reads before choosing a pack, from the answer to the evidence. */
export const buildReport = (evaluation: Evaluation, measure: AccuracyMeasure): Report => {
  const categories = [
    ...new Set(evaluation.packs.flatMap((pack) => pack.categories.map(({ category }) => category))),
  ];
  const blocks: Block[] = [
    ...overviewSection(evaluation, categories, measure),
    ...paretoSection(evaluation, categories, measure),
    ...categories.flatMap((category) => categorySection(evaluation, category)),
    ...speedSection(evaluation),
    ...sliceSection(evaluation),
    ...methodSection(evaluation),
  ];
  const { data, madeAt } = evaluation;
  const names = evaluation.packs.map(({ name }) => name);
  return {
    title: names.length === 1 ? `Evaluation of ${names[0]}` : `${names.length} model packs side by side`,
    subtitle: `${data.pictures} pictures from ${data.source} · ${madeAt.slice(0, 16).replace('T', ' ')} UTC`,
    blocks,
  };
};
