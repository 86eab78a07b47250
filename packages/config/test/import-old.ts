import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OldFile } from '../src/import/index.ts';

export const folder = join(import.meta.dirname, '../examples/old-promoter');

export const example = (name: string): OldFile => ({ name, text: readFileSync(join(folder, name), 'utf8') });

const defaults = ['global_defaults.yaml', 'rdo/defaults.yaml'].map((name) => ({ ...example(name), isDefaults: true }));

/** What is imported together, by the name of the file that it is about. */
export const releases: Readonly<Record<string, readonly OldFile[]>> = {
  'CentOS-7/pike.ini': [example('CentOS-7/pike.ini')],
  'rdo/CentOS-9/master.yaml': [...defaults, example('excludes.yaml'), example('rdo/CentOS-9/master.yaml')],
  'CentOS-9/component/master.yaml': [example('CentOS-9/component/master.yaml')],
  'criteria/centos9/antelope.yaml': [example('criteria/centos9/antelope.yaml')],
};

/** A release file with one job, and lines of its own before it. */
export const release = (lines = ''): OldFile => ({
  name: 'CentOS-9/master.yaml',
  text: `${lines}\nrelease: master\ndistro_name: centos\ndistro_version: 9\npromotions:\n  current-tripleo:\n    candidate_label: tripleo-ci-testing\n    criteria: [job-a-1]\n`,
});
