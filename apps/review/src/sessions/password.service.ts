import { Injectable } from '@nestjs/common';
import { hashPassword, passwordFits } from '#libs/database';

/** Checks passwords in the same time whether or not there is an account: answers tell nobody who has one. */
@Injectable()
export class PasswordService {
  private readonly decoy = hashPassword('no account has this password');

  async fits(password: string, passwordHash: string | null | undefined): Promise<boolean> {
    const isRight = await passwordFits(password, passwordHash ?? (await this.decoy));
    return isRight && passwordHash != null;
  }
}
