/** Scores of goods/firearm that models/efficientnet-lite0/README.md gives for the sample photos that show one. */
export const cardScores = [0.91, 0.86, 0.84];
