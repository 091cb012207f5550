import { type Finding, ok, type PolicyDocument, type Result } from '#libs/domain';
import { Document, isScalar, Lexer, LineCounter, parseDocument, Parser, visit } from 'yaml';

/** Longest text that is read, in characters: a policy with a hundred reasons is a part of it. */
export const maxYamlLength = 64 * 1024;
/** Words, signs and spaces; a policy has a few thousand. Reading takes time for each. */
const maxLexemes = 30_000;
/** A policy is nested by ten. Composing is recursive: beyond some thousands it would end the process, not the call. */
const maxDepth = 40;
/** A document that repeats itself by aliases grows like a bomb: this many times at most is one resolved. */
const maxAliases = 100;
/** Who wrote a broken text needs the first of its flaws. */
const mostFlaws = 10;
/** A line with the two thresholds of a tier is read at a glance. */
const mostOnALine = 2;
const lineWidth = 110;

/** Why a text is no YAML that can be read. */
export interface InvalidYaml {
  code: 'invalid_yaml';
  problems: Finding[];
}

/**
 * A document as YAML 1.2, its records in the order of the alphabet: the same policy gives the same text.
 * @param comment stands above it, in lines of its own
 */
export const policyToYaml = (document: PolicyDocument, comment?: string): string => {
  const { categories, deep, surfaces, ...others } = document;
  const yaml = new Document(
    {
      categories: sorted(categories),
      deep: sorted(deep),
      ...others,
      surfaces: sorted(
        mapValues(surfaces, ({ categories, deep, ...rules }) => ({
          ...rules,
          ...(categories ? { categories: sorted(categories) } : {}),
          ...(deep ? { deep: sorted(deep) } : {}),
        })),
      ),
    },
    { aliasDuplicateObjects: false },
  );
  visit(yaml, {
    Map: (_, map) => {
      const isShort =
        map.items.length <= mostOnALine && map.items.every(({ value }) => isNumberOrNull(value));
      if (isShort) map.flow = true;
    },
  });
  if (comment !== undefined)
    yaml.commentBefore = linesOf(comment)
      .map((line) => ` ${line}`)
      .join('\n');
  return yaml.toString({ lineWidth });
};

/**
 * Reads YAML 1.2 (JSON is some of it) without tags, merge keys and repeated keys. What it holds is not looked at. The
 * time that this takes is bounded whatever the text is.
 */
export const documentFromYaml = (text: string): Result<unknown, InvalidYaml> => {
  const excess = excessOf(text);
  if (excess !== undefined) return invalid(excess);
  const lines = new LineCounter();
  const yaml = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    lineCounter: lines,
    // Both would take time with the square of the length: see `whereOf` and `flawedKeyOf`.
    prettyErrors: false,
    uniqueKeys: false,
  });
  const flaws = [...yaml.errors, ...yaml.warnings].slice(0, mostFlaws);
  if (flaws.length > 0) return invalid(...flaws.map(({ message, pos }) => message + whereOf(lines, pos[0])));
  const flawedKey = flawedKeyOf(yaml, lines);
  if (flawedKey !== undefined) return invalid(flawedKey);
  try {
    const value: unknown = yaml.toJS({ maxAliasCount: maxAliases });
    const length = JSON.stringify(value)?.length ?? 0;
    return length > maxYamlLength ? invalid('far more than it seems, by its aliases') : ok(value);
  } catch (error) {
    // Too many aliases, or one of itself.
    return invalid(error instanceof Error ? error.message : String(error));
  }
};

/** Why a text is not even parsed. Lexer and parser go through it step by step, and are left where it is too much. */
const excessOf = (text: string): string | undefined => {
  if (text.length > maxYamlLength) return `longer than ${maxYamlLength} characters`;
  const parser = new Parser();
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme));
    if (parser.stack.length > maxDepth) return `nested deeper than ${maxDepth}`;
    if (++lexemes > maxLexemes) return `more than ${maxLexemes} words and signs`;
  }
  return undefined;
};

const whereOf = (lines: LineCounter, at: number): string => {
  const { line, col } = lines.linePos(at);
  return ` at line ${line}, column ${col}`;
};

/** A key that is a list or a map, or that its map has already. */
const flawedKeyOf = (yaml: Document, lines: LineCounter): string | undefined => {
  let flaw: string | undefined;
  visit(yaml, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) flaw = 'a key is a list, a map or an alias; only names can be keys';
        else if (seen.has(String(key.value)))
          flaw = `the key ${String(key.value)} stands twice${whereOf(lines, key.range?.[0] ?? 0)}`;
        else seen.add(String(key.value));
        if (flaw !== undefined) return visit.BREAK;
      }
      return undefined;
    },
  });
  return flaw;
};

const invalid = (...messages: string[]): { ok: false } & InvalidYaml => ({
  ok: false,
  code: 'invalid_yaml',
  problems: messages.map((message) => ({ path: 'yaml', message })),
});

/** Whatever anybody takes for the end of a line, so that nothing of a comment comes to stand outside it. */
const linesOf = (text: string): string[] => text.split(/\r\n|[\n\r\u0085\u2028\u2029]/);

const isNumberOrNull = (value: unknown): boolean =>
  isScalar(value) && (value.value === null || typeof value.value === 'number');

const sorted = <Value>(record: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));

const mapValues = <From, To>(record: Record<string, From>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
