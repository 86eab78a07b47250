import { createHash } from 'node:crypto';
import { DlrnError, type ResolvedHash } from '@tagflow/dlrn';
import type { Api, ApiResponse } from '@tagflow/http';
import type { LabDlrnFault } from '@tagflow/lab';
import type { ArtifactSet, Destination, Digest, FullHash, Label } from '@tagflow/model';
import test from 'ava';
import { createDestinations, createDisks } from '../../packages/promotion/test/memory-world.ts';
import {
  classic,
  component,
  componentLine,
  label,
  type Line,
  lines,
  type Position,
  previous,
  promotesTo,
  type Ready,
  startReady,
} from './dlrn-rig.ts';

const gatewayTimeout = { status: 504, body: '<h1>Gateway Timeout</h1>', contentType: 'text/html' };
const waitingPage = { status: 200, body: '<title>Proxy: please wait</title>', contentType: 'text/html' };

type Ending = readonly [words: string, end: (ready: Ready) => unknown];
const goesOn: Ending = ['carries it out after all', ({ give, second }) => give(label, second.builds)];
const doesNothing: Ending = ['never heard of it', () => undefined];

/** DLRN takes a link away before it makes it anew. */
const diesInTheGap = (line: Line): Ending => [
  'dies between the two steps of its link',
  ({ lab }) => lab.state.tree.remove(`${line === classic ? '' : 'component/tripleo/'}${label}`),
];

const unclear: readonly (readonly [Line, string, LabDlrnFault, Ending])[] = [
  ...lines.map((line) => [line, 'a 504 of a gateway', gatewayTimeout, goesOn] as const),
  ...lines.map((line) => [line, 'a 504 of a gateway', gatewayTimeout, doesNothing] as const),
  ...[classic, componentLine].map((line) => [line, 'a 504 of a gateway', gatewayTimeout, diesInTheGap(line)] as const),
  [component, 'a page of a proxy with status 200', waitingPage, goesOn],
  [component, 'a page of a proxy with status 200', waitingPage, doesNothing],
];

for (const [line, what, answer, [then, end]] of unclear) {
  test(`${line.name}: ${what} to the end is half done and stays open; when the server ${then}, the next promotion ends it`, async (t) => {
    const ready = await startReady(t, line);
    const { first, second, ...rig } = ready;
    rig.answerPromotions(() => answer);
    const report = await rig.run();
    t.is(report.outcome, 'half-done', report.message);
    t.regex(report.message, /nobody can say whether DLRN at http.* still promotes/);
    t.regex(report.result?.debts.join('\n') ?? '', /run promote-symlink with mode resume/);
    t.deepEqual(rig.where(), rig.at(first));
    t.is(await rig.open(), 1);

    rig.lab.setFaults(undefined);
    const asked = rig.promotions();
    end(ready);
    const next = await rig.run();
    t.is(next.outcome, 'nothing-to-do', next.message);
    t.deepEqual(rig.where(), rig.at(second));
    t.is(rig.named(previous), first.fullHash);
    t.is(rig.promotions() - asked, then === goesOn[0] ? 0 : 1);
    t.is(await rig.open(), 0);
  });
}

for (const line of lines) {
  test(`${line.name}: DLRN promotes long after its gateway gave up: the containers that went back follow it`, async (t) => {
    const ready = await startReady(t, line);
    const { first, second, ...rig } = ready;
    const { containers, namedContainer } = createContainers(ready);
    rig.answerPromotions(() => gatewayTimeout);
    const report = await rig.run({}, [containers]);
    t.is(report.outcome, 'half-done', report.message);
    t.is(namedContainer(label), digestOf(first.fullHash));
    t.is(await rig.open(), 1);

    rig.lab.setFaults(undefined);
    rig.give(label, second.builds);
    await rig.run({}, [containers]);
    t.deepEqual(rig.where(), rig.at(second));
    t.is(namedContainer(label), digestOf(second.fullHash));
    t.is(namedContainer(previous), digestOf(first.fullHash));
    t.is(await rig.open(), 0);
  });
}

for (const line of lines) {
  test(`${line.name}: a promotion that was made, and answered with a page, is done, and made once`, async (t) => {
    const { second, ...rig } = await startReady(t, line);
    rig.answerPromotions(() => {
      rig.give(label, second.builds);
      return waitingPage;
    });
    const report = await rig.run();
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(second));
    t.is(rig.promotions(), 1);
  });
}

/** Three attempts, and four looks after each. */
const lastWait = 12;

type Meddling = (ready: Ready, third: ResolvedHash) => void;
const promotes: Meddling = ({ give }, { builds }) => give(label, builds);
const movesALink: Meddling = ({ stray, second }, { members }) =>
  stray(members.find((one) => !second.members.some(({ fullHash }) => fullHash === one.fullHash)));

const strangers: readonly (readonly [Line, string, Meddling])[] = [
  ...lines.map((line) => [line, 'promotes', promotes] as const),
  [component, 'has moved the first link', movesALink],
];

for (const [line, what, meddle] of strangers) {
  test(`${line.name}: somebody else ${what} during the last wait: nothing is written over that`, async (t) => {
    let third: ResolvedHash | null = null;
    let theirs: Position | null = null;
    const ready: Ready = await startReady(t, line, {
      wait: (turn) => {
        if (turn !== lastWait || third === null) return;
        meddle(ready, third);
        theirs = ready.where();
      },
    });
    const { first, second, ...rig } = ready;
    third = await rig.build();
    rig.answerPromotions((turn) => (turn <= 3 ? 'html' : undefined));
    const error = await t.throwsAsync(rig.flip(first, second), { instanceOf: DlrnError });
    t.is(error.code, 'hash-changed', error.message);
    t.is(error.outcome, 'half-done');
    t.is(rig.promotions(), 3);
    t.notDeepEqual(theirs, rig.at(first));
    t.deepEqual(rig.where(), theirs);
  });
}

for (const line of lines) {
  test(`${line.name}: somebody else promotes between previous-${label} and ${label}: the label is theirs, and stays`, async (t) => {
    const { lab, first, ...rig } = await startReady(t, line);
    const third = await rig.build();
    let [isPreviousWritten, isTheirs] = [false, false];
    lab.setFaults((request) => {
      if (promotesTo(previous, request)) isPreviousWritten = true;
      else if (isPreviousWritten && !isTheirs && request.path === '/api/promotions') {
        isTheirs = true;
        rig.give(label, third.builds);
      }
      return undefined;
    });
    const report = await rig.run();
    t.is(report.outcome, 'half-done', report.message);
    t.notRegex(report.message, /could not be read back/);
    t.deepEqual(rig.where(), rig.at(third));
    t.is(rig.named(previous), first.fullHash);
    t.is(rig.promotions(), 0);

    const next = await rig.run();
    t.is(next.outcome, 'nothing-to-do', next.message);
    t.deepEqual(rig.where(), rig.at(third));
    t.is(rig.promotions(), 0);
    t.is(await rig.open(), 0);
  });

  test(`${line.name}: a cache in between that keeps what it has seen is not believed about labels`, async (t) => {
    const { second, ...rig } = await startReady(t, line, { through: cached });
    const report = await rig.run();
    t.is(report.outcome, 'done', report.message);
    t.deepEqual(rig.where(), rig.at(second));
  });
}

for (const line of [component, componentLine]) {
  for (const files of [['delorean.repo'], ['delorean.repo.md5'], ['delorean.repo', 'delorean.repo.md5']]) {
    const what = files.join(' and ');
    test(`${line.name}: a cache that answers for ${what} in spite of all: not promoted, and taken back`, async (t) => {
      const { lab, first, second, tree, ...rig } = await startReady(t, line);
      const paths = files.map((file) => `/${label}/${file}`);
      const kept = new Map(
        await Promise.all(paths.map(async (path) => [path, await tree.readFile(path.slice(1))] as const)),
      );
      lab.setFaults(({ path }) => {
        const body = kept.get(path) ?? null;
        return body === null ? undefined : { status: 200, body, contentType: 'text/plain' };
      });
      const error = await t.throwsAsync(rig.flip(first, second), { instanceOf: DlrnError });
      t.is(error.code, 'not-promoted', error.message);
      t.deepEqual(rig.where(), rig.at(first));
      t.is(rig.promotions(), 2, 'there, and back');
    });
  }
}

/** A cache as the servers of files have it: it asks again when it is told to. */
function cached(api: Api, reposUrl: string): Api {
  const kept = new Map<string, ApiResponse>();
  return {
    async request(request) {
      const { method, url, headers } = request;
      const found = headers?.['cache-control'] === 'no-cache' ? undefined : kept.get(url);
      if (found !== undefined) return found;
      const response = await api.request(request);
      if (method === 'GET' && url.startsWith(`${reposUrl}/`)) kept.set(url, response);
      return response;
    },
  };
}

/** A registry that has the container of each set, beside a DLRN, and what it says for a label. */
function createContainers({ oldest, first, second }: Ready): {
  readonly containers: Destination;
  readonly namedContainer: (name: Label) => string | undefined;
} {
  const disks = createDisks();
  const { pointers, sets } = disks.rdo;
  for (const { fullHash } of [oldest, first, second]) sets.set(fullHash, setOf(fullHash));
  pointers.set(`heat-api:${label}`, digestOf(first.fullHash));
  pointers.set(`heat-api:${previous}`, digestOf(oldest.fullHash));
  return {
    containers: createDestinations(disks).find(({ name }) => name === 'registry rdo')!,
    namedContainer: (name) => pointers.get(`heat-api:${name}`),
  };
}

function setOf(fullHash: FullHash): ArtifactSet {
  const containers = [{ name: 'heat-api', digest: digestOf(fullHash) }];
  return { fullHash, release: 'master', repository: { url: null, builds: [] }, containers, images: [] };
}

function digestOf(hash: FullHash): Digest {
  return `sha256:${createHash('sha256').update(hash).digest('hex')}` as Digest;
}
