import { WireFile, type WireField } from './wire-file.js';

/** What an ONNX file is made of, without its weights. */
export interface GraphStructure {
  /** operator sets that it asks for, by domain; ONNX's own is '' */
  opsets: Record<string, number>;
  /** `domain.Operator` of nodes outside ONNX's own operators; those that the file defines itself left out */
  foreignOperators: string[];
  /** names of weights that lie in other files: no checksum in the manifest covers these */
  externalWeights: string[];
  /** what it takes and gives, by name; weights that older files list as inputs left out */
  inputs: string[];
  outputs: string[];
}

/** Deeper than any graph in a graph (If, Loop, Scan) that somebody means. */
const mostDepth = 64;

interface Walk {
  file: WireFile;
  opsets: Map<string, number>;
  operators: Set<string>;
  ownOperators: Set<string>;
  external: Set<string>;
  weights: Set<string>;
  inputs: string[];
  outputs: string[];
}

/** What to do with each field of a message, by its number in onnx.proto; the others are skipped. */
type Visits = Record<number, (walk: Walk, field: WireField, depth: number) => void>;

/**
 * @throws Error where that is no ONNX file
 */
export const readGraphStructure = (path: string): GraphStructure => {
  const file = new WireFile(path);
  try {
    const walk: Walk = {
      file,
      opsets: new Map(),
      operators: new Set(),
      ownOperators: new Set(),
      external: new Set(),
      weights: new Set(),
      inputs: [],
      outputs: [],
    };
    visit(walk, 0, file.size, model, 0);
    if (walk.opsets.size === 0) throw new Error('it names no operator set');
    return {
      opsets: Object.fromEntries(walk.opsets),
      foreignOperators: [...walk.operators].filter((each) => !walk.ownOperators.has(each)).sort(),
      externalWeights: [...walk.external].sort(),
      inputs: walk.inputs.filter((each) => !walk.weights.has(each)),
      outputs: walk.outputs,
    };
  } finally {
    file.close();
  }
};

const visit = (walk: Walk, start: number, end: number, visits: Visits, depth: number): void => {
  if (depth > mostDepth) throw new Error(`it is nested more than ${mostDepth} deep`);
  for (const field of walk.file.fields(start, end)) visits[field.field]?.(walk, field, depth);
};

const inside =
  (visits: () => Visits) =>
  (walk: Walk, field: WireField, depth: number): void => {
    if (field.kind === 'bytes') visit(walk, field.start, field.end, visits(), depth + 1);
  };

/** The texts and numbers of a message's own fields, by number. */
const plain = (walk: Walk, of: WireField, numbers: number[]): Record<number, string | number> => {
  const found: Record<number, string | number> = {};
  if (of.kind !== 'bytes') return found;
  for (const each of walk.file.fields(of.start, of.end)) {
    if (!numbers.includes(each.field)) continue;
    if (each.kind === 'bytes') found[each.field] = walk.file.text(each.start, each.end);
    if (each.kind === 'number') found[each.field] = each.value;
  }
  return found;
};

/** ONNX's own domain has two names. */
const domainOf = (said: string | number | undefined): string =>
  said === undefined || said === 'ai.onnx' ? '' : String(said);

const operatorSet = (walk: Walk, field: WireField): void => {
  const { 1: domain, 2: version } = plain(walk, field, [1, 2]);
  walk.opsets.set(domainOf(domain), Number(version ?? 0));
};

const external = 1;

const tensor = (walk: Walk, field: WireField): void => {
  const said = plain(walk, field, [8, 13, 14]);
  if (said[14] === external || said[13] !== undefined) walk.external.add(String(said[8] ?? 'without a name'));
};

const sparseTensor: Visits = { 1: tensor, 2: tensor };

const attribute: Visits = {
  5: tensor,
  6: inside(() => graph),
  10: tensor,
  11: inside(() => graph),
  22: inside(() => sparseTensor),
  23: inside(() => sparseTensor),
};

const node = (walk: Walk, field: WireField, depth: number): void => {
  const { 4: operator, 7: domain } = plain(walk, field, [4, 7]);
  if (domainOf(domain) !== '') walk.operators.add(`${domainOf(domain)}.${operator}`);
  inside(() => ({ 5: inside(() => attribute) }))(walk, field, depth);
};

const graph: Visits = { 1: node, 5: tensor, 15: inside(() => sparseTensor) };

/** An operator that the file defines out of others. */
const functionOf = (walk: Walk, field: WireField, depth: number): void => {
  const { 1: name, 10: domain } = plain(walk, field, [1, 10]);
  walk.ownOperators.add(`${domainOf(domain)}.${name}`);
  inside(() => ({ 7: node, 11: inside(() => attribute) }))(walk, field, depth);
};

const trainingInfo: Visits = { 1: inside(() => graph), 2: inside(() => graph) };

const nameOf = (walk: Walk, field: WireField, number: number): string =>
  String(plain(walk, field, [number])[number] ?? '');

/** The whole model's graph; those inside it have inputs and outputs of their own. */
const mainGraph: Visits = {
  ...graph,
  5: (walk, field) => {
    tensor(walk, field);
    walk.weights.add(nameOf(walk, field, 8));
  },
  11: (walk, field) => walk.inputs.push(nameOf(walk, field, 1)),
  12: (walk, field) => walk.outputs.push(nameOf(walk, field, 1)),
};

const model: Visits = {
  7: inside(() => mainGraph),
  8: operatorSet,
  20: inside(() => trainingInfo),
  25: functionOf,
};
