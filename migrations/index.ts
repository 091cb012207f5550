import { AppendOnly1795416000001 } from './1795416000001-append-only.js';
import { Policies1795416000002 } from './1795416000002-policies.js';
import { Accounts1795416000003 } from './1795416000003-accounts.js';
import { ContentLedger1795416000004 } from './1795416000004-content-ledger.js';
import { Cases1795416000005 } from './1795416000005-cases.js';
import { KnownContent1795416000006 } from './1795416000006-known-content.js';
import { ApiKeys1795416000007 } from './1795416000007-api-keys.js';
import { CaseLifecycle1795502400001 } from './1795502400001-case-lifecycle.js';
import { Audit1795502400002 } from './1795502400002-audit.js';
import { Queues1795502400003 } from './1795502400003-queues.js';
import { CaseWork1795502400004 } from './1795502400004-case-work.js';
import { Quality1795502400005 } from './1795502400005-quality.js';
import { AppealsAndStatements1795502400006 } from './1795502400006-appeals-and-statements.js';
import { PeopleAndRights1795502400007 } from './1795502400007-people-and-rights.js';
import { AuditSeals1795502400008 } from './1795502400008-audit-seals.js';
import { Webhooks1795502400009 } from './1795502400009-webhooks.js';
import { PolicyDrafts1795502400010 } from './1795502400010-policy-drafts.js';
import { AttachedPictures1795502400013 } from './1795502400013-attached-pictures.js';
import { Erasure1795502400018 } from './1795502400018-erasure.js';
import { Search1795502400020 } from './1795502400020-search.js';
import { WordsByAge1795502400031 } from './1795502400031-words-by-age.js';
import { CaseLists1795502400032 } from './1795502400032-case-lists.js';
import { Evidence1795502400040 } from './1795502400040-evidence.js';
import { Embeddings1795502400041 } from './1795502400041-embeddings.js';
import { PackTrials1795502400042 } from './1795502400042-pack-trials.js';

/**
 * In the order in which they run. Forward only: what has been applied somewhere is never edited, and a mistake is
 * undone by the next migration. Listed by hand, because a glob depends on where the compiled files lie.
 */
export const migrations = [
  AppendOnly1795416000001,
  Policies1795416000002,
  Accounts1795416000003,
  ContentLedger1795416000004,
  Cases1795416000005,
  KnownContent1795416000006,
  ApiKeys1795416000007,
  CaseLifecycle1795502400001,
  Audit1795502400002,
  Queues1795502400003,
  CaseWork1795502400004,
  Quality1795502400005,
  AppealsAndStatements1795502400006,
  PeopleAndRights1795502400007,
  AuditSeals1795502400008,
  Webhooks1795502400009,
  PolicyDrafts1795502400010,
  AttachedPictures1795502400013,
  Erasure1795502400018,
  Search1795502400020,
  WordsByAge1795502400031,
  CaseLists1795502400032,
  Evidence1795502400040,
  Embeddings1795502400041,
  PackTrials1795502400042,
];
