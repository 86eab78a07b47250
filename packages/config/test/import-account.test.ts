import test from 'ava';
import { sortComments } from '../src/import/comments.ts';
import { convertOldConfig, type Imported } from '../src/import/convert.ts';
import { renderJinja } from '../src/import/jinja.ts';
import { readOldFile } from '../src/import/old-file.ts';
import { keyOf, leavesOf, textOf } from '../src/import/old-tree.ts';
import type { OldFile } from '../src/index.ts';
import { release, releases } from './import-old.ts';

/** Returns the values that went nowhere. */
function untold(files: readonly OldFile[], { carried, findings }: Imported): readonly string[] {
  const told = new Set([...carried, ...findings].map(({ file, line, key }) => `${file}:${line} ${key}`));
  return files.flatMap((file) =>
    leavesOf(readOldFile(file).root)
      .map((leaf) => `${leaf.file}:${leaf.line} ${keyOf(leaf)}`)
      .filter((place) => !told.has(place)),
  );
}

/** Small numbers that look as if by chance, the same each time. */
function dice(seed: number): (sides: number) => number {
  let state = seed + 1;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

const keys = [
  ...[
    'api_url',
    'base_url',
    'repo_url',
    'dlrn_api_host',
    'dlrn_api_port',
    'dlrn_api_scheme',
    'dlrn_api_endpoint',
    'username',
  ],
  ...[
    'dlrnauth_username',
    'distro',
    'manifest_push',
    'ppc_manifests',
    'ppc_manifest',
    'target_registries_push',
    'dry_run',
  ],
  ...['latest_hashes_count', 'allowed_clients', 'source_namespace', 'target_namespace', 'create_previous', 'log_file'],
  ...[
    'default_qcow_server',
    'overcloud_images',
    'containers',
    'registries',
    'exclude_containers',
    'dlrn',
    'current-tripleo-rdo',
  ],
  ...['whatever', 'my_password'],
];
const values: Readonly<Record<string, readonly string[]>> = {
  api_url: ['https://d.example/api-centos9-master-uc', 'http://d.example/api'],
  base_url: ['https://d.example/centos9-master/', 'file:///srv'],
  repo_url: ['https://d.example/{{ release }}', 'file:///srv'],
  dlrn_api_host: ['d.example'],
  dlrn_api_port: ['""', '80', '443'],
  dlrn_api_scheme: ['http', 'https'],
  distro: ['"{{ distro_name }}{{ distro_version }}"', 'other9'],
  allowed_clients: ['dlrn_client', 'registries_client', 'qcow_client,dlrn_client'],
  default_qcow_server: ['a'],
  overcloud_images: [
    '{ qcow_servers: { a: { user: u, host: h, root: r/, key: k }, b: { host: x } }, qcow_images: [x.tar] }',
  ],
  containers: ['{ container_preffix: openstack-, build_method: kolla, more: [1, { deep: [] }] }'],
  registries: [
    '[{ type: source, name: s, schema: v2_s2 }, { type: source, name: z, port: 1 }, { type: target, name: t, port: 2 }]',
  ],
  exclude_containers: ['{ master: { centos9: [a-b], centos8: [c] }, train: [d] }'],
  dlrn: ['{ server: { password: hunter2, port: 1 } }'],
  'current-tripleo-rdo': ['{ candidate_label: x, criteria: [job-x-1] }'],
  my_password: ['hunter2'],
};

test('every key goes into tagflow.yaml or is told of, whatever the files', (t) => {
  for (let seed = 0; seed < 60; seed += 1) {
    const roll = dice(seed);
    const lines = (): string =>
      keys
        .filter(() => roll(3) === 0)
        .map((key) => `${key}: ${values[key]?.[roll(values[key].length)] ?? ['true', 'false', 'x', '7'][roll(4)]}`)
        .join('\n');
    const file = release(lines());
    const files = [{ name: 'low.yaml', text: `more: 1\n${lines()}`, isDefaults: true }, file];
    const imported = convertOldConfig(files);
    t.deepEqual(untold(files, imported), [], files.map(({ text }) => text).join('\n---\n'));
    t.false(JSON.stringify(imported).includes('hunter2'));
  }
});

for (const [name, files] of Object.entries(releases)) {
  test(`${name}: every key is told of`, (t) => {
    t.deepEqual(untold(files, convertOldConfig(files)), []);
  });

  test(`${name}: what counts as carried makes a difference`, (t) => {
    const whole = convertOldConfig(files);
    t.true(whole.carried.length > 0);
    for (const file of files) {
      const lines = file.text.split('\n');
      for (const leaf of leavesOf(readOldFile(file).root)) {
        const place = `${leaf.file}:${leaf.line} ${keyOf(leaf)}`;
        const isCarried = (one: Imported) =>
          one.carried.some(({ file: at, key }) => at === leaf.file && key === keyOf(leaf));
        if (!isCarried(whole)) continue;
        const was = textOf(leaf) ?? String(leaf.path.at(-1));
        const other = /^(?:true|false)$/.test(was)
          ? String(was !== 'true')
          : /^\d+$/.test(was)
            ? `${Number(was) + 11}`
            : `${was}z`;
        const changed = lines.with(leaf.line - 1, lines[leaf.line - 1]!.replace(was, other)).join('\n');
        t.not(changed, file.text, place);
        const texts = files.map((each) => (each === file ? { ...each, text: changed } : each));
        try {
          const now = convertOldConfig(texts);
          const says = (one: Imported): string => JSON.stringify([one.config, one.findings]);
          t.not(says(now), says(whole), place);
        } catch {
          t.pass();
        }
      }
    }
  });
}

test('a password in a URL is neither carried nor shown', (t) => {
  const imported = convertOldConfig([release('api_url: https://me:hunter2@d.example/api')]);
  t.false(JSON.stringify(imported).includes('hunter2'));
  t.true(imported.config.includes('api-url: https://d.example/api\n'));
  t.true(imported.findings.some(({ kind, key }) => kind === 'secret' && key === 'api_url'));
});

const known: Readonly<Record<string, string>> = { a: 'A', 'b.c': 'deep' };
const lookup = (name: string, path: readonly string[]): string | null => known[[name, ...path].join('.')] ?? null;
const templates: readonly (readonly [template: string, text: string | RegExp, missing: readonly string[]])[] = [
  ['{{ a }}-{{a|lower}}', 'A-a', []],
  ["{{ b.c }}{{ b['c'] | upper }}{{- a -}}", 'deepDEEPA', []],
  ["{{ no }}{{ no | default('x') }}{# said #}", 'x', ['no']],
  ["{{ 'text' }}", 'text', []],
  ['{{ a + b }}', /more of Jinja/, []],
  ['{{ a | replace("A", "B") }}', /more of Jinja/, []],
  ['{% set x = 1 %}', /more of Jinja/, []],
];
for (const [template, text, missing] of templates) {
  test(`Jinja: ${template}`, (t) => {
    const rendered = renderJinja(template, lookup);
    if (text instanceof RegExp) t.regex('problem' in rendered ? rendered.problem : '', text);
    else t.deepEqual(rendered, { text, missing });
  });
}

test('comments: the jobs in them, what was said above them, and what is about no job', (t) => {
  const text = [
    'about all',
    '',
    'broken,',
    'see LP#12.',
    'periodic-a-1',
    '- periodic-b-2',
    'weirdo-c-3 # slow',
    'at last',
    'end',
  ];
  const comments = text.map((each, index) => ({ line: index + 1 + (index > 1 ? 10 : 0), text: each }));
  const { jobs, notes } = sortComments(comments);
  t.deepEqual(
    jobs.map(({ job, reason, bug, line }) => [job, reason, bug, line]),
    [
      ['periodic-a-1', 'broken, see LP#12.', 'LP#12', 15],
      ['periodic-b-2', 'broken, see LP#12.', 'LP#12', 16],
      ['weirdo-c-3', 'broken, see LP#12. slow', 'LP#12', 17],
    ],
  );
  t.deepEqual(
    notes.map((note) => note.text),
    ['about all', 'at last', 'end'],
  );
});
