import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type KnownContent, readKnownContent, type Watermark } from '#libs/database';

@Injectable()
export class KnownContentRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** Everything written since the mark, in pages; without a mark, everything in force. Returns the next mark. */
  read(since: Watermark | undefined, onPage: (rows: KnownContent[]) => void): Promise<Watermark> {
    return readKnownContent(this.dataSource, since, onPage);
  }
}
