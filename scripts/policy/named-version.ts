import { currentVersion, type DataSource, PolicyVersionEntity } from '#libs/database';

/** The latest version of a policy where none is named. @throws Error that says what there is not */
export const namedVersion = async (
  dataSource: DataSource,
  name: string,
  version?: number,
): Promise<PolicyVersionEntity> => {
  const found =
    version === undefined
      ? await currentVersion(dataSource.manager, name)
      : await dataSource.getRepository(PolicyVersionEntity).findOneBy({ name, version });
  if (found) return found;
  throw new Error(
    `There is no ${version === undefined ? '' : `version ${version} of the `}policy "${name}".`,
  );
};
