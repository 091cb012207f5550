import type { Category } from '../category.js';
import type { PolicyDocument, PolicyRules } from './policy.js';

export type CategoryRule = PolicyRules['categories'][Category];

/** A category's thresholds where a document writes them: the policy's own, or a surface's. */
export interface NamedRule {
  path: string;
  /** undefined for the policy's own */
  surface: string | undefined;
  category: Category;
  rule: CategoryRule;
}

export const namedRules = ({ categories, surfaces }: PolicyDocument): NamedRule[] => [
  ...rulesAt('categories', undefined, categories),
  ...Object.entries(surfaces).flatMap(([surface, override]) =>
    rulesAt(`surfaces.${surface}.categories`, surface, override.categories ?? {}),
  ),
];

export const namedCategories = (document: PolicyDocument): Category[] =>
  namedRules(document).map(({ category }) => category);

const rulesAt = (
  path: string,
  surface: string | undefined,
  categories: PolicyRules['categories'],
): NamedRule[] =>
  Object.entries(categories).map(([category, rule]) => ({
    path: `${path}.${category}`,
    surface,
    category,
    rule,
  }));
