import { createHash } from 'node:crypto';
import { redactUrl, withoutEndSlash } from '@tagflow/http';
import { type FullHash, isAggregate } from '@tagflow/model';
import { parseDeloreanRepo } from '../delorean-repo.ts';
import { DlrnError } from '../error.ts';
import { memberAt, splitRepoUrl } from '../repo-url.ts';
import { checked, type Checking } from './checking.ts';
import { decompressed } from './decompress.ts';
import { locate } from './location.ts';
import { checkPackages } from './packages.ts';
import { type PackageFile, readPrimary } from './primary.ts';
import { drain, type FileEffects, readExpected, readSmall } from './read-file.ts';
import { type DataFile, parseRepomd } from './repomd.ts';

export interface RepositoryCheckRequest {
  readonly fullHash: FullHash;
  /** The immutable directory of the hash. */
  readonly repoUrl: string;
  /**
   * - `quick`: the metadata, whole and with all its checksums
   * - `sample`: also whether each package is there with its size, and the bytes of some
   * - `full`: also the bytes of all packages
   */
  readonly depth: 'quick' | 'sample' | 'full';
}

const longestSmallFile = 4 * 1024 * 1024;

/**
 * Reads the repository of a hash as those who install from it do, and tells of each part what was found: `delorean.repo`,
 * and for each of its repositories the metadata, every file that it lists, and the packages. What is wrong is told, and
 * never thrown. How many requests are made at a time is the transfer's own matter.
 * @throws ParseError when the URL is not the directory of the hash; the signal's reason
 */
export async function verifyRepository(
  request: RepositoryCheckRequest,
  onCheck: Checking['onCheck'],
  effects: FileEffects,
): Promise<void> {
  const checking: Checking = { onCheck, signal: effects.signal };
  const repoUrl = withoutEndSlash(request.repoUrl);
  const { reposUrl } = splitRepoUrl(repoUrl, request.fullHash);
  const baseUrls = await checked(checking, 'repository', redactUrl(repoUrl), async (counter) => {
    const url = `${repoUrl}/delorean.repo`;
    const content = await readSmall(url, longestSmallFile, counter, effects);
    const found = baseUrlsOf(content, redactUrl(url), { ...request, reposUrl });
    const of = isAggregate(request.fullHash) ? 'has the md5 of the hash' : 'names the hash';
    return { detail: `delorean.repo ${of}; repositories: ${found.length}`, value: found };
  });
  for (const baseUrl of baseUrls ?? []) await checkBase(baseUrl, request, checking, effects);
}

/**
 * Returns where the repositories of a `delorean.repo` are served. Those of builds are looked for in the tree of the hash
 * itself: a mirror keeps the name of the server that built them.
 */
function baseUrlsOf(
  content: Buffer,
  where: string,
  { fullHash, reposUrl }: { readonly fullHash: FullHash; readonly reposUrl: string },
): readonly string[] {
  const sections = parseDeloreanRepo(content.toString('utf8'), where);
  const md5 = createHash('md5').update(content).digest('hex');
  if (isAggregate(fullHash) && md5 !== fullHash) {
    throw new DlrnError('unexpected-answer', `${where} has the md5 ${md5}, and the hash is ${fullHash}`);
  }
  const members = sections.map(({ id, baseurl }) => {
    const member = memberAt(baseurl);
    if (member !== null) return member;
    throw new DlrnError(
      'unexpected-answer',
      `${where}: [${id}] names ${baseurl}, which is not the directory of a build`,
    );
  });
  const other = members.find((member) => member.fullHash !== fullHash);
  if (!isAggregate(fullHash) && other !== undefined) {
    throw new DlrnError('unexpected-answer', `${where} names ${other.fullHash}, and the hash is ${fullHash}`);
  }
  return [...new Set(members.map(({ path }) => `${reposUrl}/${path}`))];
}

async function checkBase(
  baseUrl: string,
  { fullHash, depth }: RepositoryCheckRequest,
  checking: Checking,
  effects: FileEffects,
): Promise<void> {
  const repomd = `${baseUrl}/repodata/repomd.xml`;
  const files = await checked(checking, 'repository', redactUrl(repomd), async (counter) => {
    const found = await parseRepomd(await readSmall(repomd, longestSmallFile, counter, effects), redactUrl(repomd));
    if (!found.some(({ type }) => type === 'primary')) {
      throw new DlrnError('unexpected-answer', `${redactUrl(repomd)} lists no primary, so that nobody can install`);
    }
    return { detail: `lists ${found.map(({ type }) => type).join(', ')}`, value: found };
  });
  for (const file of files ?? []) {
    const packages = await checkData(baseUrl, file, checking, effects);
    if (packages !== null && depth !== 'quick') {
      await checkPackages(redactUrl(baseUrl), packages, { fullHash, depth }, checking, effects);
    }
  }
}

/** Returns the packages, if the file lists them and is what it should be. */
async function checkData(
  baseUrl: string,
  file: DataFile,
  checking: Checking,
  effects: FileEffects,
): Promise<readonly PackageFile[] | null> {
  return checked(checking, 'repository', `${redactUrl(baseUrl)}: ${file.type}`, async (counter) => {
    const url = locate(baseUrl, file);
    const detail = `is there with its ${file.sum.algorithm}`;
    if (file.type !== 'primary') {
      await readExpected(url, file, 'repomd.xml', counter, effects, drain);
      return { detail, value: null };
    }
    const packages = await readExpected(url, file, 'repomd.xml', counter, effects, (pieces) =>
      readOpened(pieces, redactUrl(url), file),
    );
    return { detail: `${detail}; packages: ${packages.length}`, value: packages };
  });
}

async function readOpened(
  pieces: AsyncIterable<Uint8Array>,
  where: string,
  { openSum, openSize }: DataFile,
): Promise<readonly PackageFile[]> {
  const hash = createHash(openSum?.algorithm ?? 'sha256');
  const inside = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of decompressed(pieces, where, openSize)) {
      hash.update(piece);
      yield piece;
    }
  };
  const packages = await readPrimary(inside(), where);
  const hex = hash.digest('hex');
  if (openSum === null || openSum.hex === hex) return packages;
  throw new DlrnError(
    'unexpected-answer',
    `${where} has the ${openSum.algorithm} ${hex} when it is decompressed, repomd.xml says ${openSum.hex}`,
  );
}
