import type { AnyAction } from '@tagflow/action-kit';
import { action as buildImages } from '@tagflow/build-images';
import { action as getRepoHash } from '@tagflow/get-repo-hash';
import { action as handOff } from '@tagflow/hand-off';
import { type FullHash, type Outcome, parseFullHash } from '@tagflow/model';
import { action as promoteSymlink } from '@tagflow/promote-symlink';
import { action as reportResult } from '@tagflow/report-result';
import { action as runFeaturesetTests } from '@tagflow/run-featureset-tests';
import { action as syncImages } from '@tagflow/sync-images';
import { action as tagAndPush } from '@tagflow/tag-and-push-containers';
import { type LabWorld, subtree, type Tree } from '../pipelines/lab-world.ts';

/**
 * One lab for all cases: a set that was promoted, and one that waits for it with every vote. Whatever is wrong in a
 * case is the only thing between that candidate and the label.
 */
export interface Place {
  readonly world: LabWorld;
  readonly promoted: FullHash;
  readonly candidate: FullHash;
  /** Answers everything with the welcome page of a web server. */
  readonly htmlUrl: string;
}

/** Something that is wrong, and how an action has to end because of it. */
export interface Case {
  readonly outcome: Outcome;
  readonly title: string;
  readonly action: AnyAction;
  /** What the message has to name. */
  readonly says: RegExp;
  readonly inputs: Inputs | ((place: Place) => Inputs);
  readonly edit: Edit | null;
  readonly env: Readonly<Record<string, string>>;
}

type Inputs = Readonly<Record<string, string>>;
type Edit = (config: Tree, place: Place) => void;

const upstream = { phase: 'upstream' };
const unknownHash = parseFullHash(`${'0'.repeat(40)}_00000000`);
const takesHash = [
  ...[getRepoHash, tagAndPush, syncImages, buildImages, runFeaturesetTests],
  ...[reportResult, handOff, promoteSymlink],
];

const badNames: readonly Case[] = [
  bad('invalid', 'a release that the configuration is not about', getRepoHash, /input "release": "pike" .* "master"/, {
    inputs: { ...upstream, release: 'pike' },
  }),
  bad('invalid', 'a release that the set is not of', handOff, /release master, not of pike/, {
    inputs: ({ promoted }) => ({ phase: 'osp-phase-0', 'full-hash': promoted, release: 'pike' }),
  }),
  bad('failed', 'a release whose repository does not exist', getRepoHash, /no DLRN repository at http:\S+-pike/, {
    inputs: ({ world }) => ({ config: '', 'repos-url': `${world.lab.dlrn.reposUrl}-pike`, label: 'consistent' }),
  }),
  bad('failed', 'unknown label', getRepoHash, /has no label "curent-tripleo"/, {
    inputs: { ...upstream, label: 'curent-tripleo' },
  }),
  bad('invalid', 'unknown candidate label', promoteSymlink, /no promotion to tripleo-ci-tested/, {
    inputs: { ...upstream, 'candidate-label': 'tripleo-ci-tested' },
  }),
  bad(
    'invalid',
    'a rollback with nothing before',
    promoteSymlink,
    /remembers nothing that current-tripleo named before/,
    {
      inputs: { ...upstream, mode: 'rollback', reason: 'a test' },
    },
  ),
  ...['current', 'consistent', 'component', 'a1', 'report.html', '../x', 'two words'].map((label) =>
    bad('invalid', `"${label}" as the target`, promoteSymlink, new RegExp(`label "${label}"`), {
      inputs: { ...upstream, 'target-label': label },
    }),
  ),
  bad('failed', 'unknown component', getRepoHash, /component "netwrok"/, {
    inputs: { ...upstream, label: 'consistent', component: 'netwrok' },
  }),
  bad('invalid', 'unknown component', promoteSymlink, /component netwrok/, {
    inputs: { ...upstream, component: 'netwrok' },
  }),
  ...takesHash.map((action) =>
    bad('invalid', 'unknown phase', action, /"upsteam".*upstream, rdo-phase-1, rdo-phase-2, osp-phase-0/, {
      inputs: ({ candidate }) => ({ ...needed(action), 'full-hash': candidate, phase: 'upsteam' }),
    }),
  ),
];

const badHashes: readonly Case[] = [
  ...takesHash.flatMap((action) =>
    ['abc', '0'.repeat(40), `${'A'.repeat(40)}_00000000`].map((hash) =>
      bad('invalid', `malformed hash ${hash}`, action, new RegExp(`full-hash "${hash}" is not a hash`), {
        inputs: { ...upstream, ...needed(action), 'full-hash': hash },
      }),
    ),
  ),
  ...['promote', 'pin', 'rollback'].map((mode) =>
    bad(
      'invalid',
      `mode ${mode}, a hash that nobody built`,
      promoteSymlink,
      /(?:has no build|never named) 0{40}_0{8}/,
      {
        inputs: { ...upstream, mode, reason: 'a test', 'full-hash': unknownHash },
      },
    ),
  ),
  bad('failed', 'a hash that nobody built', handOff, /0{40}_0{8}/, {
    inputs: { phase: 'osp-phase-0', 'full-hash': unknownHash },
  }),
];

// Nobody listens on the port of the discard service.
const closed = 'http://127.0.0.1:9';
const refused = /127\.0\.0\.1:9\/.*ECONNREFUSED/;
const api = at('dlrn', 'api-url');
const repos = at('dlrn', 'repos-url');
const docker = at('registries', 'docker', 'url');
const readUrl = at('image-stores', 'public', 'read-url');
const html = (path: string) => (place: Place) => `${place.htmlUrl}${path}`;
const fetching = ({ promoted }: Place): Inputs => ({ phase: 'rdo-phase-2', mode: 'fetch', 'full-hash': promoted });
const voting = ({ candidate }: Place): Inputs => ({ ...upstream, ...needed(reportResult), 'full-hash': candidate });

const badServers: readonly Case[] = [
  bad('waiting', 'the DLRN API is unreachable', promoteSymlink, refused, { edit: api(`${closed}/api`) }),
  bad('waiting', 'the repository is unreachable', promoteSymlink, refused, { edit: repos(`${closed}/x`) }),
  bad('waiting', 'a registry is unreachable', promoteSymlink, refused, { edit: docker(`${closed}/x`) }),
  bad('waiting', 'the image server is unreachable', syncImages, refused, { inputs: fetching, edit: readUrl(closed) }),
  bad('failed', 'the DLRN API answers HTML', promoteSymlink, /HTML page.*Welcome to nginx/, {
    edit: api(html('/api')),
  }),
  bad('failed', 'the repository answers HTML', promoteSymlink, /commit\.yaml is an HTML page.*Welcome to nginx/, {
    edit: repos(html('/x')),
  }),
  bad('failed', 'a registry answers HTML', promoteSymlink, /text\/html/, { edit: docker(html('/x')) }),
  bad('failed', 'the image server answers HTML', syncImages, /set\.json is an HTML page/, {
    inputs: fetching,
    edit: readUrl(html('')),
  }),
  bad('failed', 'the server of votes answers HTML', reportResult, /HTML page.*Welcome to nginx/, {
    inputs: voting,
    edit: api(html('/api')),
  }),
];

const criteria = at('phases', 'upstream', 'promote', 'criteria');

const badCriteria: readonly Case[] = [
  bad('invalid', 'no criteria in the list', promoteSymlink, /:\d+:\d+: \S+\.all-of: empty criteria never promote/, {
    edit: criteria({ 'all-of': [] }),
  }),
  bad('invalid', 'no criteria in a group', promoteSymlink, /any-of: an empty list is never met/, {
    edit: criteria({ 'all-of': [{ 'any-of': [] }] }),
  }),
  bad('invalid', 'no criteria at all', promoteSymlink, /promote\.criteria/, { edit: criteria(undefined) }),
  bad('invalid', 'criteria none, for a promotion', promoteSymlink, /"none" is for pins/, { edit: criteria('none') }),
  bad(
    'waiting',
    'a job that never reported',
    promoteSymlink,
    /periodic-nobody has never been seen to vote: is its name right\?/,
    {
      edit: criteria({ 'all-of': ['periodic-nobody'] }),
    },
  ),
];

/** Wrong ones, which no message may repeat. */
export const secrets = { dlrn: 'not-cipass', registry: 'not-docker-pass', text: 'hunter2' } as const;

const badPasswords: readonly Case[] = [
  bad('invalid', 'no DLRN password', promoteSymlink, /input "password" is missing/, {
    inputs: { ...upstream, password: '' },
  }),
  bad('failed', 'a wrong DLRN password', promoteSymlink, /nothing was moved: .* answered 401.*password/, {
    inputs: { ...upstream, password: secrets.dlrn },
  }),
  bad('failed', 'a wrong DLRN user', promoteSymlink, /nothing was moved: .* answered 401.*username/, {
    inputs: { ...upstream, username: 'mallory' },
  }),
  bad('failed', 'a wrong DLRN password', reportResult, /answered 401/, {
    inputs: (place) => ({ ...voting(place), password: secrets.dlrn }),
  }),
  bad('failed', 'a wrong registry password', promoteSymlink, /401/, {
    inputs: (place) => ({ ...upstream, 'registry-auth': wrongAuth(place) }),
  }),
  bad('invalid', 'a wrong registry password', tagAndPush, /user "[^"]+" may not log in to /, {
    inputs: (place) => ({ ...upstream, 'full-hash': place.candidate, 'registry-auth': wrongAuth(place) }),
  }),
  bad('failed', 'no registry password', promoteSymlink, /401/, {
    inputs: { ...upstream, 'registry-auth': '{"auths":{}}' },
  }),
  bad('invalid', 'registry-auth that is no docker config', promoteSymlink, /^registry-auth is not JSON/, {
    inputs: { ...upstream, 'registry-auth': secrets.text },
  }),
];

const badLedgers: readonly Case[] = [
  { url: 'sqlite:ledger.db', lock: 'lease' },
  { url: 'sqlite:./x/l.db' },
  null,
].flatMap((ledger) =>
  ['CI', 'GITHUB_ACTIONS'].map((variable) => {
    const name = ledger === null ? 'the default ledger' : `the ledger ${ledger.url}`;
    const says = /ledger sqlite:\S+\.db would be gone with this CI machine/;
    return bad('invalid', `a throw-away runner (${variable}) with ${name}`, promoteSymlink, says, {
      edit: (config) => {
        if (ledger === null) delete config['ledger'];
        else config['ledger'] = ledger;
      },
      env: { [variable]: 'true' },
    });
  }),
);

export const cases: readonly Case[] = [
  ...[badNames, badHashes, badServers, badCriteria, badPasswords, badLedgers].flat(),
];

function bad(
  outcome: Outcome,
  title: string,
  action: AnyAction,
  says: RegExp,
  { inputs = upstream, edit = null, env = {} }: Partial<Pick<Case, 'inputs' | 'edit' | 'env'>>,
): Case {
  return { outcome, title: `${action.name}, ${title}`, action, says, inputs, edit, env };
}

/** Inputs that an action insists on before it looks at the hash. */
function needed({ name }: AnyAction): Inputs {
  if (name === 'report-result') return { job: 'a-job', status: 'success' };
  return name === 'sync-images' ? { mode: 'verify' } : {};
}

/** Returns what puts another value at a place of the configuration. */
function at(...keys: readonly string[]): (value: unknown) => Edit {
  const last = keys.at(-1) ?? '';
  return (value) => (config, place) => {
    const given: unknown = typeof value === 'function' ? value(place) : value;
    subtree(config, ...keys.slice(0, -1))[last] = given;
  };
}

function wrongAuth({ world: { lab } }: Place): string {
  const auth = Buffer.from(`tripleo:${secrets.registry}`).toString('base64');
  return JSON.stringify({ auths: { [lab.docker.host]: { auth } } });
}
