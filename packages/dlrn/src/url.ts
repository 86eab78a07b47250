import { withoutEndSlash } from '@tagflow/http';
import { ParseError } from '@tagflow/model';

/** Where a DLRN is: its API (the part before `/api/…`) and its repository tree. No slash at the end. */
export interface DlrnUrls {
  readonly apiUrl: string;
  readonly reposUrl: string;
}

const rdoHost = 'https://trunk.rdoproject.org';

/**
 * Returns where a release is served for a distribution, by the names that RDO's and the downstream servers use: as a
 * rule `api-centos9-wallaby` and `centos9-wallaby`. Only forms are checked, since releases come and go.
 * @param release such as `master`, `wallaby` or, downstream, `osp16-2` (also called `rhos-16.2`)
 * @param distro such as `centos9`, `rhel8` or `fedora`; upper case and a hyphen before the number are accepted
 * @param host what stands before those names; default RDO's own server, which does not serve RHEL
 * @throws ParseError for names of another form, both at once, and for RHEL without a host
 */
export function rdoUrls(release: string, distro: string, host?: string): DlrnUrls {
  const builds = distroOf(distro);
  const branch = nameInUrls(release);
  const problems = [
    ...(branch === null ? [noRelease(release)] : []),
    ...(builds === null ? [noDistro(distro)] : []),
    ...(builds?.name === 'rhel' && host === undefined ? [notServed(distro)] : []),
  ];
  if (builds === null || branch === null || problems.length > 0) {
    const next = builds === null ? 'For another DLRN give dlrn-url and repos-url.' : undefined;
    throw new ParseError(problems.join('; '), next);
  }
  const { name, version } = builds;
  const base = withoutEndSlash(host ?? rdoHost);
  const urls = (api: string, repos: string): DlrnUrls => ({
    apiUrl: `${base}/api-${api}`,
    reposUrl: `${base}/${repos}`,
  });
  const builder = `${name}${version}-${branch}`;
  // Fedora's tree of master is named without a release, its API without a number.
  if (name === 'fedora') return urls(`fedora-${branch}`, branch === 'master' ? `fedora${version}` : builder);
  // RDO has two builders of master: the one of all promotions keeps to OpenStack's upper constraints.
  const constraints = name === 'centos' && branch === 'master' ? '-uc' : '';
  // CentOS 7 was there before its API needed a number to be told from others.
  const api = builder.startsWith('centos7-') ? `centos-${branch}` : builder;
  return urls(`${api}${constraints}`, builder);
}

/** Returns the name of a release as it stands in URLs: `osp16-2` of `rhos-16.2`, any other as it is; null for none. */
function nameInUrls(release: string): string | null {
  const [, major, minor] = /^rhos-(\d+)(?:\.(\d+))?$/.exec(release) ?? [];
  if (major !== undefined) return `osp${major}${minor === undefined ? '' : `-${minor}`}`;
  const isName = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(release) && !/^(?:osp|rhos)(?![a-z])/.test(release);
  return isName || /^osp\d+(?:-\d+)?$/.test(release) ? release : null;
}

interface Distro {
  readonly name: 'centos' | 'rhel' | 'fedora';
  readonly version: string;
}

function distroOf(distro: string): Distro | null {
  const [, word, version = ''] = /^(centos|rhel|redhat|fedora)(?:-?(\d+))?$/.exec(distro.toLowerCase()) ?? [];
  if (word === 'fedora') return { name: word, version };
  if (word === undefined || version === '') return null;
  return { name: word === 'centos' ? word : 'rhel', version };
}

function noRelease(release: string): string {
  return (
    `release "${release}" is not a release: expected a name of lower-case letters, digits and "-" such as master or ` +
    'wallaby, or downstream osp17, osp16-2, rhos-17 or rhos-16.2'
  );
}

function noDistro(distro: string): string {
  return (
    `distro "${distro}" is not one whose addresses are known: expected centos and a number such as centos9, rhel and a ` +
    'number such as rhel8, or fedora with or without one'
  );
}

function notServed(distro: string): string {
  return `distro "${distro}" is not served by ${rdoHost}: give dlrn-host, the server that has it`;
}
