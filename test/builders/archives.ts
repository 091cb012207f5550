import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { Header } from 'tar';

export interface ArchiveEntry {
  path: string;
  content?: Uint8Array;
  /** what it says to be; a plain file when left out */
  link?: string;
}

const block = 512;

/** A .tar.gz as somebody who means harm would write it: nothing in it is checked. */
export const tarGz = (entries: ArchiveEntry[]): Buffer => {
  const blocks = entries.flatMap(({ path, content = Buffer.alloc(0), link }) => {
    const header = Buffer.alloc(block);
    const type = link === undefined ? 'File' : 'SymbolicLink';
    const size = link === undefined ? content.length : 0;
    new Header({ path, type, size, mode: 0o644, ...(link !== undefined && { linkpath: link }) }).encode(
      header,
    );
    return [header, content, Buffer.alloc((block - (content.length % block)) % block)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * block)]));
};

const linkMode = 0o120777;
const deflated = 8;

/** The same as a .zip (PKWARE's APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16). */
export const zip = (entries: ArchiveEntry[]): Buffer => {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, content: given, link } of entries) {
    const content = Buffer.from(link ?? given ?? '');
    const packed = deflateRawSync(content);
    const name = Buffer.from(path);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(deflated, 4);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, packed]);
    const rest = Buffer.alloc(14);
    if (link !== undefined) rest.writeUInt32LE(linkMode * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03'), common, rest, name]));
    files.push(file);
    offset += file.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, listing, Buffer.from('PK\x05\x06'), end]);
};
