/** One stage of a Dockerfile, with what it has from the stages that it is built on. */
export interface ImageStage {
  name: string;
  environment: Record<string, string>;
  user: string | undefined;
  stopSignal: string | undefined;
  entryPoint: string[];
  command: string[];
  healthCheck: string[] | undefined;
}

type Instruction = [keyword: string, rest: string];

/**
 * The stages of a Dockerfile by name. Reads what this project's Dockerfile uses: exec forms and NAME=value pairs.
 *
 * @throws Error for an ENTRYPOINT, CMD or HEALTHCHECK in shell form: signals would not reach the program
 */
export const readDockerfile = (text: string): Map<string, ImageStage> => {
  const stages = new Map<string, ImageStage>();
  let stage = emptyStage('');
  for (const [keyword, rest] of instructionsOf(text)) {
    if (keyword === 'FROM') {
      const [, base = '', name = ''] = /^(\S+)\s+AS\s+(\S+)$/i.exec(rest) ?? [];
      stage = { ...(stages.get(base) ?? emptyStage('')), name };
      stages.set(name, stage);
    } else apply(stage, keyword, rest);
  }
  return stages;
};

const emptyStage = (name: string): ImageStage => ({
  name,
  environment: {},
  user: undefined,
  stopSignal: undefined,
  entryPoint: [],
  command: [],
  healthCheck: undefined,
});

const apply = (stage: ImageStage, keyword: string, rest: string): void => {
  if (keyword === 'ENV') stage.environment = { ...stage.environment, ...pairsOf(rest) };
  else if (keyword === 'USER') stage.user = rest;
  else if (keyword === 'STOPSIGNAL') stage.stopSignal = rest;
  else if (keyword === 'CMD') stage.command = execForm(rest);
  else if (keyword === 'ENTRYPOINT') {
    stage.entryPoint = execForm(rest);
    // As the builder does: the command of an earlier entry point means nothing to this one.
    stage.command = [];
  } else if (keyword === 'HEALTHCHECK')
    stage.healthCheck = rest === 'NONE' ? undefined : execForm(rest.replace(/^.*?CMD\s+/, ''));
};

const instructionsOf = (text: string): Instruction[] =>
  text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line.trim()))
    .filter((match) => match !== null)
    .map(([, keyword = '', rest = '']) => [keyword, rest]);

const pairsOf = (rest: string): Record<string, string> =>
  Object.fromEntries([...rest.matchAll(/(\w+)=(\S*)/g)].map(([, name = '', value = '']) => [name, value]));

const execForm = (rest: string): string[] => {
  if (!rest.startsWith('[')) throw new Error(`"${rest}" is not in exec form`);
  return JSON.parse(rest) as string[];
};
