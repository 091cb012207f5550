import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import {
  lockAdmins,
  ModeratorEntity,
  ModeratorIdentityEntity,
  type ModeratorRole,
  outdateSessions,
  recordAudit,
} from '#libs/database';
import { ok, type Result } from '#libs/domain';

/** A person as an identity provider describes them. */
export interface Identity {
  issuer: string;
  subject: string;
  name: string | undefined;
  /** lower case; undefined unless the provider has verified it */
  verifiedEmail: string | undefined;
  /** undefined: the provider has no say in roles */
  role: ModeratorRole | undefined;
}

export interface NoAccount {
  code: 'disabled' | 'unverified_email' | 'email_taken' | 'no_role';
}

const actor = { kind: 'system' } as const;
const by = 'identity provider';

/** Accounts of people who sign in by an identity provider. */
@Injectable()
export class IdentityRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The account of a person, which is linked or made where it has to be, with the role that the provider gives. */
  accountOf(identity: Identity, linksVerifiedEmail: boolean): Promise<Result<ModeratorEntity, NoAccount>> {
    return this.dataSource.transaction(async (transaction) => {
      // The same person in two windows at once gets one account.
      await transaction.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [
        JSON.stringify([identity.issuer, identity.subject]),
      ]);
      const known = await knownAs(transaction, identity);
      const found = known ? ok(known) : await adopt(transaction, identity, linksVerifiedEmail);
      if (!found.ok) return found;
      const account = found.value;
      if (account.disabledAt) return { ok: false, code: 'disabled' };
      return ok(identity.role === undefined ? account : await giveRole(transaction, account, identity.role));
    });
  }
}

const knownAs = async (
  transaction: EntityManager,
  { issuer, subject }: Identity,
): Promise<ModeratorEntity | undefined> => {
  const link = await transaction.findOneBy(ModeratorIdentityEntity, { issuer, subject });
  return link ? transaction.findOneByOrFail(ModeratorEntity, { id: link.moderatorId }) : undefined;
};

/** An account for somebody who comes for the first time. */
const adopt = async (
  transaction: EntityManager,
  identity: Identity,
  linksVerifiedEmail: boolean,
): Promise<Result<ModeratorEntity, NoAccount>> => {
  const { verifiedEmail: email, role } = identity;
  // Whoever may name any address could take somebody's account, or be taken for them later.
  if (email === undefined) return { ok: false, code: 'unverified_email' };
  const existing = await transaction.findOneBy(ModeratorEntity, { email });
  if (existing && !linksVerifiedEmail) return { ok: false, code: 'email_taken' };
  if (!existing && role === undefined) return { ok: false, code: 'no_role' };
  const account = existing ?? (await make(transaction, { email, role: role!, name: identity.name ?? email }));
  await link(transaction, identity, account.id);
  return ok(account);
};

const make = async (
  transaction: EntityManager,
  { email, role, name }: { email: string; role: ModeratorRole; name: string },
): Promise<ModeratorEntity> => {
  const id = uuidv7();
  await transaction.insert(ModeratorEntity, { id, email, role, displayName: name, passwordHash: null });
  await recordAudit(transaction, actor, {
    act: 'moderator.created',
    subject: { kind: 'moderator', id },
    details: { role, displayName: name, by },
  });
  return transaction.findOneByOrFail(ModeratorEntity, { id });
};

const link = async (
  transaction: EntityManager,
  { issuer, subject }: Identity,
  moderatorId: string,
): Promise<void> => {
  await transaction.insert(ModeratorIdentityEntity, { issuer, subject, moderatorId });
  await recordAudit(transaction, actor, {
    act: 'moderator.identity_linked',
    subject: { kind: 'moderator', id: moderatorId },
    details: { issuer, subject },
  });
};

/** The provider's word holds, but not where nobody would be admin after it. */
const giveRole = async (
  transaction: EntityManager,
  account: ModeratorEntity,
  role: ModeratorRole,
): Promise<ModeratorEntity> => {
  if (account.role === role) return account;
  const admins = await lockAdmins(transaction);
  if (admins.length === 1 && admins[0] === account.id) return account;
  await transaction.update(ModeratorEntity, { id: account.id }, { role });
  await recordAudit(transaction, actor, {
    act: 'moderator.changed',
    subject: { kind: 'moderator', id: account.id },
    details: { role: { from: account.role, to: role }, by },
  });
  await outdateSessions(transaction, account.id);
  return transaction.findOneByOrFail(ModeratorEntity, { id: account.id });
};
