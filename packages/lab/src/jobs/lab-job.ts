import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type ArtifactSet, type FullHash, isAggregate, messageOf, parseSet } from '@tagflow/model';
import { fetchPlain } from '../fetch.ts';
import { escapeHtml } from '../http-server.ts';
import { inParallel } from '../parallel.ts';

export interface LabJobOptions {
  readonly job: string;
  readonly fullHash: FullHash;
  /** The immutable directory of the hash. */
  readonly repoUrl: string;
  readonly ciUrl: string;
  /** A set.json to check too. */
  readonly setFile?: string;
  /** Where the set's containers are, such as `http://127.0.0.1:5000/tripleomaster`; without it they are not checked. */
  readonly registryUrl?: string;
  readonly namePattern?: string;
  /** Where the hash directory of the set's images is served; without it they are not checked. */
  readonly imagesUrl?: string;
  /** Where the JUnit file goes. */
  readonly resultsDir?: string;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

interface Check {
  readonly name: string;
  /** Null when it passed. */
  readonly failure: string | null;
}

/**
 * Tests a hash as a deployment would need it: the repository names the hash and its packages can be listed, every
 * container of the set is there by digest, every image has its size. Then the CI has its word. Returns whether all of
 * it passed; what is unreadable is a failure of the job, not an error.
 */
export async function runLabJob(options: LabJobOptions): Promise<boolean> {
  const { job, fullHash, write, resultsDir } = options;
  write(`job ${job} on ${fullHash}`);
  const checks: Check[] = [];
  const check = async (name: string, work: () => Promise<string>): Promise<void> => {
    try {
      write(`ok    ${name}: ${await work()}`);
      checks.push({ name, failure: null });
    } catch (error) {
      const failure = messageOf(error);
      write(`FAIL  ${name}: ${failure}`);
      checks.push({ name, failure });
    }
  };
  await check('repository', () => checkRepository(options));
  if (options.setFile !== undefined) {
    const set = parseSet(await readFile(options.setFile, 'utf8'), options.setFile);
    await check('set', () => checkSet(options, set));
    if (options.registryUrl !== undefined) await check('containers', () => checkContainers(options, set));
    if (options.imagesUrl !== undefined) await check('images', () => checkImages(options, set));
  }
  await check('deployment', () => askVerdict(options));
  const failed = checks.filter((each) => each.failure !== null);
  write(`job ${job}: ${failed.length === 0 ? 'SUCCESS' : 'FAILURE'}`);
  if (resultsDir !== undefined) {
    await mkdir(resultsDir, { recursive: true });
    await writeFile(join(resultsDir, `TEST-${job}.xml`), junit(job, checks));
  }
  return failed.length === 0;
}

async function checkRepository({ repoUrl, fullHash, signal }: LabJobOptions): Promise<string> {
  const repo = await getOk(`${repoUrl}/delorean.repo`, signal);
  const baseUrls = [...repo.text.matchAll(/^baseurl=(.*)$/gm)].map(([, url = '']) => url);
  if (isAggregate(fullHash)) {
    const md5 = createHash('md5').update(repo.body).digest('hex');
    if (md5 !== fullHash) throw new Error(`${repoUrl}/delorean.repo has the md5 ${md5}`);
  } else if (!baseUrls.some((url) => url.endsWith(`/${fullHash}`))) {
    throw new Error(`${repoUrl}/delorean.repo names ${baseUrls.join(', ') || 'no baseurl'}`);
  }
  const counts = await Promise.all(baseUrls.map((url) => countPackages(url, signal)));
  return `${counts.reduce((sum, count) => sum + count, 0)} packages in ${baseUrls.length} repositories`;
}

async function countPackages(baseUrl: string, signal: AbortSignal): Promise<number> {
  const repomd = await getOk(`${baseUrl}/repodata/repomd.xml`, signal);
  const [, checksum] = /<checksum type="sha256">([0-9a-f]{64})<\/checksum>/.exec(repomd.text) ?? [];
  const [, href] = /<location href="([^"]+-primary\.xml\.gz)"\/>/.exec(repomd.text) ?? [];
  const [, size] = /<size>(\d+)<\/size>/.exec(repomd.text) ?? [];
  if (checksum === undefined || href === undefined) throw new Error(`${baseUrl}/repodata/repomd.xml names no primary`);
  const primary = await getOk(`${baseUrl}/${href}`, signal);
  const actual = createHash('sha256').update(primary.body).digest('hex');
  if (actual !== checksum || Number(size) !== primary.body.length) {
    throw new Error(`${baseUrl}/${href} is not what repomd.xml says: sha256 ${actual}, ${primary.body.length} bytes`);
  }
  const [, packages] = / packages="(\d+)"/.exec(gunzipSync(primary.body).toString()) ?? [];
  if (packages === undefined || packages === '0') throw new Error(`${baseUrl} has no packages`);
  return Number(packages);
}

async function checkSet({ fullHash }: LabJobOptions, set: ArtifactSet): Promise<string> {
  if (set.fullHash !== fullHash) throw new Error(`the set is of ${set.fullHash}`);
  return `${set.containers.length} containers, ${set.images.length} images`;
}

async function checkContainers(options: LabJobOptions, set: ArtifactSet): Promise<string> {
  const { registryUrl = '', namePattern = '{name}', signal } = options;
  const { origin, pathname } = new URL(registryUrl);
  const namespace = pathname.replaceAll(/^\/|\/$/g, '');
  if (set.containers.length === 0) throw new Error('the set has no containers');
  await inParallel(set.containers, 8, async ({ name, digest }) => {
    const repository = [namespace, namePattern.replaceAll('{name}', name)].filter((part) => part !== '').join('/');
    const headers = { accept: manifestTypes };
    const manifest = await getOk(`${origin}/v2/${repository}/manifests/${digest}`, signal, headers);
    const actual = `sha256:${createHash('sha256').update(manifest.body).digest('hex')}`;
    if (actual !== digest) throw new Error(`${repository}@${digest} has the digest ${actual}`);
  });
  return `${set.containers.length} manifests read by digest`;
}

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
].join(', ');

async function checkImages({ imagesUrl = '', signal }: LabJobOptions, set: ArtifactSet): Promise<string> {
  const images = set.images.filter((image) => image.visibility === 'public');
  if (images.length === 0) throw new Error('the set has no public images');
  await inParallel(images, 4, async (image) => {
    const url = `${imagesUrl}/${image.name}`;
    const { status, headers } = await fetchPlain(url, { method: 'HEAD', signal });
    const length = Number(headers['content-length']);
    if (status !== 200 || length !== image.size) {
      throw new Error(`${url} answered ${status} with ${length} bytes; the set says ${image.size}`);
    }
  });
  return `${images.length} images have their sizes`;
}

async function askVerdict({ ciUrl, job, fullHash, signal }: LabJobOptions): Promise<string> {
  const query = new URLSearchParams({ job, hash: fullHash });
  const { text } = await getOk(`${ciUrl}/verdict?${query.toString()}`, signal);
  if (text !== 'success') throw new Error(`the CI says ${text}`);
  return 'the CI says success';
}

async function getOk(
  url: string,
  signal: AbortSignal,
  headers: Readonly<Record<string, string>> = {},
): ReturnType<typeof fetchPlain> {
  const answer = await fetchPlain(url, { signal, headers });
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
  return answer;
}

function junit(job: string, checks: readonly Check[]): string {
  const failed = checks.filter((check) => check.failure !== null).length;
  const cases = checks.map(({ name, failure }) => {
    const inner = failure === null ? '' : `<failure message="${escapeHtml(failure)}"/>`;
    return `  <testcase classname="${escapeHtml(job)}" name="${name}">${inner}</testcase>\n`;
  });
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuite name="${escapeHtml(job)}" tests="${checks.length}" failures="${failed}" errors="0">\n${cases.join('')}</testsuite>\n`
  );
}
