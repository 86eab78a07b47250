import type { ExecutionContext } from 'ava';
import { type LabGithub, startLabGithub } from '@tagflow/lab';
import { openGithub, type PromotionFacts, tellGithub } from '../src/index.ts';

export const token = 'ghs_token-of-the-job';
export const commit = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00';
export const hash = 'a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4';
export const olderHash = '00112233001122330011223300112233';
export const day = 24 * 3_600_000;
export const start = Date.parse('2026-01-10T12:00:00Z');
const page = 'https://github.example/rdo/promotions/actions/runs/77';

/** A promotion of today, and a label that is green by it. */
export const promoted: PromotionFacts = {
  ...{ release: 'master', label: 'current-tripleo', component: null, environment: 'current-tripleo' },
  ...{ fullHash: hash, previousHash: olderHash, promotionId: 'p-1', outcome: 'done', reason: '' },
  ...{ explanation: null, owners: [], logPage: page, environmentUrl: null, commit, runId: '77' },
  redness: { isRed: false, since: start, lastHash: hash, redAfterMs: 7 * day },
  now: start,
};

/** A label that was promoted nine days ago, and waits for a job. */
export const red: PromotionFacts = {
  ...promoted,
  ...{ promotionId: null, outcome: 'blocked', reason: 'fs001 failed', owners: ['tripleo-ci'] },
  redness: { isRed: true, since: start - 9 * day, lastHash: olderHash, redAfterMs: 7 * day },
};

/** A GitHub whose clock, like ours, is over every sleep at once; and everything that was logged. */
export async function scene(t: ExecutionContext) {
  let now = start;
  const sleeps: number[] = [];
  const lines: string[] = [];
  const say = (line: string): void => void lines.push(line);
  const clock = {
    now: () => now,
    sleep: (ms: number) => {
      sleeps.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
  const lab: LabGithub = await startLabGithub({
    ...{ repository: 'rdo/promotions', workflows: {}, artifact: '', token, commits: [commit], clock },
    run: () => Promise.resolve('success'),
  });
  t.teardown(lab.close);
  const effects = { clock, log: { debug: say, info: say, warning: say }, signal: new AbortController().signal };
  const tell = async (facts: PromotionFacts, { dryRun = false, mine = token } = {}) => {
    const options = { url: lab.url, repository: 'rdo/promotions', token: mine, dryRun, effects };
    return tellGithub({ ...facts, now: facts.now === start ? now : facts.now }, await openGithub(options));
  };
  const pass = (ms: number): void => void (now += ms);
  const writes = () => lab.requests.filter(({ method }) => method !== 'GET').length;
  return { lab, board: lab.board, tell, pass, writes, sleeps, lines, effects };
}
