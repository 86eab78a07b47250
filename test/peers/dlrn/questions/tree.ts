import type { Question } from '../question.ts';
import { component } from './parts.ts';

const files = ['delorean.repo', 'delorean.repo.md5', 'commit.yaml', 'versions.csv'];
const labels = ['current', 'consistent', 'one', 'batch', 'never', 'd%C3%A9but', 'a%20b', 'mix-a', 'mix-b'];
const file = (path: string): Question => ({ name: `file: ${path}`, ask: `TREE ${path}` });

/** Which files a label has, in either mode. */
export const tree: readonly Question[] = [
  ...labels.flatMap((label) => files.map((name) => file(`${label}/${name}`))),
  ...['current', 'consistent', 'one', 'never'].flatMap((label) =>
    files.map((name): Question => ({ ...file(`component/{good.component}/${label}/${name}`), ...component })),
  ),
  ...files.map((name) => file(`{good.dir}/${name}`)),
  file('status_report.csv'),
  file('nothing'),
  file('current/nothing'),
  file('current/delorean.repo/x'),
  file('current/delorean.repo/'),
  file('{good.shard}/nothing'),
];
