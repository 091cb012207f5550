import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import { ApiCookieAuth, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '#libs/platform';
import { Access, BeforeDuties } from '../access/access.js';
import { CurrentSession, type SessionHolder } from '../access/caller.js';
import { SessionService } from '../sessions/session.service.js';
import { AccountsService } from './accounts.service.js';
import {
  type NewPassword,
  newPasswordSchema,
  type RecoveryCodes,
  recoveryCodesSchema,
  type SecondFactorProof,
  secondFactorProofSchema,
  type TotpBegun,
  totpBegunSchema,
  type TotpCode,
  totpCodeSchema,
} from './own-account.dto.js';
import { SecondFactorService } from './second-factor.service.js';

/** What people do with their own account. */
@ApiTags('own account')
@ApiCookieAuth()
@Access({ role: 'moderator' })
@Controller('v1/me')
export class OwnAccountController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly secondFactor: SecondFactorService,
    private readonly sessions: SessionService,
  ) {}

  @BeforeDuties()
  @Post('password')
  @HttpCode(204)
  @ApiOperation({ summary: 'Change one’s password; other sessions end' })
  @ApiProblems('invalid_request', 'unauthorized', 'conflict', 'rate_limited')
  async changePassword(
    @CurrentSession() holder: SessionHolder,
    @Body({ schema: newPasswordSchema }) change: NewPassword,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    this.sessions.handOut(await this.accounts.changePassword(holder, change), reply);
  }

  @BeforeDuties()
  @Post('totp')
  @HttpCode(200)
  @ApiOperation({ summary: 'Begin to set up a second factor; it counts once it is confirmed' })
  @ApiResponse({ status: 200, standardSchema: totpBegunSchema })
  @ApiProblems('unauthorized', 'conflict', 'unavailable')
  beginTotp(@CurrentSession() holder: SessionHolder): Promise<TotpBegun> {
    return this.secondFactor.begin(holder);
  }

  @BeforeDuties()
  @Post('totp/confirm')
  @HttpCode(200)
  @ApiOperation({ summary: 'Confirm the second factor with a code of it; other sessions end' })
  @ApiResponse({ status: 200, standardSchema: recoveryCodesSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'conflict', 'rate_limited')
  async confirmTotp(
    @CurrentSession() holder: SessionHolder,
    @Body({ schema: totpCodeSchema }) { code }: TotpCode,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RecoveryCodes> {
    const { recoveryCodes, token } = await this.secondFactor.confirm(holder, code);
    this.sessions.handOut(token, reply);
    return { recoveryCodes };
  }

  @Post('totp/recovery-codes')
  @HttpCode(200)
  @ApiOperation({ summary: 'Replace the recovery codes by new ones' })
  @ApiResponse({ status: 200, standardSchema: recoveryCodesSchema })
  @ApiProblems('invalid_request', 'unauthorized', 'conflict', 'rate_limited')
  async replaceRecoveryCodes(
    @CurrentSession() { id }: SessionHolder,
    @Body({ schema: secondFactorProofSchema }) { code }: SecondFactorProof,
  ): Promise<RecoveryCodes> {
    return { recoveryCodes: await this.secondFactor.replaceRecoveryCodes(id, code) };
  }

  @Post('totp/remove')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove the second factor' })
  @ApiProblems('invalid_request', 'unauthorized', 'conflict', 'rate_limited')
  removeTotp(
    @CurrentSession() { id }: SessionHolder,
    @Body({ schema: secondFactorProofSchema }) { code }: SecondFactorProof,
  ): Promise<void> {
    return this.secondFactor.removeOwn(id, code);
  }
}
