import test from 'ava';
import { ParseError } from '@tagflow/model';
import { rdoUrls } from '../src/index.ts';

const rdo = 'https://trunk.rdoproject.org';
const inside = 'https://dlrn.example.com/rhel';

/** Release, distribution, what the API and the tree are called; and the host, where it is not RDO's. */
const urls: readonly (readonly [release: string, distro: string, api: string, repos: string, host?: string])[] = [
  ['master', 'centos7', 'api-centos-master-uc', 'centos7-master'],
  ['queens', 'centos7', 'api-centos-queens', 'centos7-queens'],
  ['train', 'centos7', 'api-centos-train', 'centos7-train'],
  ['master', 'centos8', 'api-centos8-master-uc', 'centos8-master'],
  ['train', 'centos8', 'api-centos8-train', 'centos8-train'],
  ['wallaby', 'CentOS-8', 'api-centos8-wallaby', 'centos8-wallaby'],
  ['master', 'centos9', 'api-centos9-master-uc', 'centos9-master'],
  ['wallaby', 'centos9', 'api-centos9-wallaby', 'centos9-wallaby'],
  ['antelope', 'centos-9', 'api-centos9-antelope', 'centos9-antelope'],
  ['epoxy', 'centos9', 'api-centos9-epoxy', 'centos9-epoxy'],
  ['master', 'centos10', 'api-centos10-master-uc', 'centos10-master'],
  ['a-release-to-come', 'centos70', 'api-centos70-a-release-to-come', 'centos70-a-release-to-come'],
  ['master', 'fedora', 'api-fedora-master', 'fedora'],
  ['master', 'fedora28', 'api-fedora-master', 'fedora28'],
  ['stein', 'fedora28', 'api-fedora-stein', 'fedora28-stein'],
  ['master', 'centos9', 'api-centos9-master-uc', 'centos9-master', 'http://mirror.example:8080/rdo/'],
  ['osp16-2', 'rhel8', 'api-rhel8-osp16-2', 'rhel8-osp16-2', inside],
  ['rhos-16.2', 'rhel8', 'api-rhel8-osp16-2', 'rhel8-osp16-2', inside],
  ['osp17', 'rhel8', 'api-rhel8-osp17', 'rhel8-osp17', inside],
  ['osp17-1', 'rhel8', 'api-rhel8-osp17-1', 'rhel8-osp17-1', inside],
  ['rhos-17', 'redhat9', 'api-rhel9-osp17', 'rhel9-osp17', inside],
  ['rhos-17.1', 'RedHat-9', 'api-rhel9-osp17-1', 'rhel9-osp17-1', inside],
  ['osp18', 'rhel9', 'api-rhel9-osp18', 'rhel9-osp18', `${inside}/`],
  ['rhos-18', 'rhel9', 'api-rhel9-osp18', 'rhel9-osp18', inside],
  ['master', 'rhel8', 'api-rhel8-master', 'rhel8-master', inside],
];

for (const [release, distro, api, repos, host] of urls) {
  test(`${release} for ${distro} is ${repos}, its API ${api}${host === undefined ? '' : `, on ${host}`}`, (t) => {
    const base = (host ?? rdo).replace(/\/$/, '');
    t.deepEqual(rdoUrls(release, distro, host), { apiUrl: `${base}/${api}`, reposUrl: `${base}/${repos}` });
  });
}

const refused: readonly (readonly [release: string, distro: string, host: string | undefined, says: RegExp])[] = [
  ['osp18', 'rhel9', undefined, /^distro "rhel9" is not served by https:\/\/trunk\.rdoproject\.org: give dlrn-host/],
  ['osp18', 'rhel', inside, /^distro "rhel".* expected centos and a number .* rhel and a number .* or fedora/],
  ['master', 'centos', undefined, /^distro "centos" /],
  ['master', 'beos1', undefined, /^distro "beos1" /],
  ['master', 'centos9/../x', undefined, /^distro "centos9\/\.\.\/x" /],
  ['master', '', undefined, /^distro "" /],
  [
    'Master',
    'centos9',
    undefined,
    /^release "Master" .* such as master or wallaby, or downstream osp17, osp16-2, rhos-/,
  ],
  ['16.2', 'rhel8', inside, /^release "16\.2" /],
  ['osp16.2', 'rhel8', inside, /^release "osp16\.2" /],
  ['osp-17', 'rhel8', inside, /^release "osp-17" /],
  ['rhos-16-2', 'rhel8', inside, /^release "rhos-16-2" /],
  ['rhos17', 'rhel8', inside, /^release "rhos17" /],
  ['../x', 'centos9', undefined, /^release "\.\.\/x" /],
  ['master-', 'centos9', undefined, /^release "master-" /],
  ['16.2', 'beos', undefined, /^release "16\.2" .*; distro "beos" is not one/],
  ['16.2', 'rhel8', undefined, /^release "16\.2" .*; distro "rhel8" is not served by /],
];

for (const [release, distro, host, says] of refused) {
  test(`"${release}" for "${distro}" ${host === undefined ? '' : 'on a host '}is refused`, (t) => {
    const error = t.throws(() => rdoUrls(release, distro, host), { instanceOf: ParseError, message: says });
    t.is(error.outcome, 'invalid');
  });
}
