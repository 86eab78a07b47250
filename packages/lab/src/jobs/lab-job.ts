import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Check, type FullHash, messageOf } from '@tagflow/model';
import { fetchPlain } from '../fetch.ts';
import { escapeHtml } from '../http-server.ts';

/** What of a set a job wants to have looked at. */
export interface LabVerifyRequest {
  readonly fullHash: FullHash;
  /** The immutable directory of the hash. */
  readonly repoUrl: string;
  /** The path of the set.json; null: the repository alone. */
  readonly setFile: string | null;
  /** Registry and namespace, such as `http://127.0.0.1:5000/tripleomaster`; null: containers are not looked at. */
  readonly registryUrl: string | null;
  /** Such as `centos-binary-{name}`. */
  readonly namePattern: string;
  /** Where the hash directory of the set's public images is served; null: they are not looked at. */
  readonly imagesUrl: string | null;
  /** As `imagesUrl`, of the images for insiders: whoever runs outside cannot read them. */
  readonly internalImagesUrl: string | null;
  readonly depth: 'quick' | 'sample' | 'full';
  /** Hears of each check as soon as it is made. */
  readonly onCheck: (check: Check) => void;
}

/** Reads a set where it is served. The lab has none of its own: it cannot be judged by what it was made with. */
export type LabVerify = (request: LabVerifyRequest) => Promise<readonly Check[]>;

export interface LabJobOptions extends Omit<LabVerifyRequest, 'onCheck'> {
  readonly job: string;
  readonly ciUrl: string;
  readonly verify: LabVerify;
  /** Where the JUnit file goes. */
  readonly resultsDir?: string;
  readonly signal: AbortSignal;
  readonly write: (line: string) => void;
}

interface TestCase {
  readonly name: string;
  /** Null when it passed. */
  readonly failure: string | null;
}

/**
 * Tests a hash as a deployment would need it: everything of it is read where it is served. Then the CI has its word.
 * Returns whether all of it passed; what is unreadable is a failure of the job, not an error.
 */
export async function runLabJob(options: LabJobOptions): Promise<boolean> {
  const { job, fullHash, verify, write, resultsDir, signal } = options;
  write(`job ${job} on ${fullHash}`);
  const cases: TestCase[] = [];
  const tell = (name: string, subject: string, detail: string, ok: boolean): void => {
    write(`${ok ? 'ok  ' : 'FAIL'}  ${name}: ${subject}${subject === '' ? '' : ': '}${detail}`);
    cases.push({ name: subject === '' ? name : `${name}: ${subject}`, failure: ok ? null : detail });
  };
  try {
    await verify({ ...options, onCheck: ({ kind, subject, detail, ok }) => tell(kind, subject, detail, ok) });
    if (cases.length === 0) tell('verify', '', 'nothing was looked at', false);
  } catch (error) {
    signal.throwIfAborted();
    tell('verify', '', messageOf(error), false);
  }
  const verdict = await askVerdict(options).catch((error: unknown) => messageOf(error));
  tell('deployment', '', `the CI says ${verdict}`, verdict === 'success');
  const passed = cases.every(({ failure }) => failure === null);
  write(`job ${job}: ${passed ? 'SUCCESS' : 'FAILURE'}`);
  if (resultsDir !== undefined) {
    await mkdir(resultsDir, { recursive: true });
    await writeFile(join(resultsDir, `TEST-${job}.xml`), junit(job, cases));
  }
  return passed;
}

async function askVerdict({ ciUrl, job, fullHash, signal }: LabJobOptions): Promise<string> {
  const query = new URLSearchParams({ job, hash: fullHash });
  const { status, text } = await fetchPlain(`${ciUrl}/verdict?${query.toString()}`, { signal });
  return status === 200 ? text : `nothing: ${ciUrl} answered ${status}`;
}

function junit(job: string, cases: readonly TestCase[]): string {
  const failed = cases.filter(({ failure }) => failure !== null).length;
  const lines = cases.map(({ name, failure }) => {
    const inner = failure === null ? '' : `<failure message="${escapeHtml(failure)}"/>`;
    return `  <testcase classname="${escapeHtml(job)}" name="${escapeHtml(name)}">${inner}</testcase>\n`;
  });
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<testsuite name="${escapeHtml(job)}" tests="${cases.length}" failures="${failed}" errors="0">\n${lines.join('')}</testsuite>\n`
  );
}
