import test from 'ava';
import type { PromotionRecord } from '@tagflow/model';
import {
  explainHash,
  explainLabel,
  formatExplanationBrief,
  formatExplanationJson,
  formatExplanationMarkdown,
  formatExplanationText,
} from '../src/index.ts';
import { asked, candidateOf, facts, freeze, hashOf, holdOf, hour, noted, now } from './explain-facts.ts';
import { waiver } from './needs-questions.ts';

const of = asked('1', [
  ['ovb', 'failure'],
  ['scenario', 'success'],
]);
const failed = {
  ...of,
  votes: of.votes.map((vote) => ({ ...vote, url: 'https://logs.example/1', timestamp: (now - 2 * hour) / 1000 })),
};
const blocked = explainLabel(
  facts({
    candidates: [
      candidateOf(asked('2', [], { policy: [holdOf(hashOf('2'))] })),
      candidateOf(failed, { notes: [noted(failed, 3)], named: now - 30 * hour }),
    ],
    freezes: [freeze],
    debts: ['registry docker owes current-tripleo: 2 of 24 tags are not those of what it names'],
  }),
);

test('a label in a screenful', (t) => {
  t.is(
    formatExplanationText(blocked),
    `current-tripleo: FROZEN   (master; phase upstream)
why        alice has frozen it, so that it moves by hand only: the release is
           being cut
since      nobody knows: no promoter has noted this answer yet
names now  0000000000000000000000000000000000000000_00000000
           since 2026-01-02 12:00 UTC (3 days)
nearest    1111111111111111111111111111111111111111_11111111
           number 2 of 2, newest first; tripleo-ci-testing named it first on
           2026-01-04 06:00 UTC; 1 of 3 jobs succeeded
lacking    ovb
             failed 2 h ago: run it again on this hash, or ask ovb-team to mend
             it
             https://logs.example/1
           standalone
             has not reported: wait, or run it on this hash; else ask its owner
             (owners: names none)
frozen     by alice until 2026-01-09 12:00 UTC (4 days left): the release is
           being cut (https://bugs.example/7); release-week, freezes.yaml:2
others     2222222222222222222222222222222222222222_22222222  held by alice
owed       registry docker owes current-tripleo: 2 of 24 tags are not those of
           what it names
who acts   alice: end the freeze release-week: take it out of freezes.yaml:2, or
           move the label by hand: promote-symlink with --reason
`,
  );
});

test('a label in some lines', (t) => {
  const waiting = explainLabel(facts({ candidates: [candidateOf(failed, { notes: [noted(failed, 3)] })] }));
  t.is(
    formatExplanationBrief(waiting),
    `current-tripleo: BLOCKED   (master; phase upstream)
why        2 results are lacking on the one candidate, and 1 of these jobs
           failed there
since      2026-01-05 09:00 UTC (3 h), as the ledger noted
names now  0000000000000000000000000000000000000000_00000000
           since 2026-01-02 12:00 UTC (3 days)
who acts   ovb-team: mend or run again ovb
           somebody: run standalone
`,
  );
});

test('a hash in a screenful', (t) => {
  const { route, jobs } = facts();
  const common = { route, jobs, current: hashOf('0'), isCandidate: true, isOlder: false };
  const history: readonly PromotionRecord[] = [];
  const routes = [
    { ...common, promoted: null, history, candidate: candidateOf(failed) },
    { ...common, promoted: now - 50 * hour, history, candidate: null, route: { ...route, phase: 'rdo-phase-1' } },
  ];
  t.is(
    formatExplanationText(explainHash({ fullHash: hashOf('1'), release: 'master', now, routes, votes: failed.votes })),
    `1111111111111111111111111111111111111111_11111111 of master
upstream     current-tripleo: CANDIDATE
               it lacks 2 results:
             ovb
               failed 2 h ago: run it again on this hash, or ask ovb-team to
               mend it
               https://logs.example/1
             standalone
               has not reported: wait, or run it on this hash; else ask its
               owner (owners: names none)
rdo-phase-1  current-tripleo: NAMED BEFORE, first on 2026-01-03 10:00 UTC (2
             days ago)
               it was moved on; now it names
               0000000000000000000000000000000000000000_00000000
votes        2 jobs: 1 succeeded, 1 failed
               ovb failed, 2 h ago; owner ovb-team
               https://logs.example/1
`,
  );
});

test('a long list is cut, and says so', (t) => {
  const names = Array.from({ length: 30 }, (_, index) => `periodic-tripleo-ci-centos-9-featureset${index}-master`);
  const candidates = Array.from({ length: 9 }, (_, index) =>
    candidateOf(asked(`${index + 1}`, [], { criteria: { allOf: names, informing: [] } })),
  );
  const lines = formatExplanationText(explainLabel(facts({ candidates, unseen: 3 }))).split('\n');
  t.true(lines.length <= 25, `${lines.length}`);
  t.true(lines.includes('           and 26 jobs more, in the JSON'));
  t.true(lines.includes('           and 4 more, in the JSON'));
  t.true(lines.includes('           3 older ones, not looked at'));
  t.deepEqual(
    lines.filter((line) => line.length > 80),
    [],
  );
});

test('what others wrote is neither a control sequence in a terminal nor Markdown in a summary', (t) => {
  const evil = { ...waiver('ovb', now + hour), reason: '\u001b[2J**bold** <script>\nnext line' };
  const explained = explainLabel(
    facts({ candidates: [candidateOf(asked('1', [['scenario', 'failure']], { policy: [evil] }))] }),
  );
  const text = formatExplanationText(explained);
  t.regex(text, /\[2J\*\*bold\*\*\s+<script> next line/);
  // eslint-disable-next-line no-control-regex -- it is what must not be there
  t.notRegex(text, /\u001b/);
  const markdown = formatExplanationMarkdown(explained);
  t.regex(markdown, /\\\*\\\*bold\\\*\\\* \\<script\\> next line/);
});

test('in Markdown a log is a link', (t) => {
  t.is(
    formatExplanationMarkdown(blocked).split('\n').slice(0, 14).join('\n'),
    `### current-tripleo: FROZEN   (master; phase upstream)

- **why**: alice has frozen it, so that it moves by hand only: the release is being cut
- **since**: nobody knows: no promoter has noted this answer yet
- **names now**
  - 0000000000000000000000000000000000000000\\_00000000
  - since 2026-01-02 12:00 UTC (3 days)
- **nearest**
  - 1111111111111111111111111111111111111111\\_11111111
  - number 2 of 2, newest first; tripleo-ci-testing named it first on 2026-01-04 06:00 UTC; 1 of 3 jobs succeeded
- **lacking**
  - ovb: failed 2 h ago: run it again on this hash, or ask ovb-team to mend it ([log](https://logs.example/1))
  - standalone: has not reported: wait, or run it on this hash; else ask its owner (owners: names none)
- **frozen**: by alice until 2026-01-09 12:00 UTC (4 days left): the release is being cut (https://bugs.example/7); release-week, freezes.yaml:2`,
  );
});

test('as JSON it is canonical, and one line', (t) => {
  const json = formatExplanationJson(blocked);
  t.regex(json, /^\{"acts":\[[^\n]*\}\n$/);
  t.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(blocked)));
});
