import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { escapeHtml } from '../http-server.ts';
import type { CommitRow } from './state.ts';

/** The names and texts of the two files that yum needs to know the packages of one repository. */
export interface Repodata {
  readonly repomd: string;
  /** File name below `repodata/`, which carries its own checksum as createrepo writes it. */
  readonly primaryName: string;
  readonly primary: Buffer;
}

/** Returns the placeholder that stands for a build's rpm. */
export function rpmContent(row: CommitRow, kind: 'src' | 'noarch' = 'noarch'): string {
  return `placeholder for ${row.nvr}.${kind}.rpm\n`;
}

/**
 * Returns repository metadata of the packages.
 * @param locate gives each package's rpm, relative to the repository
 */
export function makeRepodata(rows: readonly CommitRow[], locate: (row: CommitRow) => string, time: number): Repodata {
  const xml =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" ` +
    `packages="${rows.length}">\n${rows.map((row) => packageXml(row, locate(row))).join('')}</metadata>\n`;
  const primary = gzipSync(xml);
  const primaryName = `${sha256(primary)}-primary.xml.gz`;
  const repomd =
    `<?xml version="1.0" encoding="UTF-8"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">\n` +
    `<revision>${time}</revision>\n<data type="primary">\n` +
    `  <checksum type="sha256">${sha256(primary)}</checksum>\n` +
    `  <open-checksum type="sha256">${sha256(xml)}</open-checksum>\n` +
    `  <location href="repodata/${primaryName}"/>\n  <timestamp>${time}</timestamp>\n` +
    `  <size>${primary.length}</size>\n  <open-size>${Buffer.byteLength(xml)}</open-size>\n</data>\n</repomd>\n`;
  return { repomd, primaryName, primary };
}

function packageXml(row: CommitRow, href: string): string {
  const [release = '', version = ''] = row.nvr.split('-').reverse();
  const rpm = rpmContent(row);
  return (
    `<package type="rpm">\n  <name>${escapeHtml(row.project)}</name>\n  <arch>noarch</arch>\n` +
    `  <version epoch="0" ver="${version}" rel="${release}"/>\n` +
    `  <checksum type="sha256" pkgid="YES">${sha256(rpm)}</checksum>\n` +
    `  <summary>${escapeHtml(row.project)} of the lab</summary>\n` +
    `  <time file="${row.builtAt}" build="${row.builtAt}"/>\n` +
    `  <size package="${Buffer.byteLength(rpm)}" installed="0" archive="0"/>\n` +
    `  <location href="${escapeHtml(href)}"/>\n</package>\n`
  );
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
