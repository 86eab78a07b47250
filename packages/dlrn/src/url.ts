import { ParseError } from '@tagflow/model';

/** Where a DLRN is: its API (the part before `/api/…`) and its repository tree. No slash at the end. */
export interface DlrnUrls {
  readonly apiUrl: string;
  readonly reposUrl: string;
}

const rdoHost = 'https://trunk.rdoproject.org';

/**
 * Returns where RDO serves a release for a distribution: `api-centos9-wallaby` and `centos9-wallaby`. The API of master
 * ends in `-uc`; CentOS 7 has no number in its API's name (seen on trunk.rdoproject.org).
 * @param release such as `master` or `wallaby`
 * @param distro such as `centos9`; upper case is accepted
 * @throws ParseError for names of another form, and for distributions that RDO does not serve.
 */
export function rdoUrls(release: string, distro: string, host: string = rdoHost): DlrnUrls {
  const version = /^centos(\d+)$/.exec(distro.toLowerCase())?.[1];
  if (version === undefined) {
    throw new ParseError(
      `distro "${distro}" is not one that RDO serves: expected centos7, centos8, centos9 or centos10`,
      'For another DLRN give dlrn-url and repos-url.',
    );
  }
  if (!/^[a-z][a-z0-9-]*$/.test(release)) {
    throw new ParseError(
      `release "${release}" is not a release: lower-case letters, digits and "-", such as master or wallaby`,
    );
  }
  const builder = `centos${version}-${release}`;
  const apiBuilder = version === '7' ? `centos-${release}` : builder;
  return {
    apiUrl: `${host}/api-${apiBuilder}${release === 'master' ? '-uc' : ''}`,
    reposUrl: `${host}/${builder}`,
  };
}
