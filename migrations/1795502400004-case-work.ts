import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** What moderators write on cases, and the pictures of undecided cases to find near copies among. */
export class CaseWork1795502400004 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE case_note (
        id           uuid           PRIMARY KEY,
        case_id      uuid           NOT NULL REFERENCES moderation_case,
        moderator_id uuid           NOT NULL REFERENCES moderator,
        kind         text           NOT NULL
                     CONSTRAINT case_note_kind_check CHECK (kind IN ('escalated', 'skipped')),
        text         text           NOT NULL,
        at           timestamptz(3) NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX case_note_case_id_idx ON case_note (case_id, at)');
    await runner.query('ALTER TABLE decision ADD made_with_id uuid REFERENCES decision');
    await runner.query(`
      CREATE INDEX decision_made_with_idx ON decision (made_with_id) WHERE made_with_id IS NOT NULL`);

    // 256 bits in 16 bands: two hashes at a distance of at most 31 differ by one bit or none in at least one of them
    // (31 < 16 * 2, pigeonhole), so whoever probes each band's value and its 16 neighbours misses no near copy.
    await runner.query(`
      CREATE FUNCTION picture_bands(pdq bytea) RETURNS integer[]
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_agg(band * 65536 + get_byte(pdq, 2 * band) * 256 + get_byte(pdq, 2 * band + 1))
        FROM generate_series(0, 15) AS band
      $$`);
    await runner.query(`
      CREATE FUNCTION neighbouring_bands(pdq bytea) RETURNS integer[]
      LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT array_agg(band # flip)
        FROM unnest(picture_bands(pdq)) AS band
        CROSS JOIN (SELECT 0 AS flip UNION ALL SELECT 1 << bit FROM generate_series(0, 15) AS bit) AS flips
      $$`);
    // Apart from moderation_case, whose rows change with every lease: each change would write 16 index entries anew.
    await runner.query(`
      CREATE TABLE undecided_picture (
        case_id uuid      PRIMARY KEY REFERENCES moderation_case ON DELETE CASCADE,
        pdq     bytea     NOT NULL,
        bands   integer[] NOT NULL
      )`);
    const pictureOf = (cases: string) => `
        INSERT INTO undecided_picture (case_id, pdq, bands)
        SELECT opened.id, content.pdq, picture_bands(content.pdq)
        FROM ${cases} AS opened JOIN content ON content.id = opened.content_id
        WHERE opened.kind = 'content' AND opened.audit_propensity IS NULL
          AND opened.state NOT IN ('decided', 'closed') AND content.pdq IS NOT NULL
          AND content.pdq_quality >= 50`;
    await runner.query(`
      CREATE FUNCTION keep_undecided_pictures() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN ${pictureOf('inserted_case')};
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER moderation_case_pictures_kept AFTER INSERT ON moderation_case
      REFERENCING NEW TABLE AS inserted_case FOR EACH STATEMENT EXECUTE FUNCTION keep_undecided_pictures()`);
    await runner.query(pictureOf('moderation_case'));
    await runner.query('CREATE INDEX undecided_picture_bands_idx ON undecided_picture USING gin (bands)');
  }
}
