import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { DraftSummary, PolicySummary, VersionSummary } from './policy.dto.js';

/** A row's person, by name. */
const person = (table: string): string =>
  `CASE WHEN ${table}.id IS NOT NULL
        THEN json_build_object('id', ${table}.id, 'displayName', ${table}.display_name) END`;

const versionColumns = `
  policy_version.name, policy_version.version, policy_version.published_at AS "publishedAt", policy_version.reason,
  policy_version.based_on AS "basedOn", ${person('publisher')} AS "publishedBy"`;
const versionTables = `policy_version LEFT JOIN moderator AS publisher ON publisher.id = policy_version.published_by`;

const draftColumns = `
  policy_draft.id, policy_draft.name, policy_draft.title, policy_draft.notes, policy_draft.based_on AS "basedOn",
  policy_draft.revision, policy_draft.created_at AS "createdAt", policy_draft.updated_at AS "updatedAt",
  policy_draft.published_version AS "publishedVersion",
  ${person('creator')} AS "createdBy", ${person('editor')} AS "updatedBy"`;
const draftTables = `policy_draft
  JOIN moderator AS creator ON creator.id = policy_draft.created_by
  JOIN moderator AS editor ON editor.id = policy_draft.updated_by`;

type Stored<Row> = Omit<Row, 'publishedAt' | 'createdAt' | 'updatedAt'> & Record<string, unknown>;
type WithDocument<Row> = Row & { document: unknown };

/** What is published, and what is worked on. */
@Injectable()
export class PoliciesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** policy_version_pkey and policy_draft_open_idx; there are few policies. */
  async policies(after: string | undefined, limit: number): Promise<PolicySummary[]> {
    const rows: { name: string; drafts: number }[] = await this.dataSource.query(
      `WITH named AS (
         SELECT name FROM policy_version UNION SELECT name FROM policy_draft WHERE published_version IS NULL)
       SELECT name, (SELECT count(*)::integer FROM policy_draft AS draft
                     WHERE draft.name = named.name AND published_version IS NULL) AS drafts
       FROM named WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2`,
      [after ?? null, limit],
    );
    const currents: Stored<VersionSummary>[] = await this.dataSource.query(
      `SELECT DISTINCT ON (policy_version.name) ${versionColumns} FROM ${versionTables}
       WHERE policy_version.name = ANY ($1) ORDER BY policy_version.name, policy_version.version DESC`,
      [rows.map(({ name }) => name)],
    );
    const byName = new Map(currents.map((current) => [current.name, withTimes<VersionSummary>(current)]));
    return rows.map(({ name, drafts }) => ({ name, current: byName.get(name) ?? null, drafts }));
  }

  /** The latest first. policy_version_pkey, backwards. */
  async versions(name: string, below: number | undefined, limit: number): Promise<VersionSummary[]> {
    const rows: Stored<VersionSummary>[] = await this.dataSource.query(
      `SELECT ${versionColumns} FROM ${versionTables}
       WHERE policy_version.name = $1 AND policy_version.version < $2 ORDER BY policy_version.version DESC LIMIT $3`,
      [name, below ?? 2_147_483_647, limit],
    );
    return rows.map(withTimes<VersionSummary>);
  }

  /** The latest where no version is named. */
  async version(name: string, version?: number): Promise<WithDocument<VersionSummary> | undefined> {
    const rows: WithDocument<Stored<VersionSummary>>[] = await this.dataSource.query(
      `SELECT ${versionColumns}, policy_version.document FROM ${versionTables}
       WHERE policy_version.name = $1 AND ($2::integer IS NULL OR policy_version.version = $2)
       ORDER BY policy_version.version DESC LIMIT 1`,
      [name, version ?? null],
    );
    return rows.map(withTimes<WithDocument<VersionSummary>>)[0];
  }

  /** Open ones, the oldest first. policy_draft_open_idx. */
  async drafts(name: string): Promise<DraftSummary[]> {
    const rows: Stored<DraftSummary>[] = await this.dataSource.query(
      `SELECT ${draftColumns} FROM ${draftTables}
       WHERE policy_draft.name = $1 AND policy_draft.published_version IS NULL ORDER BY policy_draft.id`,
      [name],
    );
    return rows.map(withTimes<DraftSummary>);
  }

  async draft(name: string, id: string): Promise<WithDocument<DraftSummary> | undefined> {
    const rows: WithDocument<Stored<DraftSummary>>[] = await this.dataSource.query(
      `SELECT ${draftColumns}, policy_draft.document FROM ${draftTables}
       WHERE policy_draft.id = $1 AND policy_draft.name = $2`,
      [id, name],
    );
    return rows.map(withTimes<WithDocument<DraftSummary>>)[0];
  }
}

const withTimes = <Row>(row: Record<string, unknown>): Row =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, value instanceof Date ? value.toISOString() : value]),
  ) as Row;
