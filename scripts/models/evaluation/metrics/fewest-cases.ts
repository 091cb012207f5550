/**
 * Cases of a class without which nothing is said of rates: with nine of ten found, the share that is found may be anything
 * from 60 to 98 %.
 */
export const fewestCases = 10;
